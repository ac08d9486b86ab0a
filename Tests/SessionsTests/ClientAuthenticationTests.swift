import Credentials
import PostgresWire
import Sessions
import TestSupport
import Testing

@Suite("Authenticating a client")
struct ClientAuthenticationTests {
    private static let user = Array("alice".utf8)
    private static let password = Array("secret".utf8)
    private static let salt: [UInt8] = [9, 8, 7, 6]

    private static let refused = ClientAuthentication.Action.refused(
        ServerReport(
            .fatal, .invalidPassword, "password authentication failed for user \"alice\""))

    private func question(_ authentication: ClientAuthentication) -> AuthenticationRequest? {
        let body = Array(authentication.begin().dropFirst(FrameHeader.byteCount))
        return AuthenticationRequest.read(body.span.bytes)
    }

    private func answer(
        _ challenge: ClientAuthentication.Challenge, _ body: [UInt8], type: UInt8 = 0x70
    ) -> ClientAuthentication.Action {
        var authentication = ClientAuthentication(user: Self.user, challenge: challenge)
        return authentication.received(type, body: body)
    }

    private func state(_ action: ClientAuthentication.Action) -> SQLState? {
        guard case .refused(let report) = action else { return nil }
        #expect(report.severity == .fatal)
        return report.state
    }

    @Test("a clear password is compared, or left to the server")
    func clearText() throws {
        let stored = try MD5Password(password: Self.password, user: Self.user)
        let accepted = ClientAuthentication.Action.accepted(
            clearText: Self.password, final: [])
        let table: [(ClientAuthentication.Expected?, String, ClientAuthentication.Action)] = [
            (.clearText(Self.password), "secret", accepted),
            (.clearText(Self.password), "wrong", Self.refused),
            (.clearText(Self.password), "secre", Self.refused),
            (.md5(stored), "secret", accepted),
            (.md5(stored), "wrong", Self.refused),
            (nil, "secret", accepted),
        ]
        for (expected, given, outcome) in table {
            let challenge = ClientAuthentication.Challenge.clearText(expected: expected)
            #expect(
                question(ClientAuthentication(user: Self.user, challenge: challenge)) == .clearText)
            #expect(answer(challenge, Array(given.utf8) + [0]) == outcome, "\(given)")
        }
    }

    @Test("an empty password never counts")
    func empty() {
        for expected in [nil, ClientAuthentication.Expected.clearText([])] {
            #expect(state(answer(.clearText(expected: expected), [0])) == .invalidPassword)
        }
    }

    @Test("MD5")
    func md5() throws {
        let stored = try MD5Password(password: Self.password, user: Self.user)
        let challenge = ClientAuthentication.Challenge.md5(stored, salt: Self.salt)
        #expect(
            question(ClientAuthentication(user: Self.user, challenge: challenge))
                == .md5(salt: Self.salt))
        let right = try stored.answer(salt: Self.salt)
        #expect(answer(challenge, right + [0]) == .accepted(clearText: nil, final: []))
        let other = try stored.answer(salt: [0, 0, 0, 0])
        #expect(answer(challenge, other + [0]) == Self.refused)
        #expect(answer(challenge, Self.password + [0]) == Self.refused)
        #expect(answer(challenge, [0]) == Self.refused)
    }

    /// Both messages of a SCRAM client with `password`.
    private func scram(
        _ challenge: ClientAuthentication.Challenge, password: [UInt8]
    ) throws -> (ClientAuthentication.Action, ScramClientExchange) {
        var authentication = ClientAuthentication(user: Self.user, challenge: challenge)
        #expect(question(authentication) == .sasl(mechanisms: ["SCRAM-SHA-256"]))
        var client = ScramClientExchange()
        guard case .send(let first) = client.start() else { throw ScramFailure.outOfTurn }
        var writer = WireWriter()
        writer.saslInitialResponse(mechanism: "SCRAM-SHA-256", data: first)
        let reply = authentication.received(
            FrontendType.password, body: Array(writer.bytes.dropFirst(5)))
        guard case .send(let frame) = reply else { return (reply, client) }
        let body = Array(frame.dropFirst(FrameHeader.byteCount))
        guard case .saslContinue(let data)? = AuthenticationRequest.read(body.span.bytes),
            case .needKeys(let salt, let iterations) = client.serverFirst(data),
            case .send(let final) = client.keysDerived(
                try ScramClientKeys(password: password, salt: salt, iterations: iterations))
        else { throw ScramFailure.outOfTurn }
        return (authentication.received(FrontendType.password, body: final), client)
    }

    @Test("SCRAM, both sides convinced")
    func scramRight() throws {
        let keys = try ScramKeys(password: Self.password, salt: Array("salt".utf8))
        var (action, client) = try scram(
            .scram(ScramServerExchange(keys: keys)), password: Self.password)
        guard case .accepted(nil, let frame) = action else {
            Issue.record("\(action)")
            return
        }
        let body = Array(frame.dropFirst(FrameHeader.byteCount))
        guard case .saslFinal(let proof)? = AuthenticationRequest.read(body.span.bytes) else {
            Issue.record("no proof for the client")
            return
        }
        #expect(client.serverFinal(proof) == .verified)
    }

    @Test("SCRAM with a wrong password and for an unknown user end alike")
    func scramWrong() throws {
        let keys = try ScramKeys(password: Self.password, salt: Array("salt".utf8))
        let wrong = try scram(
            .scram(ScramServerExchange(keys: keys)), password: Array("guess".utf8))
        let unknown = try scram(
            .scram(ScramServerExchange(mock: keys)), password: Self.password)
        #expect(wrong.0 == Self.refused)
        #expect(unknown.0 == Self.refused)
    }

    @Test("malformed messages are refused")
    func malformed() throws {
        let stored = try MD5Password(password: Self.password, user: Self.user)
        let keys = try ScramKeys(password: Self.password, salt: Array("salt".utf8))
        let exchange = ScramServerExchange(keys: keys)
        let clear = ClientAuthentication.Challenge.clearText(expected: nil)
        let table: [(ClientAuthentication.Challenge, [UInt8])] = [
            (clear, []), (clear, Self.password), (clear, Self.password + [0, 0]),
            (clear, Self.password + [0] + Self.password + [0]),
            (.md5(stored, salt: Self.salt), []),
            (.md5(stored, salt: Self.salt), try stored.answer(salt: Self.salt)),
            (.md5(stored, salt: Self.salt), try stored.answer(salt: Self.salt) + [0, 1]),
            (.scram(exchange), []), (.scram(exchange), Array("SCRAM-SHA-256".utf8)),
            (.scram(exchange), Array("SCRAM-SHA-256".utf8) + [0, 0, 0, 0, 9]),
            (.scram(exchange), Array("SCRAM-SHA-1".utf8) + [0, 0, 0, 0, 0]),
            (.scram(exchange), Array("SCRAM-SHA-256".utf8) + [0, 0, 0, 0, 1, 0x78]),
        ]
        for (challenge, body) in table {
            #expect(state(answer(challenge, body)) == .protocolViolation, "\(body)")
        }
        for type in [FrontendType.query, FrontendType.terminate, 0] {
            let action = answer(clear, Self.password + [0], type: type)
            #expect(state(action) == .protocolViolation)
        }
    }

    @Test("nobody gets a second try on the same connection")
    func secondTry() throws {
        var clear = ClientAuthentication(
            user: Self.user, challenge: .clearText(expected: .clearText(Self.password)))
        #expect(clear.received(FrontendType.password, body: [0x61, 0]) == Self.refused)
        #expect(
            state(clear.received(FrontendType.password, body: Self.password + [0]))
                == .protocolViolation)
        var other = ClientAuthentication(
            user: Self.user, challenge: .clearText(expected: .clearText(Self.password)))
        _ = other.received(FrontendType.query, body: [])
        #expect(
            state(other.received(FrontendType.password, body: Self.password + [0]))
                == .protocolViolation)
    }

    @Test("random messages are refused and never trap", arguments: 0..<10 as Range<UInt64>)
    func random(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let keys = try ScramKeys(password: Self.password, salt: Array("salt".utf8))
        for _ in 0..<200 {
            var authentication = ClientAuthentication(
                user: Self.user, challenge: .scram(ScramServerExchange(keys: keys)))
            for _ in 0..<3 {
                var body = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
                    UInt8.random(in: 0x2C...0x7A, using: &generator)
                }
                if Bool.random(using: &generator) {
                    var writer = WireWriter()
                    writer.saslInitialResponse(mechanism: "SCRAM-SHA-256", data: body)
                    body = Array(writer.bytes.dropFirst(5))
                }
                if case .accepted = authentication.received(FrontendType.password, body: body) {
                    Issue.record("accepted, seed \(seed)")
                }
            }
        }
    }
}
