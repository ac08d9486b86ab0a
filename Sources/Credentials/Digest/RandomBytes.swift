import COpenSSL

/// Where nonces, salts and per-process keys come from; replaceable, so that an exchange can be
/// replayed in a test.
public struct RandomBytes: Sendable {
    private let generate: @Sendable (Int) throws(CryptoFailure) -> [UInt8]

    /// A source that calls `generate` with the number of bytes wanted. It has to return that many.
    public init(_ generate: @escaping @Sendable (Int) throws(CryptoFailure) -> [UInt8]) {
        self.generate = generate
    }

    /// libcrypto's generator, fit for secrets.
    public static let secure = RandomBytes { (count: Int) throws(CryptoFailure) -> [UInt8] in
        var bytes = [UInt8](repeating: 0, count: count)
        guard let byteCount = Int32(exactly: count), RAND_bytes(&bytes, byteCount) == 1 else {
            throw CryptoFailure(.random)
        }
        return bytes
    }

    /// `count` fresh bytes; a negative count is refused.
    public func callAsFunction(_ count: Int) throws(CryptoFailure) -> [UInt8] {
        guard count >= 0 else { throw CryptoFailure(.random) }
        let bytes = try generate(count)
        guard bytes.count == count else { throw CryptoFailure(.random) }
        return bytes
    }
}
