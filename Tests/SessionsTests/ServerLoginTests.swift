import Credentials
import PostgresWire
import Sessions
import Testing

@Suite("Logging in to a server")
struct ServerLoginTests {
    private static let user = Array("alice".utf8)
    private static let password = Array("secret".utf8)

    private func frame(_ write: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        write(&writer)
        return writer.bytes
    }

    private func authentication(_ request: AuthenticationRequest) -> [UInt8] {
        frame { $0.authentication(request) }
    }

    private func receive(_ login: inout ServerLogin, _ frame: [UInt8]) -> ServerLogin.Action {
        login.received(frame.first ?? 0, frame: frame)
    }

    /// Everything that follows AuthenticationOk.
    private func greet(_ login: inout ServerLogin, _ method: AuthenticationMethod) {
        #expect(receive(&login, authentication(.ok)) == .wait)
        #expect(receive(&login, frame { $0.parameterStatus("a".utf8, "1".utf8) }) == .wait)
        #expect(receive(&login, frame { $0.parameterStatus("b".utf8, "".utf8) }) == .wait)
        let key = CancelKey(processID: -9, secret: [1, 2, 3, 4])
        #expect(receive(&login, frame { $0.backendKeyData(key) }) == .wait)
        #expect(
            receive(&login, frame { $0.report(ServerReport(.notice, .internalError, "hi")) })
                == .wait)
        var greeting = ServerGreeting()
        greeting.parameters = [
            .init(name: Array("a".utf8), value: Array("1".utf8)),
            .init(name: Array("b".utf8), value: []),
        ]
        greeting.cancelKey = key
        greeting.method = method
        #expect(receive(&login, frame { $0.readyForQuery(.idle) }) == .loggedIn(greeting))
    }

    @Test("trust")
    func trust() {
        var login = ServerLogin(user: Self.user, secret: nil)
        greet(&login, .trust)
    }

    @Test("a clear password")
    func clearText() {
        var login = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        #expect(
            receive(&login, authentication(.clearText))
                == .send(frame { $0.password(Self.password) }))
        greet(&login, .clearText)
    }

    @Test("MD5, from the password and from what pool_passwd stores")
    func md5() throws {
        let stored = try MD5Password(password: Self.password, user: Self.user)
        let salt: [UInt8] = [1, 2, 3, 4]
        let answer = try stored.answer(salt: salt)
        for secret in [ServerLogin.Secret.clearText(Self.password), .md5(stored)] {
            var login = ServerLogin(user: Self.user, secret: secret)
            #expect(
                receive(&login, authentication(.md5(salt: salt)))
                    == .send(frame { $0.password(answer) }))
            greet(&login, .md5)
        }
    }

    /// Plays SCRAM up to the server's last message, which is returned.
    private func scram(
        _ login: inout ServerLogin, password: [UInt8], server known: [UInt8]
    ) throws -> ScramServerExchange.FinalAction {
        let salt = Array("0123456789abcdef".utf8)
        var server = ScramServerExchange(
            keys: try ScramKeys(password: known, salt: salt, iterations: 4096))
        let offer = authentication(.sasl(mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]))
        guard case .send(let first) = receive(&login, offer) else {
            Issue.record("no first message")
            return .fail(.outOfTurn)
        }
        let body = Array(first.dropFirst(FrameHeader.byteCount))
        guard let initial = SASLInitialResponse.read(body.span.bytes) else {
            Issue.record("no SASLInitialResponse")
            return .fail(.outOfTurn)
        }
        #expect(initial.mechanism == "SCRAM-SHA-256")
        guard case .send(let challenge) = server.clientFirst(initial.data) else {
            Issue.record("no challenge")
            return .fail(.outOfTurn)
        }
        #expect(
            receive(&login, authentication(.saslContinue(challenge)))
                == .deriveKeys(password: password, salt: salt, iterations: 4096))
        let keys = try ScramClientKeys(password: password, salt: salt, iterations: 4096)
        guard case .send(let final) = login.keysDerived(keys) else {
            Issue.record("no proof")
            return .fail(.outOfTurn)
        }
        return server.clientFinal(Array(final.dropFirst(FrameHeader.byteCount)))
    }

    @Test("SCRAM, both sides convinced")
    func scram() throws {
        var login = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        let outcome = try scram(&login, password: Self.password, server: Self.password)
        guard case .accept(let proof) = outcome else {
            Issue.record("refused: \(outcome)")
            return
        }
        #expect(receive(&login, authentication(.saslFinal(proof))) == .wait)
        greet(&login, .scram)
    }

    @Test("SCRAM with a wrong password is refused by the server")
    func wrongPassword() throws {
        var login = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        let outcome = try scram(&login, password: Self.password, server: Array("other".utf8))
        #expect(outcome == .fail(.wrongPassword))
        let refusal = frame { $0.report(ServerReport(.fatal, .invalidPassword, "no")) }
        guard case .failed(.refused(let message, let fields)) = receive(&login, refusal) else {
            Issue.record("not refused")
            return
        }
        #expect(message == refusal)
        #expect(fields.code == "28P01")
    }

    @Test("a server that skips or fakes its SCRAM proof is not believed")
    func impostor() throws {
        var skipping = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        _ = try scram(&skipping, password: Self.password, server: Self.password)
        #expect(
            receive(&skipping, authentication(.ok)) == .failed(.scram(.serverNotAuthentic)))
        var faking = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        _ = try scram(&faking, password: Self.password, server: Self.password)
        let fake = Array("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".utf8)
        #expect(
            receive(&faking, authentication(.saslFinal(fake)))
                == .failed(.scram(.serverNotAuthentic)))
        #expect(receive(&faking, authentication(.ok)) != .wait)
    }

    @Test("a server cannot fall back from SCRAM to a clear password")
    func downgrade() {
        var login = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        _ = receive(&login, authentication(.sasl(mechanisms: ["SCRAM-SHA-256"])))
        #expect(
            receive(&login, authentication(.clearText)) == .failed(.protocolViolation(type: 0x52)))
    }

    @Test("an answered challenge is not answered twice")
    func twice() {
        var login = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        _ = receive(&login, authentication(.md5(salt: [1, 2, 3, 4])))
        #expect(
            receive(&login, authentication(.clearText)) == .failed(.protocolViolation(type: 0x52)))
    }

    @Test("a secret that is found later is used then")
    func lateSecret() {
        var login = ServerLogin(user: Self.user, secret: nil)
        #expect(receive(&login, authentication(.clearText)) == .needSecret(.clearText))
        #expect(login.isAwaitingSecret)
        #expect(
            login.secretKnown(.clearText(Self.password))
                == .send(frame { $0.password(Self.password) }))
        #expect(!login.isAwaitingSecret)
        #expect(login.secretKnown(.clearText(Self.password)) == .wait, "nobody asked")
        greet(&login, .clearText)
    }

    @Test("passed through, the client sees every challenge")
    func passThrough() {
        var login = ServerLogin(user: Self.user, secret: nil)
        let offer = authentication(.sasl(mechanisms: ["SCRAM-SHA-256"]))
        #expect(login.passThrough() == .wait, "nobody asked")
        #expect(receive(&login, offer) == .needSecret(.scram))
        #expect(login.passThrough() == .relay(offer))
        let challenge = authentication(.saslContinue([1]))
        #expect(receive(&login, challenge) == .relay(challenge))
        let final = authentication(.saslFinal([2]))
        #expect(receive(&login, final) == .relay(final))
        greet(&login, .scram)
    }

    @Test(
        "a secret that does not fit the method is no secret",
        arguments: [
            (.none, .clearText, .clearText), (.none, .sasl(mechanisms: ["SCRAM-SHA-256"]), .scram),
            (.none, .md5(salt: [0, 0, 0, 0]), .md5),
        ] as [(ServerLogin.Secret, AuthenticationRequest, AuthenticationMethod)])
    func noSecret(
        _ secret: ServerLogin.Secret, _ request: AuthenticationRequest,
        _ method: AuthenticationMethod
    ) {
        var login = ServerLogin(user: Self.user, secret: secret)
        #expect(receive(&login, authentication(request)) == .failed(.noSecret(method)))
    }

    @Test("an MD5 entry cannot answer for a clear password or SCRAM")
    func md5Only() throws {
        let stored = try MD5Password(password: Self.password, user: Self.user)
        for (request, method) in [
            (AuthenticationRequest.clearText, AuthenticationMethod.clearText),
            (.sasl(mechanisms: ["SCRAM-SHA-256"]), .scram),
        ] {
            var login = ServerLogin(user: Self.user, secret: .md5(stored))
            #expect(receive(&login, authentication(request)) == .failed(.noSecret(method)))
        }
    }

    @Test("what we do not speak is named")
    func unsupported() {
        var gss = ServerLogin(user: Self.user, secret: nil)
        #expect(receive(&gss, authentication(.unsupported(7))) == .failed(.unsupported(7)))
        var plus = ServerLogin(user: Self.user, secret: .clearText(Self.password))
        #expect(
            receive(&plus, authentication(.sasl(mechanisms: ["SCRAM-SHA-256-PLUS"])))
                == .failed(.unsupported(10)))
    }

    @Test("messages out of order end the login")
    func order() {
        let ready = frame { $0.readyForQuery(.idle) }
        let row = frame { $0.message(BackendType.dataRow) { _ in } }
        for bad in [
            ready, row, authentication(.saslContinue([])), authentication(.saslFinal([])),
            frame { $0.message(BackendType.authentication) { $0.uint8(0) } },
            frame { $0.message(BackendType.parameterStatus) { $0.uint8(0x61) } },
            frame { $0.message(BackendType.backendKeyData) { $0.uint16(1) } }, [],
        ] {
            var login = ServerLogin(user: Self.user, secret: .clearText(Self.password))
            #expect(
                receive(&login, bad) == .failed(.protocolViolation(type: bad.first ?? 0)), "\(bad)")
        }
    }

    @Test("a failed login stays failed")
    func finished() {
        var login = ServerLogin(user: Self.user, secret: nil)
        _ = receive(&login, frame { $0.report(ServerReport(.fatal, .tooManyConnections, "no")) })
        #expect(receive(&login, authentication(.ok)) == .failed(.protocolViolation(type: 0x52)))
        let ready = frame { $0.readyForQuery(.idle) }
        #expect(receive(&login, ready) == .failed(.protocolViolation(type: 0x5A)))
    }
}
