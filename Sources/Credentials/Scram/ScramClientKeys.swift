/// What proves the knowledge of a password to a SCRAM server, for one salt and iteration count.
///
/// Kept apart from the exchange because deriving it is the expensive part: do that off the event
/// loop and cache the result by user, salt and iterations. It is as good as the password towards
/// every server that stores the same salt and iterations, so guard it likewise.
public struct ScramClientKeys: Hashable, Sendable, CustomStringConvertible {
    let clientKey: [UInt8]
    let serverKey: [UInt8]
    let storedKey: [UInt8]

    /// Derives the keys: SASLprep, then PBKDF2 with `iterations` rounds. Slow.
    public init(
        password: [UInt8], salt: [UInt8], iterations: Int
    ) throws(CryptoFailure) {
        let salted = try Digest.pbkdf2SHA256(
            password: SASLPrep.prepare(password), salt: salt, iterations: iterations)
        try self.init(
            clientKey: try Digest.hmacSHA256(key: salted, Array("Client Key".utf8)),
            serverKey: try Digest.hmacSHA256(key: salted, Array("Server Key".utf8)))
    }

    init(clientKey: [UInt8], serverKey: [UInt8]) throws(CryptoFailure) {
        self.clientKey = clientKey
        self.serverKey = serverKey
        storedKey = try Digest.sha256(clientKey)
    }

    public var description: String { "SCRAM client keys (hidden)" }
}

/// The bytes of `left` xor those of `right`, as far as the shorter one goes.
func exclusiveOr(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    zip(left, right).map { $0 ^ $1 }
}
