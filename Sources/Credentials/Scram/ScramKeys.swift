/// What a SCRAM server keeps of a password: PostgreSQL's `SCRAM-SHA-256$...` verifier.
///
/// It checks a client and, unlike the password, proves nothing to another server.
public struct ScramKeys: Hashable, Sendable, CustomStringConvertible {
    /// The salt of the key derivation.
    public let salt: [UInt8]
    /// Rounds of the key derivation, within `ScramLimit.iterations`.
    public let iterations: Int
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    /// Derives the verifier of a clear-text password. Slow: do it off the event loop and keep it.
    public init(
        password: [UInt8], salt: [UInt8], iterations: Int = ScramLimit.iterationsDefault
    ) throws(CryptoFailure) {
        let keys = try ScramClientKeys(password: password, salt: salt, iterations: iterations)
        self.init(
            salt: salt, iterations: iterations, storedKey: keys.storedKey,
            serverKey: keys.serverKey)
    }

    /// Derives the verifier of a clear-text password under a fresh salt. Slow.
    public init(
        password: [UInt8], random: RandomBytes,
        iterations: Int = ScramLimit.iterationsDefault
    ) throws(CryptoFailure) {
        try self.init(
            password: password, salt: try random(ScramLimit.saltByteCount), iterations: iterations)
    }

    /// Parses `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`, the last three in
    /// base64 (pg_authid.rolpassword); nil for anything else.
    public init?(verifier: [UInt8]) {
        guard verifier.starts(with: Self.prefix) else { return nil }
        let parts = verifier.dropFirst(Self.prefix.count)
            .split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
            .map { $0.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) }
        guard parts.count == 2, parts[0].count == 2, parts[1].count == 2,
            let iterations = parseIterationCount(parts[0][0]),
            ScramLimit.iterations.contains(iterations),
            let salt = Base64.decode(Array(parts[0][1])), !salt.isEmpty,
            let storedKey = Base64.decode(Array(parts[1][0])),
            let serverKey = Base64.decode(Array(parts[1][1])),
            storedKey.count == Digest.sha256ByteCount, serverKey.count == Digest.sha256ByteCount
        else { return nil }
        self.init(
            salt: salt, iterations: iterations, storedKey: storedKey, serverKey: serverKey)
    }

    init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// The verifier as PostgreSQL stores it. Treat it as a secret: it allows guessing offline.
    public var verifier: [UInt8] {
        var text = Self.prefix
        text += Array(String(iterations).utf8) + [UInt8(ascii: ":")] + Base64.encode(salt)
        text += [UInt8(ascii: "$")] + Base64.encode(storedKey)
        return text + [UInt8(ascii: ":")] + Base64.encode(serverKey)
    }

    /// Whether this is the verifier of `password`. Slow, like every derivation.
    public func verifies(password: [UInt8]) throws(CryptoFailure) -> Bool {
        let keys = try ScramClientKeys(password: password, salt: salt, iterations: iterations)
        return Digest.equalInConstantTime(keys.storedKey, storedKey)
    }

    public var description: String { "SCRAM verifier (hidden), \(iterations) iterations" }

    static let prefix = Array("SCRAM-SHA-256$".utf8)
}
