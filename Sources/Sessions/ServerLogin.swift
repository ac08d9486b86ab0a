public import Credentials
public import PostgresWire

/// What a server told at login: everything a client's own login can be answered with.
public struct ServerGreeting: Equatable, Sendable {
    public struct Parameter: Equatable, Sendable {
        public var name: [UInt8]
        public var value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// ParameterStatus in the server's order.
    public var parameters: [Parameter] = []
    /// What a CancelRequest for this connection carries.
    public var cancelKey = CancelKey(processID: 0, secret: [])
    public var method = AuthenticationMethod.trust

    public init() {}
}

/// How a server wanted to be convinced.
public enum AuthenticationMethod: String, Equatable, Sendable {
    case trust
    case clearText = "password"
    case md5
    case scram = "scram-sha-256"
}

/// Our own side of a login to a server, from the startup packet to the first ReadyForQuery.
///
/// The caller sends what it is told to send; slow key derivation and the question for a password
/// are actions, so that a worker never blocks on them.
public struct ServerLogin: Sendable {
    /// What we can prove ourselves with.
    public enum Secret: Equatable, Sendable {
        case none
        case clearText([UInt8])
        case md5(MD5Password)
    }

    public enum Action: Equatable, Sendable {
        case wait
        case send([UInt8])
        /// The server wants proof and none was given yet: answer with ``secretKnown(_:)``.
        case needSecret(AuthenticationMethod)
        /// Derive the keys off this thread and answer with ``keysDerived(_:)``.
        case deriveKeys(password: [UInt8], salt: [UInt8], iterations: Int)
        /// Pass-through: the client answers this message itself.
        case relay([UInt8])
        case loggedIn(ServerGreeting)
        case failed(Failure)
    }

    public enum Failure: Equatable, Sendable {
        /// The server's own ErrorResponse, to be shown to the client as it is.
        case refused(message: [UInt8], fields: ReportFields)
        /// The server asks for something that we cannot answer.
        case unsupported(UInt32)
        /// No usable password for this method.
        case noSecret(AuthenticationMethod)
        /// The server could not prove that it knows the password, or its messages are malformed.
        case scram(ScramFailure)
        case protocolViolation(type: UInt8)
        case crypto(CryptoFailure)
    }

    private enum Step: Sendable {
        case authentication
        case awaitingSecret(AuthenticationRequest, frame: [UInt8])
        case scram(ScramClientExchange, password: [UInt8])
        /// Proof was sent: only a verdict may follow.
        case answered
        case greeting
        case finished
    }

    private let user: [UInt8]
    private var secret: Secret?
    private var passesThrough = false
    private var step = Step.authentication
    private var greeting = ServerGreeting()

    /// - Parameter secret: nil where it is not known yet: the server's method decides what to ask for.
    public init(user: [UInt8], secret: Secret?) {
        self.user = user
        self.secret = secret
    }

    /// Whether the server waits for an answer that somebody still has to give.
    public var isAwaitingSecret: Bool {
        if case .awaitingSecret = step { return true }
        return false
    }

    /// A complete message of the server's: type byte, then the whole frame and its body.
    public mutating func received(_ type: UInt8, frame: [UInt8]) -> Action {
        if case .finished = step { return violation(type) }
        let body = Array(frame.dropFirst(FrameHeader.byteCount))
        switch type {
        case BackendType.authentication: return authentication(body, frame: frame)
        case BackendType.errorResponse:
            step = .finished
            return .failed(.refused(message: frame, fields: ReportFields.read(body.span.bytes)))
        case BackendType.noticeResponse, BackendType.negotiateProtocolVersion: return .wait
        case BackendType.parameterStatus:
            var reader = WireReader(body.span.bytes)
            guard let name = reader.string(body.span.bytes),
                let value = reader.string(body.span.bytes)
            else { return violation(type) }
            greeting.parameters.append(ServerGreeting.Parameter(name: name, value: value))
            return .wait
        case BackendType.backendKeyData:
            var reader = WireReader(body.span.bytes)
            guard let pid = reader.uint32(body.span.bytes) else { return violation(type) }
            greeting.cancelKey = CancelKey(
                processID: Int32(bitPattern: pid), secret: reader.rest(body.span.bytes))
            return .wait
        case BackendType.readyForQuery:
            guard case .greeting = step else { return violation(type) }
            step = .finished
            return .loggedIn(greeting)
        default: return violation(type)
        }
    }

    /// The password that ``Action/needSecret(_:)`` asked for.
    public mutating func secretKnown(_ secret: Secret) -> Action {
        guard case .awaitingSecret(let request, let frame) = step else { return .wait }
        self.secret = secret
        step = .authentication
        return answer(request, frame: frame)
    }

    /// Nobody here has the password: the client answers this and every further challenge itself.
    public mutating func passThrough() -> Action {
        guard case .awaitingSecret(_, let frame) = step else { return .wait }
        passesThrough = true
        step = .authentication
        return .relay(frame)
    }

    /// The keys that ``Action/deriveKeys(password:salt:iterations:)`` asked for.
    public mutating func keysDerived(_ keys: ScramClientKeys) -> Action {
        guard case .scram(var exchange, let password) = step else { return .wait }
        let action = exchange.keysDerived(keys)
        step = .scram(exchange, password: password)
        return sendSASL(action, first: false)
    }

    private mutating func authentication(_ body: [UInt8], frame: [UInt8]) -> Action {
        guard let request = AuthenticationRequest.read(body.span.bytes) else {
            return violation(BackendType.authentication)
        }
        if case .greeting = step { return violation(BackendType.authentication) }
        if case .ok = request {
            // A server that skips its proof does not know the password: not the one we mean.
            if case .scram(let exchange, _) = step, !exchange.isVerified {
                return fail(.scram(.serverNotAuthentic))
            }
            step = .greeting
            return .wait
        }
        if passesThrough { return .relay(frame) }
        switch (step, request) {
        case (.scram(var exchange, let password), .saslContinue(let data)):
            let action = exchange.serverFirst(data)
            step = .scram(exchange, password: password)
            switch action {
            case .needKeys(let salt, let iterations):
                return .deriveKeys(password: password, salt: salt, iterations: iterations)
            case .fail(let failure): return fail(.scram(failure))
            }
        case (.scram(var exchange, let password), .saslFinal(let data)):
            let action = exchange.serverFinal(data)
            step = .scram(exchange, password: password)
            switch action {
            case .verified: return .wait
            case .fail(let failure): return fail(.scram(failure))
            }
        case (.authentication, _): return answer(request, frame: frame)
        default: return violation(BackendType.authentication)
        }
    }

    /// Answers a first challenge with the secret, or asks for one.
    private mutating func answer(_ request: AuthenticationRequest, frame: [UInt8]) -> Action {
        guard let method = request.method else {
            if case .unsupported(let code) = request { return fail(.unsupported(code)) }
            return violation(BackendType.authentication)
        }
        greeting.method = method
        guard let secret else {
            step = .awaitingSecret(request, frame: frame)
            return .needSecret(method)
        }
        switch (request, secret) {
        case (.clearText, .clearText(let password)):
            step = .answered
            return send { $0.password(password) }
        case (.md5(let salt), .clearText(let password)):
            return answerMD5(salt, clearText: password)
        case (.md5(let salt), .md5(let stored)):
            return answerMD5(salt, stored: stored)
        case (.sasl(let mechanisms), .clearText(let password)):
            guard mechanisms.contains("SCRAM-SHA-256") else { return fail(.unsupported(10)) }
            var exchange = ScramClientExchange()
            let action = exchange.start()
            step = .scram(exchange, password: password)
            return sendSASL(action, first: true)
        default: return fail(.noSecret(method))
        }
    }

    private mutating func answerMD5(_ salt: [UInt8], clearText: [UInt8]) -> Action {
        do throws(CryptoFailure) {
            return answerMD5(salt, stored: try MD5Password(password: clearText, user: user))
        } catch { return fail(.crypto(error)) }
    }

    private mutating func answerMD5(_ salt: [UInt8], stored: MD5Password) -> Action {
        do throws(CryptoFailure) {
            let answer = try stored.answer(salt: salt)
            step = .answered
            return send { $0.password(answer) }
        } catch { return fail(.crypto(error)) }
    }

    private mutating func sendSASL(
        _ action: ScramClientExchange.SendAction, first: Bool
    ) -> Action {
        switch action {
        case .send(let data):
            return send { writer in
                if first {
                    writer.saslInitialResponse(mechanism: "SCRAM-SHA-256", data: data)
                } else {
                    writer.saslResponse(data)
                }
            }
        case .fail(let failure): return fail(.scram(failure))
        }
    }

    private func send(_ write: (inout WireWriter) -> Void) -> Action {
        var writer = WireWriter()
        write(&writer)
        return .send(writer.bytes)
    }

    private mutating func fail(_ failure: Failure) -> Action {
        step = .finished
        return .failed(failure)
    }

    private mutating func violation(_ type: UInt8) -> Action {
        fail(.protocolViolation(type: type))
    }
}

extension AuthenticationRequest {
    /// The method behind a first challenge; nil for continuations and what we do not speak.
    public var method: AuthenticationMethod? {
        switch self {
        case .ok: .trust
        case .clearText: .clearText
        case .md5: .md5
        case .sasl: .scram
        case .saslContinue, .saslFinal, .unsupported: nil
        }
    }
}
