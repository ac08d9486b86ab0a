import TestSupport
import Testing

@testable import Credentials

@Suite struct PoolPasswdTests {
    private static let verifier =
        "SCRAM-SHA-256$4096:ep42f4J5bFXkscwkJ6GE+Q=="
        + "$732ooMKd5L0pYKrKmR1x7IAHoEmSS+L4VCVM/TyjEu8=:PA2E2XTmVRU3ygYlPH6T7ciSQFST1kU9KyHohnj8Drk="

    @Test("all forms are read, whatever ends the line")
    func forms() throws {
        let file = PoolPasswd(
            bytes(
                "bob:md521f3163f8f86fa10bdefbfbd502a8f06\r\n"
                    + "carol:TEXTc\\:d\\\\e\n\ndave:plain:other:ignored\nerin:AESabcd\n"
                    + "#frank:x\nga\\:ry:y"))
        #expect(file.count == 6)
        let md5 = try MD5Password(password: bytes("secret"), user: bytes("bob"))
        #expect(file[bytes("bob")]?.password == .md5(md5))
        #expect(file[bytes("carol")]?.password == .text(bytes("c:d\\e")))
        #expect(file[bytes("dave")]?.password == .plain(bytes("plain")))
        #expect(file[bytes("dave")]?.lineNumber == 4)
        #expect(file[bytes("erin")]?.password == .aes(bytes("abcd")))
        #expect(file[bytes("#frank")]?.password == .plain(bytes("x")))
        #expect(file[bytes("ga:ry")]?.password == .plain(bytes("y")))
        #expect(file[bytes("other")] == nil)
        #expect(
            file.warnings.map(\.description) == [
                "line 5: AES encrypted password needs the pool key: arrives with a later version"
            ])
    }

    @Test("a SCRAM verifier is whole with and without escapes")
    func scram() throws {
        let keys = try #require(ScramKeys(verifier: bytes(Self.verifier)))
        let escaped = Self.verifier.split(separator: ":").joined(separator: "\\:")
        let file = PoolPasswd(
            bytes("a:\(Self.verifier)\nb:\(escaped)\nc:SCRAM-SHA-256$4096:abc\n"))
        #expect(file[bytes("a")]?.password == .scram(keys))
        #expect(file[bytes("b")]?.password == .scram(keys))
        #expect(file[bytes("c")]?.password == .brokenVerifier)
        #expect(
            file.warnings == [
                .init(lineNumber: 3, problem: .unusable("incomplete SCRAM verifier"))
            ])
    }

    @Test("the first line with a password wins")
    func firstWins() {
        let file = PoolPasswd(bytes("u:\nu:one\nu:two\n"))
        #expect(file[bytes("u")]?.password == .plain(bytes("one")))
        #expect(
            file.warnings == [
                .init(lineNumber: 1, problem: .emptyPassword),
                .init(lineNumber: 3, problem: .repeatedUser(firstLineNumber: 2)),
            ])
    }

    @Test(
        "a malformed line is left out and named",
        arguments: [
            ("nocolon", PoolPasswd.Warning.Problem.noSeparator), ("a\\:b", .noSeparator),
            (":pw", .emptyUser), ("u:", .emptyPassword), ("u::x:y", .emptyPassword),
            ("u:a\0b", .zeroByte), (" ", .noSeparator),
        ])
    func malformed(line: String, problem: PoolPasswd.Warning.Problem) {
        let file = PoolPasswd(bytes("ok:x\n\(line)\nok2:y"))
        #expect(file.warnings == [.init(lineNumber: 2, problem: problem)])
        #expect(file.count == 2)
        #expect(!"\(file.warnings)".contains("pw"))
    }

    @Test("lines and fields are taken up to their limits")
    func limits() {
        func file(passwordByteCount: Int) -> PoolPasswd {
            PoolPasswd(bytes("u:") + [UInt8](repeating: 0x61, count: passwordByteCount))
        }
        #expect(file(passwordByteCount: 128).warnings.isEmpty)
        #expect(file(passwordByteCount: 129).warnings.map(\.problem) == [.fieldTooLong])
        #expect(file(passwordByteCount: 129)[bytes("u")]?.password.clearText?.count == 129)
        #expect(file(passwordByteCount: 1021)[bytes("u")]?.password.clearText?.count == 1021)
        #expect(file(passwordByteCount: 1022).warnings.map(\.problem) == [.lineTooLong])
        #expect(file(passwordByteCount: 1022).count == 0)
    }

    @Test("an empty file has no entries and no warnings")
    func empty() {
        #expect(PoolPasswd([]).count == 0)
        #expect(PoolPasswd(bytes("\n\r\n\n")).warnings.isEmpty)
        #expect(PoolPasswd()[[]] == nil)
    }

    @Test(
        "editing replaces the first line of the user or appends one",
        arguments: [
            ("", "bob:new\n"),
            ("a:1\n", "a:1\nbob:new\n"),
            ("a:1", "a:1\nbob:new\n"),
            ("a:1\nbob:old\nc:3", "a:1\nbob:new\nc:3"),
            ("bob:old:x:y\nbob:older\n", "bob:new\nbob:older\n"),
            ("bobby:1\n\nbob\n", "bobby:1\n\nbob\nbob:new\n"),
            ("a:1\r\nbo\\b:old\r\n", "a:1\r\nbob:new\n"),
        ])
    func editing(before: String, after: String) throws {
        let edited = try PoolPasswd.replacing(
            user: bytes("bob"), password: bytes("new"), in: bytes(before))
        #expect(text(edited) == after)
    }

    @Test(
        "what cannot be written is refused",
        arguments: [
            ("", "x", PoolPasswd.EditFailure.emptyUser), ("u", "", .emptyPassword),
            ("u\n", "x", .unwritableByte), ("u", "x\r", .unwritableByte),
            ("u\0", "x", .unwritableByte),
            ("u", String(repeating: "x", count: 1022), .lineTooLong),
        ])
    func unwritable(user: String, password: String, failure: PoolPasswd.EditFailure) {
        #expect(throws: failure) {
            try PoolPasswd.replacing(user: bytes(user), password: bytes(password), in: [])
        }
    }

    @Test("what the editor wrote the reader finds, in any file", arguments: 0..<200)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = bytes("ab:\\#\n\r \u{0}é5")
        func random(_ range: ClosedRange<Int>, without: [UInt8]) -> [UInt8] {
            let letters = alphabet.filter { !without.contains($0) }
            return (0..<Int.random(in: range, using: &generator)).compactMap { _ in
                letters.randomElement(using: &generator)
            }
        }
        let file = random(0...60, without: [])
        let user = random(1...4, without: [0, 0x0A, 0x0D])
        let password = random(1...8, without: [0, 0x0A, 0x0D])
        let edited = try PoolPasswd.replacing(user: user, password: password, in: file)
        #expect(PoolPasswd(edited)[user]?.password.clearText == password)
    }
}

@Suite struct PgMD5Tests {
    @Test("the printed hash is the MD5 of the bare password")
    func printed() throws {
        #expect(text(try PgMD5.printableHash(bytes("foo"))) == "acbd18db4cc2f85cedef654fccc4a4d8")
    }

    @Test("the line for pool_passwd holds the hash of password and user")
    func line() throws {
        let line = try PgMD5.poolPasswdLine(user: bytes("bob"), password: bytes("secret"))
        #expect(text(line) == "bob:md521f3163f8f86fa10bdefbfbd502a8f06")
        let file = try PgMD5.updatePoolPasswd(
            bytes("bob:old\n"), user: bytes("bob"), password: bytes("secret"))
        #expect(file == line + bytes("\n"))
        #expect(throws: PgMD5.Failure.edit(.emptyUser)) {
            try PgMD5.poolPasswdLine(user: [], password: bytes("x"))
        }
    }

    @Test("an input file gives the documented lines, with and without hashes")
    func inputFile() throws {
        let file = bytes("u1:p1\nu2:p2\nnopair\n")
        let shown = try PgMD5.output(ofFile: file, path: bytes("in.txt"), showsHash: true)
        #expect(
            text(shown) == """
                trying to read username:password pairs from file in.txt
                LINE#01: USER: <u1>
                ec6ef230f1828039ee794566b9c58adc
                LINE#02: USER: <u2>
                1d665b9b1467944c128a5575119d1cfd
                LINE#03: Invalid username:password pair

                """)
        let silent = try PgMD5.output(ofFile: file, path: bytes("in.txt"), showsHash: false)
        #expect(
            text(silent) == """
                trying to read username:password pairs from file in.txt
                LINE#01: USER: <u1>
                LINE#02: USER: <u2>
                LINE#03: Invalid username:password pair

                """)
    }

    @Test(
        "each kind of line is told apart",
        arguments: [
            ("u:p:q", PgMD5.InputLine.pair(user: bytes("u"), password: bytes("p:q"))),
            ("u:p\r", .pair(user: bytes("u"), password: bytes("p"))),
            ("", .blank), (":p", .invalid), ("u:", .invalid), ("u:p\0", .invalid),
            (String(repeating: "u", count: 129) + ":p", .userTooLong),
            ("u:" + String(repeating: "p", count: 129), .passwordTooLong),
            (
                "u:" + String(repeating: "p", count: 128),
                .pair(user: bytes("u"), password: bytes(String(repeating: "p", count: 128)))
            ),
        ])
    func inputLine(line: String, expected: PgMD5.InputLine) {
        #expect(PgMD5.inputLines(bytes(line + "\n")) == [expected])
    }

    @Test("a blank line is counted and said to be blank")
    func blank() throws {
        let output = try PgMD5.output(ofFile: bytes("\nu:p\n"), path: [], showsHash: false)
        #expect(text(output).hasSuffix("LINE#01: BLANK LINE\nLINE#02: USER: <u>\n"))
    }
}
