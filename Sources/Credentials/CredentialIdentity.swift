/// Names the credential with which a server connection was authenticated, without holding it.
///
/// A parked connection may go only to a session with the same credential: equal identities mean
/// the same user, kind and secret. The secret is present as a hash under a key that lives as long
/// as the process, so it can be neither printed nor compared between processes.
public struct CredentialIdentity: Hashable, Sendable, CustomStringConvertible {
    /// What sort of secret was used.
    public enum Kind: String, Hashable, Sendable {
        /// The server asked for none.
        case none = "no password"
        case clearText = "clear-text password"
        case md5 = "md5 password"
        case scramKeys = "SCRAM keys"
    }

    /// The per-process key of the hash.
    public struct Key: Sendable, CustomStringConvertible {
        fileprivate let bytes: [UInt8]

        /// Draws a key; once per process.
        public init(random: RandomBytes = .secure) throws(CryptoFailure) {
            bytes = try random(Digest.sha256ByteCount)
        }

        public var description: String { "credential identity key (hidden)" }
    }

    /// The user name of the startup packet.
    public let user: [UInt8]
    public let kind: Kind
    private let secretHash: [UInt8]

    /// The identity of a connection for which no secret was used.
    public init(user: [UInt8]) {
        self.user = user
        kind = .none
        secretHash = []
    }

    /// The identity of a clear-text password, whichever method the server asked for.
    public init(user: [UInt8], clearText: [UInt8], key: Key) throws(CryptoFailure) {
        try self.init(user: user, kind: .clearText, secret: clearText, key: key)
    }

    /// The identity of an MD5 password.
    public init(user: [UInt8], md5: MD5Password, key: Key) throws(CryptoFailure) {
        try self.init(user: user, kind: .md5, secret: md5.stored, key: key)
    }

    /// The identity of SCRAM keys that a client's own exchange brought to light.
    public init(user: [UInt8], keys: ScramClientKeys, key: Key) throws(CryptoFailure) {
        try self.init(user: user, kind: .scramKeys, secret: keys.clientKey, key: key)
    }

    /// The identity of a stored password; nil for one that cannot answer any server.
    public init?(
        user: [UInt8], password: StoredPassword, key: Key
    ) throws(CryptoFailure) {
        if case .md5(let hash) = password {
            try self.init(user: user, md5: hash, key: key)
        } else if let clearText = password.clearText {
            try self.init(user: user, clearText: clearText, key: key)
        } else {
            return nil
        }
    }

    private init(
        user: [UInt8], kind: Kind, secret: [UInt8], key: Key
    ) throws(CryptoFailure) {
        self.user = user
        self.kind = kind
        secretHash = try Digest.hmacSHA256(key: key.bytes, secret)
    }

    public var description: String {
        "user \"\(logText(user))\", \(kind.rawValue)"
    }
}
