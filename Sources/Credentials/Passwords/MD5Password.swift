/// The stored form of the `md5` method: `md5` and the hexadecimal MD5 of password and user name.
///
/// It is as good as the password itself towards a server that asks for MD5, and useless for any
/// other method. (PostgreSQL documentation, section 55.3.)
public struct MD5Password: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of the stored form: the prefix and 32 digits.
    public static let storedByteCount = 35
    /// Bytes of the salt in AuthenticationMD5Password.
    public static let saltByteCount = 4

    private let hexDigits: [UInt8]

    /// Hashes a clear-text password for `user`, whose name serves as the salt.
    public init(password: [UInt8], user: [UInt8]) throws(CryptoFailure) {
        hexDigits = Hex.encode(try Digest.md5(password + user))
    }

    /// Takes over a stored value: `md5` in lower case and 32 hexadecimal digits, nothing else.
    public init?(stored: [UInt8]) {
        guard stored.count == Self.storedByteCount, stored.starts(with: Self.prefix),
            let digest = Hex.decode(Array(stored.dropFirst(Self.prefix.count)))
        else { return nil }
        hexDigits = Hex.encode(digest)
    }

    /// The value as it stands in pool_passwd and pg_authid. It is a secret: never log it.
    public var stored: [UInt8] { Self.prefix + hexDigits }

    /// What goes into the PasswordMessage that answers AuthenticationMD5Password with `salt`,
    /// without the closing zero byte.
    public func answer(salt: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        Self.prefix + Hex.encode(try Digest.md5(hexDigits + salt))
    }

    /// Whether `answer` (without the closing zero byte) is the right one for `salt`.
    public func verifies(answer: [UInt8], salt: [UInt8]) throws(CryptoFailure) -> Bool {
        Digest.equalInConstantTime(try self.answer(salt: salt), answer)
    }

    /// Whether `password` is the password that was hashed for `user`.
    public func verifies(password: [UInt8], user: [UInt8]) throws(CryptoFailure) -> Bool {
        let candidate = try MD5Password(password: password, user: user)
        return Digest.equalInConstantTime(hexDigits, candidate.hexDigits)
    }

    public var description: String { "md5 password (hidden)" }

    private static let prefix = Array("md5".utf8)
}
