import Testing

@testable import Credentials

@Suite struct MD5PasswordTests {
    @Test("the stored form is PostgreSQL's")
    func stored() throws {
        let password = try MD5Password(password: bytes("secret"), user: bytes("bob"))
        #expect(text(password.stored) == "md521f3163f8f86fa10bdefbfbd502a8f06")
        #expect(MD5Password(stored: password.stored) == password)
    }

    @Test("capital digits mean the same hash")
    func capitals() throws {
        let password = try MD5Password(password: bytes("secret"), user: bytes("bob"))
        #expect(MD5Password(stored: bytes("md521F3163F8F86FA10BDEFBFBD502A8F06")) == password)
    }

    @Test(
        "anything but md5 and 32 digits is no stored form",
        arguments: [
            "", "md5", "md521f3163f8f86fa10bdefbfbd502a8f0", "md521f3163f8f86fa10bdefbfbd502a8f061",
            "MD521f3163f8f86fa10bdefbfbd502a8f06", "md521f3163f8f86fa10bdefbfbd502a8f0g",
        ])
    func refused(stored: String) {
        #expect(MD5Password(stored: bytes(stored)) == nil)
    }

    @Test("the answer to a salt is md5 of the stored digits and the salt")
    func answer() throws {
        let password = try MD5Password(password: bytes("secret"), user: bytes("bob"))
        let salt: [UInt8] = [1, 2, 3, 4]
        let expected =
            "md5"
            + text(
                Hex.encode(
                    try Digest.md5(bytes("21f3163f8f86fa10bdefbfbd502a8f06") + salt)))
        let answer = try password.answer(salt: salt)
        #expect(text(answer) == expected)
        #expect(try password.verifies(answer: answer, salt: salt))
        #expect(try !password.verifies(answer: answer, salt: [1, 2, 3, 5]))
        #expect(try !password.verifies(answer: password.stored, salt: salt))
        #expect(try !password.verifies(answer: [], salt: salt))
    }

    @Test("a clear-text password is checked against the hash, user name included")
    func clearText() throws {
        let password = try MD5Password(password: bytes("secret"), user: bytes("bob"))
        #expect(try password.verifies(password: bytes("secret"), user: bytes("bob")))
        #expect(try !password.verifies(password: bytes("secret"), user: bytes("eve")))
        #expect(try !password.verifies(password: bytes("Secret"), user: bytes("bob")))
    }
}
