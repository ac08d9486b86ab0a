/// Why a SCRAM exchange ended without success. None of them holds a secret.
public enum ScramFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A message that is not what RFC 5802 says at that place; the text names the place.
    case malformed(String)
    /// A message longer than `ScramLimit.messageByteCountMax`.
    case tooLong
    /// The client asked for channel binding (`p=`), which is offered by none of our mechanisms.
    case channelBindingUnsupported
    /// The channel-binding data do not repeat the header of the first message.
    case channelBindingMismatch
    /// The client wants to act as somebody else (`a=`).
    case authorizationIdentityUnsupported
    /// A mandatory extension (`m=`).
    case extensionUnsupported
    /// The nonce is not, or does not extend, the one that was sent before.
    case nonceMismatch
    /// The proof does not fit: wrong password or unknown user, deliberately the same.
    case wrongPassword
    /// The peer that claims to be the server does not know the password.
    case serverNotAuthentic
    /// The server answered `e=`; its word for the reason (RFC 5802 section 7), for the log.
    case refusedByServer(String)
    /// The server demands an iteration count outside `ScramLimit.iterations`.
    case iterationCountOutOfRange
    /// A message arrived in a state that has no place for it.
    case outOfTurn
    /// libcrypto failed.
    case crypto(CryptoFailure)

    public var description: String {
        switch self {
        case .malformed(let place): "malformed SCRAM message (\(place))"
        case .tooLong: "SCRAM message is too long"
        case .channelBindingUnsupported:
            "client requires SCRAM channel binding, but it is not supported"
        case .channelBindingMismatch: "unexpected SCRAM channel-binding attribute"
        case .authorizationIdentityUnsupported:
            "client uses authorization identity, but it is not supported"
        case .extensionUnsupported: "client requires an unsupported SCRAM extension"
        case .nonceMismatch: "SCRAM nonce does not match"
        case .wrongPassword: "password does not match"
        case .serverNotAuthentic: "server signature does not match"
        case .refusedByServer(let reason): "server refused the SCRAM exchange: \(reason)"
        case .iterationCountOutOfRange: "SCRAM iteration count is out of range"
        case .outOfTurn: "SCRAM message out of turn"
        case .crypto(let failure): failure.description
        }
    }
}

/// The bounds of a SCRAM exchange.
public enum ScramLimit {
    /// Bytes of one message; PostgreSQL reads no longer ones either.
    public static let messageByteCountMax = 1024
    /// Iteration counts that are worked with. Above ten million a peer would only burn our CPU.
    public static let iterations = 1...10_000_000
    /// What PostgreSQL and Pgpool-II use for a new verifier.
    public static let iterationsDefault = 4096
    /// Bytes of a salt of ours.
    public static let saltByteCount = 16
    /// Random bytes in a nonce, before base64.
    public static let nonceByteCount = 18
}
