import TestSupport
import Testing

@testable import Settings

@Suite("Entries of pattern lists")
struct PatternTests {
    /// entry, what it matches, what it does not match
    private static let cases: [(String, [String], [String])] = [
        ("nextval", ["nextval", "NEXTVAL", "NextVal"], ["nextval2", "my_nextval", "", "nextva"]),
        ("a|b", ["a", "b"], ["ab", "ax", "xb", "a|b"]),
        ("^a|b$", ["a", "b"], ["ax", "xb"]),
        ("^a$|^b$", ["a", "b"], ["ab"]),
        ("^abc$", ["abc"], ["abcd", "^abc$"]),
        ("^abc", ["abc"], ["abcd"]),
        ("abc$", ["abc"], ["xabc"]),
        ("^^a$$", ["a"], ["aa"]),
        (".*now.*", ["select now()", "now", "a\nnow\n"], ["no w"]),
        ("get_.*|set_.*", ["get_a", "set_", "get_\n"], ["forget_a", "xset_"]),
        ("(public\\.)?f", ["f", "public.f"], ["publicXf", "public.", "fpublic.f"]),
        ("a|", ["a", ""], ["b"]),
        ("", [""], ["a"]),
        ("()", [""], ["a"]),
        ("f[0-9]+", ["f1", "F42"], ["f", "f1a"]),
        ("[]a]", ["]", "a"], ["b", "[]a]"]),
        ("[^]a]", ["b", "["], ["]", "a"]),
        ("[[:digit:])(]", ["1", ")", "("], [":", "a"]),
        ("[[.a.]]", ["a"], ["."]),
        ("[\\]", ["\\"], ["]"]),
        ("a)b", ["a)b"], ["ab", "a"]),
        (")", [")"], [""]),
        ("a\\)b\\(c", ["a)b(c"], ["abc"]),
        ("(a))b", ["a)b"], ["ab", "(a))b"]),
        ("a\\|b", ["a|b"], ["a", "b"]),
        ("a\\;b", ["a;b"], ["a\\;b"]),
        ("a\\$", ["a$"], ["a"]),
        ("a\\.b", ["a.b"], ["axb"]),
        ("a{2}", ["aa"], ["a", "aaa"]),
        ("(ab){1,2}", ["ab", "abab"], ["", "ababab"]),
        ("a.*b.*c", ["abc", "a1b2c"], ["abcd", "xabc"]),
        ("\\w+", ["abc_1"], ["a b"]),
        ("é", ["é"], ["É", "e"]),
        ("caf.*", ["café", "CAF"], ["kafé"]),
    ]

    @Test("an entry matches the whole of a text or not at all", arguments: cases)
    func whole(entry: String, matching: [String], other: [String]) throws {
        let pattern = try Pattern(entry)
        for text in matching {
            #expect(pattern.matches(Array(text.utf8), undecided: false), "\(entry) \(text)")
        }
        for text in other {
            #expect(!pattern.matches(Array(text.utf8), undecided: true), "\(entry) \(text)")
        }
    }

    @Test("any bytes can be compared; a dot does not stand for NUL")
    func bytes() throws {
        let high: [UInt8] = [0x61, 0xFF, 0x80, 0x62]
        #expect(try Pattern("a..b").matches(high, undecided: false))
        #expect(try Pattern("a.*").matches(high, undecided: false))
        let nul: [UInt8] = [0x61, 0, 0x62]
        #expect(try !Pattern("a").matches(nul, undecided: true))
        #expect(try !Pattern("a.b").matches(nul, undecided: true))
        #expect(try Pattern("a[^c]b").matches(nul, undecided: false))
        #expect(try !Pattern(".*").matches([0], undecided: true))
    }

    @Test(
        "what is no regular expression is refused",
        arguments: [
            ("(", "Unmatched ( or \\("), ("a(b", "Unmatched ( or \\("),
            ("a\\", "Trailing backslash"), ("*", "Invalid preceding regular expression"),
            ("a|*b", "Invalid preceding regular expression"),
            ("[a", "Unmatched [, [^, [:, [., or [="),
            ("[[:nope:]]", "Invalid character class name"), ("[z-a]", "Invalid range end"),
            ("a{3,1}", "Invalid content of \\{\\}"),
            ("(a)\\1", "back references are not possible: they have no limit in time"),
            ("a\\9", "back references are not possible: they have no limit in time"),
            ("a\0b", "NUL is not possible in a regular expression"),
            ("a\\\0b", "NUL is not possible in a regular expression"),
            ("[\0]", "NUL is not possible in a regular expression"),
        ])
    func problems(entry: String, reason: String) {
        let problem = #expect(throws: PatternProblem.self) { _ = try Pattern(entry) }
        #expect(problem?.reason == reason)
    }

    @Test("digits in brackets and behind an escaped backslash are no back references")
    func digits() throws {
        #expect(try Pattern("[\\1]").matches(Array("1".utf8), undecided: false))
        #expect(try Pattern("\\\\1").matches(Array("\\1".utf8), undecided: false))
    }

    @Test("what repetitions stand for has a limit")
    func repetitions() throws {
        let tooMany = "its repetitions stand for more than 2000 characters"
        for entry in ["a{2001}", "a{0,2001}", "(ab){667}", "a{2000,}", "(a{44}){44}"] {
            #expect(throws: Never.self, "\(entry)") { _ = try Pattern(entry) }
        }
        for entry in [
            "a{2002}", "a{0,2002}", "(ab){668}", "a{2001,}", "(a{45}){45}", "a{1001}b{1001}c{3}",
            "a{99999999999999999999}", "((a{1,255}){1,255}){1,255}", "a{2}{1001}", "a*{2002}",
            String(repeating: "(", count: 20) + "a" + String(repeating: ")+", count: 20),
        ] {
            let problem = #expect(throws: PatternProblem.self, "\(entry)") {
                _ = try Pattern(entry)
            }
            #expect(problem?.reason == tooMany, "\(entry)")
        }
    }

    @Test("repetitions of what may be empty have a limit")
    func cycles() throws {
        func nested(_ body: String, _ sign: String, _ depth: Int) -> String {
            String(repeating: "(", count: depth) + body
                + String(repeating: ")" + sign, count: depth)
        }
        for entry in [
            nested("a*", "*", 16), nested("a|", "*", 16), "a?++++", "(^|a)*", "(\\b)*",
            String(repeating: "(a*b?)*", count: 16), String(repeating: "a*(b|c)+", count: 40),
        ] {
            #expect(throws: Never.self, "\(entry)") { _ = try Pattern(entry) }
        }
        for entry in [
            nested("a*", "*", 17), nested("|a", "*", 17), "a?+++++", "(()+){,33}", "($*){2}{9}",
            "((^|b?)*){17}", String(repeating: "(a*b?)*", count: 17), nested("", "+", 5),
            nested("\\b", "*", 17),
        ] {
            let problem = #expect(throws: PatternProblem.self, "\(entry)") {
                _ = try Pattern(entry)
            }
            #expect(problem?.reason == "it repeats what may be empty more than 16 times")
        }
    }

    @Test("parentheses inside each other have a limit")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(try Pattern(nested(100)).matches([0x61], undecided: false))
        let problem = #expect(throws: PatternProblem.self) { _ = try Pattern(nested(101)) }
        #expect(problem?.reason == "more than 100 parentheses inside each other")
    }

    @Test("random entries and texts never trap, and an entry without signs is a comparison")
    func random() {
        let pieces = ["a", "b", "(", ")", "|", "*", "[", "]", "^", "$", "\\", "{1", ",", "}", "+"]
        for seed in 0..<3000 {
            var random = SeededGenerator(seed: UInt64(seed))
            func text(_ pieces: [String], _ length: Int) -> String {
                (0..<length).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            let entry = text(pieces, Int.random(in: 0...12, using: &random))
            let subject = text(["a", "b", ")"], Int.random(in: 0...4, using: &random))
            if let pattern = try? Pattern(entry) {
                let answer = pattern.matches(Array(subject.utf8), undecided: false)
                if entry.allSatisfy({ "ab".contains($0) }) {
                    #expect(answer == (entry == subject), "seed \(seed)")
                }
            }
            let escaped = subject.map { "ab".contains($0) ? "\($0)" : "\\\($0)" }.joined()
            #expect(
                (try? Pattern(escaped).matches(Array(subject.utf8), undecided: false)) == true,
                "seed \(seed)")
        }
    }

    @Test("a list matches if one of its entries does")
    func lists() {
        let list = PatternList(["a.*", "b|c"])
        #expect(!list.isEmpty)
        for text in ["a", "ax", "b", "C"] {
            #expect(list.matches(Array(text.utf8), undecided: false), "\(text)")
        }
        for text in ["d", "bx", ""] {
            #expect(!list.matches(Array(text.utf8), undecided: true), "\(text)")
        }
        #expect(PatternList([]).isEmpty)
        #expect(!PatternList([]).matches([], undecided: true))
    }

    @Test("a list that could not be compiled as a whole does not say no")
    func incomplete() {
        let list = PatternList(["a", "("])
        #expect(!list.isEmpty)
        #expect(list.matches(Array("a".utf8), undecided: false))
        #expect(list.matches(Array("x".utf8), undecided: true))
        #expect(!list.matches(Array("x".utf8), undecided: false))
    }
}
