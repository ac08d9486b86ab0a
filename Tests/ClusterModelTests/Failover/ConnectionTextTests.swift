import ClusterModel
import TestSupport
import Testing

@Suite("Connection texts")
struct ConnectionTextTests {
    private static let read: [(String, [String: String]?)] = [
        ("", [:]),
        ("  ", [:]),
        ("host=a port=1", ["host": "a", "port": "1"]),
        ("host = a\tport\n=\n1 ", ["host": "a", "port": "1"]),
        ("user=replica password='it''s'", nil),
        ("password='it\\'s'", ["password": "it's"]),
        ("password='a b'host=c", ["password": "a b", "host": "c"]),
        ("password=a\\ b", ["password": "a b"]),
        ("password='\\\\'", ["password": "\\"]),
        ("password=''", ["password": ""]),
        ("password= host=a", ["password": "host=a"]),
        ("password=", ["password": ""]),
        ("host=a host=b", ["host": "b"]),
        ("application_name='läuft 🐘'", ["application_name": "läuft 🐘"]),
        ("host", nil),
        ("host =", ["host": ""]),
        ("host a=b", nil),
        ("=a", nil),
        ("password='a", nil),
        ("password='a\\", nil),
        ("password=a\\", nil),
        ("postgresql://user@host/db", nil),
        ("postgres://host:5432/db?user=a", nil),
        ("postgresql://", nil),
    ]

    @Test(
        "the keyword form is read as libpq reads it, anything else is refused",
        arguments: read.indices)
    func reading(_ index: Int) {
        let (text, expected) = Self.read[index]
        let parsed = ConnectionText(text)
        guard let expected else {
            #expect(parsed == nil, "\(text)")
            return
        }
        #expect(parsed != nil, "\(text)")
        for (name, value) in expected { #expect(parsed?.value(name) == value, "\(text)") }
        #expect(Set(parsed?.options.map(\.name) ?? []) == Set(expected.keys), "\(text)")
    }

    @Test("another server: neither an address nor a list of servers is left over")
    func pointing() {
        let text = ConnectionText(
            "user=replica hostaddr=10.0.0.1 host=a,b port=1,2 sslmode=require host=c")
        let pointed = text?.pointing(toHost: "/run/it's here", port: 5433)
        #expect(
            pointed?.text
                == "user=replica host='/run/it\\'s here' port=5433 sslmode=require")
        #expect(ConnectionText("")?.pointing(toHost: "h", port: 1).text == "host=h port=1")
    }

    @Test("what is set replaces all of that name, nil leaves it out")
    func setting() {
        var text = ConnectionText("a=1 b=2 a=3")
        text?.set("a", "4")
        #expect(text?.text == "a=4 b=2")
        text?.set("b", nil)
        text?.set("c", "")
        #expect(text?.text == "a=4 c=''")
        #expect(text?.value("b") == nil)
        #expect(text?.value("c") == "")
    }

    @Test("what was printed is read as it was")
    func roundTrips() {
        let alphabet: [Character] = [
            "a", "Z", "0", "'", "\\", " ", "\t", "\n", "=", ":", "/", "\"", "$", "é", "🐘",
            "\u{301}",
            "\r\n", ",",
        ]
        for seed in 0..<400 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var text = ConnectionText("")
            var expected: [String: String] = [:]
            for name in ["user", "password", "host", "port", "options"]
            where Bool.random(using: &random) {
                var value = ""
                for _ in 0..<Int.random(in: 0...8, using: &random) {
                    value.append(alphabet.randomElement(using: &random) ?? "a")
                }
                text?.set(name, value)
                expected[name] = value
            }
            let printed = text?.text ?? ""
            let parsed = ConnectionText(printed)
            #expect(parsed == text, "seed \(seed): \(printed)")
            for (name, value) in expected {
                #expect(
                    parsed?.value(name).map { Array($0.utf8) } == Array(value.utf8),
                    "seed \(seed): \(printed)")
            }
        }
    }

    @Test("no text whatever traps, and what is understood prints as something understood")
    func anything() {
        let alphabet: [Character] = ["a", "=", "'", "\\", " ", ":", "/"]
        for seed in 0..<2000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let text = String(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "a"
                })
            guard let parsed = ConnectionText(text) else { continue }
            #expect(ConnectionText(parsed.text) == parsed, "seed \(seed): \(text)")
        }
    }
}
