/// A per-process secret from which the salts of users that do not exist are made.
///
/// An unknown user gets the same salt at each attempt, as a known one does, so the exchange does
/// not tell which names exist. (RFC 5802 section 9; PostgreSQL's "mock authentication".)
public struct ScramMockSecret: Sendable, CustomStringConvertible {
    private let key: [UInt8]

    /// Draws a secret; once per process.
    public init(random: RandomBytes = .secure) throws(CryptoFailure) {
        key = try random(Digest.sha256ByteCount)
    }

    /// A verifier that looks like any other and that no password is known for.
    ///
    /// `iterations` should be what the real verifiers use.
    public func keys(
        user: [UInt8], iterations: Int = ScramLimit.iterationsDefault
    ) throws(CryptoFailure) -> ScramKeys {
        let salt = try Digest.hmacSHA256(key: key, Array("salt".utf8) + user)
        return ScramKeys(
            salt: Array(salt.prefix(ScramLimit.saltByteCount)), iterations: iterations,
            storedKey: try Digest.hmacSHA256(key: key, Array("stored".utf8) + user),
            serverKey: try Digest.hmacSHA256(key: key, Array("server".utf8) + user))
    }

    public var description: String { "SCRAM mock secret (hidden)" }
}
