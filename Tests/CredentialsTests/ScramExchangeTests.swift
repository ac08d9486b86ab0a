import TestSupport
import Testing

@testable import Credentials

@Suite struct ScramExchangeTests {
    /// RFC 7677 section 3, with its user name and nonces.
    private enum RFC7677 {
        static let salt = Base64.decode(bytes("W22ZaJ0SNY7soEsUEjb6gQ==")) ?? []
        static let clientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
        static let serverFirst =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        static let clientFinal =
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
            + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        static let serverFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    }

    private let keys: ScramKeys

    /// Derived once for all cases: it is the slow part.
    private static let derived = Result {
        try ScramKeys(password: bytes("pencil"), salt: RFC7677.salt)
    }

    init() throws { keys = try Self.derived.get() }

    @Test("proof and server signature are those of RFC 7677")
    func rfc7677() throws {
        let client = try ScramClientKeys(
            password: bytes("pencil"), salt: RFC7677.salt, iterations: 4096)
        let final = try ClientFinal(bytes(RFC7677.clientFinal))
        let authMessage =
            try ClientFirst(bytes(RFC7677.clientFirst)).bare
            + bytes("," + RFC7677.serverFirst + ",") + final.withoutProof
        let signature = try Digest.hmacSHA256(key: client.storedKey, authMessage)
        #expect(exclusiveOr(client.clientKey, signature) == final.proof)
        let serverSignature = try Digest.hmacSHA256(key: client.serverKey, authMessage)
        #expect(
            try Credentials.serverSignature(in: bytes(RFC7677.serverFinal)) == serverSignature)
    }

    @Test("both sides accept each other with the right password")
    func success() throws {
        var client = ScramClientExchange()
        var server = ScramServerExchange(keys: keys)
        let final = try finalMessage(&client, &server, password: "pencil")
        guard case .accept(let reply) = server.clientFinal(final) else {
            Issue.record("server refused")
            return
        }
        #expect(!client.isVerified)
        #expect(client.serverFinal(reply) == .verified)
        #expect(client.isVerified)
        let derived = try ScramClientKeys(
            password: bytes("pencil"), salt: keys.salt, iterations: keys.iterations)
        #expect(server.acceptedClientKeys == derived)
    }

    @Test("a wrong password and an unknown user fail alike, after the same conversation")
    func failure() throws {
        var client = ScramClientExchange()
        var server = ScramServerExchange(keys: keys)
        let wrong = try finalMessage(&client, &server, password: "Pencil")
        #expect(server.clientFinal(wrong) == .fail(.wrongPassword))
        #expect(server.acceptedClientKeys == nil)

        let mock = try ScramMockSecret(random: .fixed([7])).keys(user: bytes("nobody"))
        var second = ScramClientExchange()
        var doomed = ScramServerExchange(mock: mock)
        let final = try finalMessage(&second, &doomed, password: "pencil")
        #expect(doomed.clientFinal(final) == .fail(.wrongPassword))
    }

    @Test("a mock exchange refuses even the password that would fit")
    func mockIsDoomed() throws {
        var client = ScramClientExchange()
        var server = ScramServerExchange(mock: keys)
        let final = try finalMessage(&client, &server, password: "pencil")
        #expect(server.clientFinal(final) == .fail(.wrongPassword))
    }

    @Test("mock salts are stable for a user, differ between users and between processes")
    func mockSalt() throws {
        let secret = try ScramMockSecret(random: .fixed([1]))
        let other = try ScramMockSecret(random: .fixed([2]))
        let salt = try secret.keys(user: bytes("a")).salt
        #expect(salt.count == ScramLimit.saltByteCount)
        #expect(try secret.keys(user: bytes("a")).salt == salt)
        #expect(try secret.keys(user: bytes("b")).salt != salt)
        #expect(try other.keys(user: bytes("a")).salt != salt)
    }

    @Test("an impostor that does not know the password is found out")
    func impostor() throws {
        var client = ScramClientExchange()
        var server = ScramServerExchange(keys: keys)
        _ = try finalMessage(&client, &server, password: "pencil")
        let forged = bytes("v=") + Base64.encode([UInt8](repeating: 1, count: 32))
        #expect(client.serverFinal(forged) == .fail(.serverNotAuthentic))
        #expect(!client.isVerified)
    }

    @Test(
        "the server refuses a first message for the right reason",
        arguments: [
            ("", ScramFailure.malformed("client first message")),
            ("n", .malformed("client first message")),
            ("n,", .malformed("client first message")),
            ("n,,", .malformed("user name")),
            ("x,,n=,r=a", .malformed("channel-binding flag")),
            ("nn,,n=,r=a", .malformed("channel-binding flag")),
            (",,n=,r=a", .malformed("channel-binding flag")),
            ("p=tls-server-end-point,,n=,r=a", .channelBindingUnsupported),
            ("n,a=eve,n=,r=a", .authorizationIdentityUnsupported),
            ("n,,m=x,n=,r=a", .extensionUnsupported),
            ("n,,r=a", .malformed("user name")),
            ("n,,n=", .malformed("client nonce")),
            ("n,,n=,r=", .malformed("client nonce")),
            ("n,,n=,r=a b", .malformed("client nonce")),
            ("n,,n=,r=a,", .malformed("client nonce")),
            ("n,,n=,r=a,x", .malformed("extension")),
        ])
    func clientFirstRefused(message: String, failure: ScramFailure) {
        var server = ScramServerExchange(keys: keys)
        #expect(server.clientFirst(bytes(message)) == .fail(failure))
        #expect(server.clientFirst(bytes("n,,n=,r=a")) == .fail(.outOfTurn))
    }

    @Test(
        "gs2 flags n and y are accepted, a user name in the message and extensions are ignored",
        arguments: ["n,,n=,r=abc", "y,,n=,r=abc", "n,,n=someone,r=abc,x=1"])
    func clientFirstAccepted(message: String) {
        var server = ScramServerExchange(keys: keys, random: .fixed([0]))
        let expected = "r=abcAAAAAAAAAAAAAAAAAAAAAAAA,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        #expect(server.clientFirst(bytes(message)) == .send(bytes(expected)))
    }

    @Test("the limit of a message is exact")
    func messageLimit() {
        let longest = bytes("n,,n=,r=") + [UInt8](repeating: 0x61, count: 1016)
        var server = ScramServerExchange(keys: keys)
        guard case .send = server.clientFirst(longest) else {
            Issue.record("the longest message was refused")
            return
        }
        var second = ScramServerExchange(keys: keys)
        #expect(second.clientFirst(longest + [0x61]) == .fail(.tooLong))
    }

    @Test(
        "the server refuses a final message for the right reason",
        arguments: [
            ("", ScramFailure.malformed("channel binding")),
            ("r=aB,p=x", .malformed("channel binding")),
            ("c=biws", .malformed("nonce")),
            ("c=biws,r=NONCE", .malformed("proof missing")),
            ("c=biws,r=NONCE,", .malformed("nonce")),
            ("c=biws,r=NONCE,p=", .malformed("proof")),
            ("c=biws,r=NONCE,p=AAAA", .malformed("proof")),
            ("c=biws,r=NONCE,p=PROOF,x=1", .malformed("proof")),
            ("c=eSws,r=NONCE,p=PROOF", .channelBindingMismatch),
            ("c=biws,r=NONCEx,p=PROOF", .nonceMismatch),
            ("c=biws,r=abc,p=PROOF", .nonceMismatch),
            ("c=biws,r=NONCE,p=PROOF", .wrongPassword),
        ])
    func clientFinalRefused(template: String, failure: ScramFailure) {
        let proof = text(Base64.encode([UInt8](repeating: 0, count: 32)))
        var message: [UInt8] = []
        for part in template.split(separator: ",", omittingEmptySubsequences: false) {
            if !message.isEmpty { message += bytes(",") }
            switch part {
            case "r=NONCE": message += bytes("r=abcAAAAAAAAAAAAAAAAAAAAAAAA")
            case "r=NONCEx": message += bytes("r=abcAAAAAAAAAAAAAAAAAAAAAAAAx")
            case "p=PROOF": message += bytes("p=" + proof)
            default: message += bytes(String(part))
            }
        }
        var server = ScramServerExchange(keys: keys, random: .fixed([0]))
        _ = server.clientFirst(bytes("n,,n=,r=abc"))
        #expect(server.clientFinal(message) == .fail(failure))
        #expect(server.clientFinal(message) == .fail(.outOfTurn))
    }

    @Test("any changed bit of the client's final message is refused")
    func tampered() throws {
        var client = ScramClientExchange(random: .fixed([3]))
        var server = ScramServerExchange(keys: keys, random: .fixed([5]))
        let final = try finalMessage(&client, &server, password: "pencil")
        for index in final.indices {
            for bit in [UInt8(1), 0x10, 0x80] {
                var changed = final
                changed[index] ^= bit
                var copy = server
                guard case .fail = copy.clientFinal(changed) else {
                    Issue.record("byte \(index) bit \(bit) was accepted")
                    continue
                }
            }
        }
        guard case .accept = server.clientFinal(final) else {
            Issue.record("the untouched message was refused")
            return
        }
    }

    @Test(
        "the client refuses a server's first message for the right reason",
        arguments: [
            ("", ScramFailure.malformed("server nonce")),
            ("r=,s=QQ==,i=1", .malformed("server nonce")),
            ("m=x,r=a,s=QQ==,i=1", .extensionUnsupported),
            ("r=OURSx", .malformed("salt")),
            ("r=OURSx,s=,i=1", .malformed("salt")),
            ("r=OURSx,s=QQ,i=1", .malformed("salt")),
            ("r=OURSx,s=QQ==", .malformed("iteration count")),
            ("r=OURSx,s=QQ==,i=", .malformed("iteration count")),
            ("r=OURSx,s=QQ==,i=-1", .malformed("iteration count")),
            ("r=OURSx,s=QQ==,i=4k", .malformed("iteration count")),
            ("r=OURSx,s=QQ==,i=0", .iterationCountOutOfRange),
            ("r=OURSx,s=QQ==,i=10000001", .iterationCountOutOfRange),
            ("r=OURSx,s=QQ==,i=99999999999999999999999", .iterationCountOutOfRange),
            ("r=OURSx,s=QQ==,i=1,y", .malformed("extension")),
            ("r=OURS,s=QQ==,i=1", .nonceMismatch),
            ("r=xOURS,s=QQ==,i=1", .nonceMismatch),
            ("r=else,s=QQ==,i=1", .nonceMismatch),
        ])
    func serverFirstRefused(template: String, failure: ScramFailure) {
        var client = ScramClientExchange(random: .fixed([0]))
        _ = client.start()
        #expect(client.serverFirst(insertingNonce(template)) == .fail(failure))
        #expect(client.serverFirst(insertingNonce("r=OURSx,s=QQ==,i=1")) == .fail(.outOfTurn))
    }

    @Test("the iteration limits are inside the range", arguments: [1, 4096, 10_000_000])
    func iterationLimits(iterations: Int) {
        var client = ScramClientExchange(random: .fixed([0]))
        _ = client.start()
        #expect(
            client.serverFirst(insertingNonce("r=OURSx,s=QQ==,i=\(iterations)"))
                == .needKeys(salt: [0x41], iterations: iterations))
    }

    @Test(
        "the client refuses a server's final message for the right reason",
        arguments: [
            ("", ScramFailure.malformed("server signature")),
            ("v=", .malformed("server signature")),
            ("v=AAAA", .malformed("server signature")),
            ("e=invalid-proof", .refusedByServer("invalid-proof")),
            ("e=a\nb", .refusedByServer("a?b")),
        ])
    func serverFinalRefused(message: String, failure: ScramFailure) throws {
        var client = ScramClientExchange()
        var server = ScramServerExchange(keys: keys)
        _ = try finalMessage(&client, &server, password: "pencil")
        #expect(client.serverFinal(bytes(message)) == .fail(failure))
        #expect(!client.isVerified)
    }

    @Test("events out of turn fail, without a trap and for good")
    func outOfTurn() throws {
        var client = ScramClientExchange()
        #expect(client.serverFinal(bytes("v=AAAA")) == .fail(.outOfTurn))
        #expect(client.start() == .fail(.outOfTurn))
        var early = ScramClientExchange()
        _ = early.start()
        let keys = try ScramClientKeys(password: [1], salt: [1], iterations: 1)
        #expect(early.keysDerived(keys) == .fail(.outOfTurn))
        var server = ScramServerExchange(keys: self.keys)
        #expect(server.clientFinal(bytes("c=biws")) == .fail(.outOfTurn))
    }

    @Test("without randomness both sides fail")
    func noRandomness() {
        var client = ScramClientExchange(random: .broken)
        #expect(client.start() == .fail(.crypto(CryptoFailure(.random))))
        var server = ScramServerExchange(keys: keys, random: .broken)
        #expect(
            server.clientFirst(bytes("n,,n=,r=a")) == .fail(.crypto(CryptoFailure(.random))))
    }

    @Test("arbitrary and mutated bytes never trap and never succeed", arguments: 0..<100)
    func arbitrary(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let seeds = [
            "n,,n=,r=abc", "c=biws,r=abcAAAA,p=AAAA", "r=AAAAx,s=QQ==,i=4096", "v=AAAA", "e=x",
        ]
        for _ in 0..<40 {
            var message = bytes(seeds.randomElement(using: &generator) ?? "")
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let index = Int.random(in: 0...message.count, using: &generator)
                if Bool.random(using: &generator), index < message.count {
                    message.remove(at: index)
                } else {
                    message.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            var server = ScramServerExchange(keys: keys, random: .fixed([0]))
            _ = server.clientFirst(message)
            var waiting = ScramServerExchange(keys: keys, random: .fixed([0]))
            _ = waiting.clientFirst(bytes("n,,n=,r=abc"))
            _ = waiting.clientFinal(message)
            #expect(waiting.acceptedClientKeys == nil)
            var client = ScramClientExchange(random: .fixed([0]))
            _ = client.start()
            _ = client.serverFirst(message)
            _ = client.serverFinal(message)
            #expect(!client.isVerified)
        }
    }

    /// Plays the exchange up to the client's final message.
    private func finalMessage(
        _ client: inout ScramClientExchange, _ server: inout ScramServerExchange,
        password: String
    ) throws -> [UInt8] {
        guard case .send(let first) = client.start(),
            case .send(let challenge) = server.clientFirst(first),
            case .needKeys(let salt, let iterations) = client.serverFirst(challenge)
        else { throw ExchangeBroke() }
        let keys = try ScramClientKeys(
            password: bytes(password), salt: salt, iterations: iterations)
        guard case .send(let final) = client.keysDerived(keys) else { throw ExchangeBroke() }
        return final
    }

    private struct ExchangeBroke: Error {}

    /// Puts the nonce of a client that draws zeros in place of `OURS`.
    private func insertingNonce(_ template: String) -> [UInt8] {
        bytes(
            template.split(separator: "OURS", omittingEmptySubsequences: false)
                .joined(separator: String(repeating: "A", count: 24)))
    }
}

@Suite struct ScramKeysTests {
    private static let good =
        "SCRAM-SHA-256$4096:ep42f4J5bFXkscwkJ6GE+Q=="
        + "$732ooMKd5L0pYKrKmR1x7IAHoEmSS+L4VCVM/TyjEu8=:PA2E2XTmVRU3ygYlPH6T7ciSQFST1kU9KyHohnj8Drk="

    @Test("a verifier survives parsing and formatting")
    func roundTrip() throws {
        let keys = try #require(ScramKeys(verifier: bytes(Self.good)))
        #expect(text(keys.verifier) == Self.good)
        #expect(keys.iterations == 4096)
        let made = try ScramKeys(password: bytes("x"), random: .secure)
        #expect(ScramKeys(verifier: made.verifier) == made)
    }

    @Test("a cut or changed verifier is none", arguments: 0..<good.utf8.count)
    func cut(count: Int) {
        #expect(ScramKeys(verifier: Array(bytes(Self.good).prefix(count))) == nil)
    }

    @Test(
        "iteration counts outside the range are refused",
        arguments: ["0", "-1", "", "04096", "10000001", "99999999999999999999", "4096 "])
    func iterations(count: String) {
        let verifier = "SCRAM-SHA-256$\(count)" + Self.good.dropFirst(18)
        #expect(ScramKeys(verifier: bytes(verifier)) == nil)
    }
}
