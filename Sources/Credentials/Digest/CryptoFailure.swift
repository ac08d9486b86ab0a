/// libcrypto refused a primitive or ran out of randomness: MD5 under a FIPS provider, say.
///
/// It is an outcome of its own and never an empty digest: two empty values would compare equal.
public struct CryptoFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The primitives that can fail.
    public enum Primitive: String, Hashable, Sendable {
        case md5 = "MD5"
        case sha256 = "SHA-256"
        case hmacSHA256 = "HMAC-SHA-256"
        case pbkdf2SHA256 = "PBKDF2-HMAC-SHA-256"
        case random = "random bytes"
    }

    /// What was asked for.
    public let primitive: Primitive

    public init(_ primitive: Primitive) { self.primitive = primitive }

    public var description: String { "libcrypto could not provide \(primitive.rawValue)" }
}
