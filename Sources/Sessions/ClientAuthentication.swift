public import Credentials
public import PostgresWire

/// The proof that a client has to give before its session begins, in the method that the servers
/// ask of us for the same user (`enable_pool_hba = off`, auth reference section 4).
public struct ClientAuthentication: Sendable {
    public enum Challenge: Sendable {
        /// Ask for the clear password; `expected` is compared, nil leaves the proof to the server.
        case clearText(expected: Expected?)
        case md5(MD5Password, salt: [UInt8])
        case scram(ScramServerExchange)
    }

    /// What a clear password must match.
    public enum Expected: Equatable, Sendable {
        case clearText([UInt8])
        case md5(MD5Password)
    }

    public enum Action: Equatable, Sendable {
        case send([UInt8])
        /// The client is who it says; `clearText` is what it typed, where it did. `final` goes to
        /// the client before AuthenticationOk.
        case accepted(clearText: [UInt8]?, final: [UInt8])
        case refused(ServerReport)
    }

    private enum Step: Sendable {
        case first
        case scramFinal
        case finished
    }

    /// The longest password message that is read, in bytes: SCRAM messages and PAM tokens fit.
    public static let messageBytesMax = 16_384

    private let user: [UInt8]
    private var challenge: Challenge
    private var step = Step.first

    public init(user: [UInt8], challenge: Challenge) {
        self.user = user
        self.challenge = challenge
    }

    /// The first question.
    public func begin() -> [UInt8] {
        var writer = WireWriter()
        switch challenge {
        case .clearText: writer.authentication(.clearText)
        case .md5(_, let salt): writer.authentication(.md5(salt: salt))
        case .scram: writer.authentication(.sasl(mechanisms: ["SCRAM-SHA-256"]))
        }
        return writer.bytes
    }

    /// A complete message of the client's.
    public mutating func received(_ type: UInt8, body: [UInt8]) -> Action {
        guard step != .finished else { return malformed() }
        let action = judge(type, body)
        // One answer for each connection: a second try needs a new one.
        if case .refused = action { step = .finished }
        return action
    }

    private mutating func judge(_ type: UInt8, _ body: [UInt8]) -> Action {
        guard type == FrontendType.password else {
            return .refused(
                ServerReport(
                    .fatal, .protocolViolation, "expected a password message",
                    detail: "The client sent a message of type \(type)."))
        }
        switch challenge {
        case .clearText(let expected): return clearText(body, expected)
        case .md5(let stored, let salt): return md5(body, stored, salt)
        case .scram(var exchange):
            let action = scram(body, &exchange)
            challenge = .scram(exchange)
            return action
        }
    }

    private mutating func clearText(_ body: [UInt8], _ expected: Expected?) -> Action {
        var reader = WireReader(body.span.bytes)
        guard let password = reader.string(body.span.bytes), reader.remaining == 0 else {
            return malformed()
        }
        step = .finished
        // As PostgreSQL: an empty password never counts, not even where one is expected.
        guard !password.isEmpty else {
            return .refused(
                ServerReport(.fatal, .invalidPassword, "empty password returned by client"))
        }
        let isRight: Bool
        switch expected {
        case nil: isRight = true
        case .clearText(let wanted): isRight = Digest.equalInConstantTime(password, wanted)
        case .md5(let stored):
            isRight = (try? stored.verifies(password: password, user: user)) == true
        }
        return isRight ? .accepted(clearText: password, final: []) : wrongPassword()
    }

    private mutating func md5(_ body: [UInt8], _ stored: MD5Password, _ salt: [UInt8]) -> Action {
        var reader = WireReader(body.span.bytes)
        guard let answer = reader.string(body.span.bytes), reader.remaining == 0 else {
            return malformed()
        }
        step = .finished
        guard (try? stored.verifies(answer: answer, salt: salt)) == true else {
            return wrongPassword()
        }
        return .accepted(clearText: nil, final: [])
    }

    private mutating func scram(_ body: [UInt8], _ exchange: inout ScramServerExchange) -> Action {
        switch step {
        case .first:
            guard let initial = SASLInitialResponse.read(body.span.bytes) else {
                return malformed()
            }
            guard initial.mechanism == "SCRAM-SHA-256" else {
                return .refused(
                    ServerReport(
                        .fatal, .protocolViolation,
                        "client selected an invalid SASL authentication mechanism"))
            }
            switch exchange.clientFirst(initial.data) {
            case .send(let data):
                step = .scramFinal
                var writer = WireWriter()
                writer.authentication(.saslContinue(data))
                return .send(writer.bytes)
            case .fail(let failure): return refused(failure)
            }
        case .scramFinal:
            step = .finished
            switch exchange.clientFinal(body) {
            case .accept(let data):
                var writer = WireWriter()
                writer.authentication(.saslFinal(data))
                return .accepted(clearText: nil, final: writer.bytes)
            case .fail(let failure): return refused(failure)
            }
        case .finished: return malformed()
        }
    }

    private func refused(_ failure: ScramFailure) -> Action {
        if failure != .wrongPassword {
            return .refused(
                ServerReport(
                    .fatal, .protocolViolation, "malformed SCRAM message", detail: "\(failure)"))
        }
        return wrongPassword()
    }

    private func malformed() -> Action {
        .refused(ServerReport(.fatal, .protocolViolation, "malformed password message"))
    }

    private func wrongPassword() -> Action { .refused(Self.passwordRefused(user)) }

    /// PostgreSQL's own words and SQLSTATE for a wrong password, an unknown user and a missing
    /// entry alike: nobody learns which it was.
    public static func passwordRefused(_ user: [UInt8], hint: String? = nil) -> ServerReport {
        let name = String(decoding: user, as: UTF8.self)
        return ServerReport(
            .fatal, .invalidPassword, "password authentication failed for user \"\(name)\"",
            hint: hint)
    }
}
