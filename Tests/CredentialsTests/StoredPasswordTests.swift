import Testing

@testable import Credentials

@Suite struct StoredPasswordTests {
    private static let md5 = "md521f3163f8f86fa10bdefbfbd502a8f06"
    private static let verifier =
        "SCRAM-SHA-256$4096:ep42f4J5bFXkscwkJ6GE+Q=="
        + "$732ooMKd5L0pYKrKmR1x7IAHoEmSS+L4VCVM/TyjEu8=:PA2E2XTmVRU3ygYlPH6T7ciSQFST1kU9KyHohnj8Drk="

    struct Case: Sendable, CustomTestStringConvertible {
        var value: String
        var clearText: String?
        var answers: Set<PasswordRequest>
        var verifies: Set<PasswordRequest>
        var testDescription: String { value }
    }

    private static let everything = Set(PasswordRequest.allCases)

    @Test(
        "the prefix decides the form, the form what it is good for",
        arguments: [
            Case(value: md5, answers: [.md5], verifies: [.md5, .clearText]),
            Case(value: verifier, answers: [], verifies: [.scram]),
            Case(value: "SCRAM-SHA-256$4096", answers: [], verifies: []),
            Case(value: "AESV7IMV7YNworqqZU1Z46Wgw==", answers: [], verifies: []),
            Case(
                value: "TEXTsecret", clearText: "secret", answers: everything, verifies: everything),
            Case(value: "TEXT", answers: [], verifies: []),
            Case(value: "", answers: [], verifies: []),
            Case(value: "secret", clearText: "secret", answers: everything, verifies: everything),
            Case(value: "md5x", clearText: "md5x", answers: everything, verifies: everything),
            Case(
                value: "textsecret", clearText: "textsecret", answers: everything,
                verifies: everything),
            Case(
                value: "MD5" + md5.dropFirst(3), clearText: "MD5" + md5.dropFirst(3),
                answers: everything, verifies: everything),
        ])
    func forms(expected: Case) throws {
        let password = StoredPassword(bytes(expected.value))
        #expect(password.clearText == expected.clearText.map(bytes))
        #expect(
            Set(PasswordRequest.allCases.filter { password.canAnswer($0) }) == expected.answers)
        #expect(
            Set(PasswordRequest.allCases.filter { password.canVerify($0) }) == expected.verifies)
        #expect((password.unusableReason != nil) == expected.verifies.isEmpty)
        #expect((try password.md5(user: bytes("bob")) != nil) == expected.answers.contains(.md5))
        if expected.value.count > 4 {
            #expect(!"\(password)".contains(expected.value.suffix(5)))
        }
    }

    @Test("clear text and its hash give the same MD5 answer")
    func md5Answer() throws {
        let clear = try #require(
            try StoredPassword(bytes("TEXTsecret")).md5(user: bytes("bob")))
        let hash = try #require(
            try StoredPassword(bytes(Self.md5)).md5(user: bytes("other")))
        #expect(try clear.answer(salt: [1, 2, 3, 4]) == hash.answer(salt: [1, 2, 3, 4]))
    }

    @Test(
        "a clear-text answer of a client is checked where the form allows it",
        arguments: [
            ("secret", true), ("TEXTsecret", true), (md5, true), (verifier, false),
            ("AESV7IMV7YNworqqZU1Z46Wgw==", false), ("", false),
        ])
    func clearTextCheck(value: String, isRight: Bool) throws {
        let password = StoredPassword(bytes(value))
        #expect(try password.verifies(clearText: bytes("secret"), user: bytes("bob")) == isRight)
        #expect(try !password.verifies(clearText: bytes("Secret"), user: bytes("bob")))
        #expect(try !password.verifies(clearText: [], user: bytes("bob")))
    }

    @Test("an empty parameter falls back to the user's entry, a set one does not")
    func parameter() {
        let file = PoolPasswd(bytes("checker:TEXTfromfile\n"))
        let user = bytes("checker")
        #expect(
            PasswordParameter([]).password(user: user, in: file)?.clearText == bytes("fromfile"))
        #expect(PasswordParameter([]).password(user: bytes("else"), in: file) == nil)
        #expect(
            PasswordParameter(bytes("TEXTown")).password(user: user, in: file)?.clearText
                == bytes("own"))
        #expect(
            PasswordParameter(bytes("a\\:b")).password(user: user, in: file)?.clearText
                == bytes("a\\:b"))
        #expect(!"\(PasswordParameter(bytes("hunter2")))".contains("hunter2"))
    }
}

@Suite struct CredentialIdentityTests {
    private let key: CredentialIdentity.Key

    init() throws { key = try CredentialIdentity.Key(random: .fixed([9])) }

    @Test("equal means same user, kind and secret, under the same key")
    func equality() throws {
        func identity(_ user: String, _ value: String) throws -> CredentialIdentity? {
            try CredentialIdentity(
                user: bytes(user), password: StoredPassword(bytes(value)), key: key)
        }
        let bob = try identity("bob", "secret")
        #expect(bob != nil)
        #expect(try identity("bob", "TEXTsecret") == bob)
        #expect(try identity("bob", "Secret") != bob)
        #expect(try identity("eve", "secret") != bob)
        #expect(try identity("bob", "md521f3163f8f86fa10bdefbfbd502a8f06") != bob)
        #expect(try identity("bob", "AESxxxx") == nil)
        #expect(CredentialIdentity(user: bytes("bob")) != bob)
        let otherKey = try CredentialIdentity.Key(random: .fixed([8]))
        #expect(
            try CredentialIdentity(user: bytes("bob"), clearText: bytes("secret"), key: otherKey)
                != bob)
    }

    @Test("SCRAM keys count as a credential of their own")
    func scram() throws {
        func identity(_ password: String) throws -> CredentialIdentity {
            let keys = try ScramClientKeys(password: bytes(password), salt: [1], iterations: 1)
            return try CredentialIdentity(user: bytes("bob"), keys: keys, key: key)
        }
        #expect(try identity("a") == identity("a"))
        #expect(try identity("a") != identity("b"))
    }

    @Test("no description shows a secret or lets a name forge a line")
    func descriptions() throws {
        let identity = try CredentialIdentity(
            user: bytes("bob\nLOG"), clearText: bytes("hunter2"), key: key)
        #expect("\(identity)" == "user \"bob?LOG\", clear-text password")
        let keys = try ScramKeys(password: bytes("hunter2"), salt: [1], iterations: 1)
        let client = try ScramClientKeys(password: bytes("hunter2"), salt: [1], iterations: 1)
        #expect("\(keys)" == "SCRAM verifier (hidden), 1 iterations")
        #expect("\(client)" == "SCRAM client keys (hidden)")
        #expect("\(key)" == "credential identity key (hidden)")
        #expect("\(ScramServerExchange(keys: keys))" == "SCRAM server exchange")
        #expect("\(ScramClientExchange())" == "SCRAM client exchange")
        #expect("\(try ScramMockSecret())" == "SCRAM mock secret (hidden)")
        let entry = PoolPasswd(bytes("u:hunter2"))[bytes("u")]
        #expect(!String(reflecting: entry).contains("hunter2"))
    }
}
