import COpenSSL

/// The hash functions of PostgreSQL's authentication methods, done by libcrypto.
public enum Digest {
    /// Bytes of a SHA-256 digest and of an HMAC-SHA-256.
    public static let sha256ByteCount = 32
    /// Bytes of an MD5 digest.
    public static let md5ByteCount = 16

    /// MD5 (RFC 1321). Weak, kept because the `md5` method of PostgreSQL is built on it.
    public static func md5(_ bytes: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        guard let digest = digest(bytes, EVP_md5(), byteCount: md5ByteCount) else {
            throw CryptoFailure(.md5)
        }
        return digest
    }

    /// SHA-256 (FIPS 180-4).
    public static func sha256(_ bytes: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        guard let digest = digest(bytes, EVP_sha256(), byteCount: sha256ByteCount) else {
            throw CryptoFailure(.sha256)
        }
        return digest
    }

    /// HMAC-SHA-256 (RFC 2104).
    public static func hmacSHA256(
        key: [UInt8], _ message: [UInt8]
    ) throws(CryptoFailure) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: sha256ByteCount)
        var length: UInt32 = 0
        guard let keyByteCount = Int32(exactly: key.count),
            HMAC(
                EVP_sha256(), key, keyByteCount, message, message.count, &output, &length) != nil,
            Int(length) == sha256ByteCount
        else { throw CryptoFailure(.hmacSHA256) }
        return output
    }

    /// PBKDF2 with HMAC-SHA-256 and one block of output (RFC 8018), the `Hi` of RFC 5802.
    ///
    /// Takes about a millisecond at 4096 iterations and grows with them: never call it on an event
    /// loop. An iteration count below 1 or above `Int32.max` is refused.
    public static func pbkdf2SHA256(
        password: [UInt8], salt: [UInt8], iterations: Int
    ) throws(CryptoFailure) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: sha256ByteCount)
        guard iterations >= 1, let rounds = Int32(exactly: iterations),
            let passwordByteCount = Int32(exactly: password.count),
            let saltByteCount = Int32(exactly: salt.count)
        else { throw CryptoFailure(.pbkdf2SHA256) }
        let succeeded = password.withUnsafeBytes { password in
            PKCS5_PBKDF2_HMAC(
                password.bindMemory(to: CChar.self).baseAddress, passwordByteCount, salt,
                saltByteCount, rounds, EVP_sha256(), Int32(sha256ByteCount), &output)
        }
        guard succeeded == 1 else { throw CryptoFailure(.pbkdf2SHA256) }
        return output
    }

    /// Whether two byte strings are the same, in a time that depends on their lengths only.
    public static func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    private static func digest(
        _ bytes: [UInt8], _ algorithm: OpaquePointer?, byteCount: Int
    ) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard EVP_Digest(bytes, bytes.count, &output, &length, algorithm, nil) == 1,
            Int(length) == byteCount
        else { return nil }
        return Array(output.prefix(byteCount))
    }
}
