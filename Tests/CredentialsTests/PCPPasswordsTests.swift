import Credentials
import Testing

@Suite struct PCPPasswordsTests {
    private let salt: [UInt8] = [1, 2, 3, 4]
    private let hash = "fccac8d44e7ee44e3ab4c515914ef580"

    private func answer(_ password: String, _ user: String) throws -> [UInt8] {
        try PCPDigest.answer(
            hash: try PCPDigest.hash(password: Array(password.utf8)), user: Array(user.utf8),
            salt: salt)
    }

    private func accepts(_ file: String, _ user: String, _ password: String) throws -> Bool {
        try PCPPasswords(Array(file.utf8)).accepts(
            answer: try answer(password, user), of: Array(user.utf8), salt: salt)
    }

    @Test("the digest of the protocol's description")
    func vector() throws {
        #expect(try PCPDigest.hash(password: Array("pgpw".utf8)) == Array(hash.utf8))
        #expect(try answer("pgpw", "u1") == Array("82764490a3ffaf2a59a4c63713d5340a".utf8))
    }

    @Test(
        "who may log in",
        arguments: [
            ("u1:HASH", true), ("u1:HASH\n", true), ("# u1:HASH\nu1:HASH\r\n", true),
            ("\nother:HASH\nu1:HASH \n", true),
            ("u1:00000000000000000000000000000000\nu1:HASH", true),
            ("u1:UPPER", true), ("#u1:HASH", false), (" u1:HASH", false), ("u2:HASH", false),
            ("u1", false), ("u1:", false), ("u1:HASH0", false), ("", false),
            ("u1:00000000000000000000000000000000", false),
        ])
    func files(file: String, expected: Bool) throws {
        let file = file.replacing("HASH", with: hash).replacing("UPPER", with: hash.uppercased())
        #expect(try accepts(file, "u1", "pgpw") == expected)
        #expect(try !accepts(file, "u1", "pgpx"))
        #expect(try !accepts(file, "u3", "pgpw"))
    }

    @Test("a line that gives nobody access is named")
    func warnings() {
        let long = String(repeating: "u", count: 129)
        let file = "# fine\nnobody\n:\(hash)\nu:abc\n\(long):\(hash)\nok:\(hash)\n"
        let passwords = PCPPasswords(Array(file.utf8))
        #expect(passwords.warnings.map(\.line) == [2, 3, 4, 5])
        #expect(
            passwords.warnings.first?.description
                == "line 2 is ignored: it has no colon between user and hash")
        #expect(PCPPasswords(Array("\(long.dropLast()):\(hash)".utf8)).warnings.isEmpty)
    }

    @Test(
        "the password of .pcppass",
        arguments: [
            ("localhost:9898:u:p", "p"), ("*:*:*:p", "p"), ("*:9897:u:p", nil),
            ("other:9898:u:p", nil), ("localhost:9898:v:p", nil),
            ("localhost:9898:u:first\n*:*:*:second", "first"),
            ("x\nlocalhost:9898:u:a\\:b\\\\c", "a:b\\c"), ("localhost:9898:u:a:b", "a:b"),
            ("# *:*:*:p", nil), ("localhost:9898:u:", ""), ("\\*:9898:u:p", nil),
            ("local\\host:9898:u:p\r\n", "p"), ("", nil),
        ] as [(String, String?)])
    func passFile(file: String, password: String?) {
        let found = PCPPassFile(Array(file.utf8)).password(host: "localhost", port: 9898, user: "u")
        #expect(found == password.map { Array($0.utf8) })
    }
}
