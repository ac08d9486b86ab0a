/// How a server asks for a password, or how we ask a client.
public enum PasswordRequest: Hashable, Sendable, CaseIterable {
    /// AuthenticationCleartextPassword.
    case clearText
    /// AuthenticationMD5Password.
    case md5
    /// AuthenticationSASL with SCRAM-SHA-256.
    case scram
}

/// A password as it stands in pool_passwd or in a parameter such as `sr_check_password`.
///
/// The form is decided by a case-sensitive prefix, as in Pgpool-II. Its description never shows
/// the secret.
public enum StoredPassword: Hashable, Sendable, CustomStringConvertible {
    /// `md5` and 32 hexadecimal digits.
    case md5(MD5Password)
    /// `AES` and base64: recognised, not decrypted yet. The associated value lacks the prefix.
    case aes([UInt8])
    /// A complete `SCRAM-SHA-256$...` verifier. Pgpool-II can do nothing with it; here it checks
    /// clients.
    case scram(ScramKeys)
    /// Begins like a SCRAM verifier but is none.
    case brokenVerifier
    /// `TEXT` and the password; the associated value lacks the prefix.
    case text([UInt8])
    /// No known prefix: the password itself.
    case plain([UInt8])

    /// Tells the form of `value`. Total: everything unknown is a plain password.
    public init(_ value: [UInt8]) {
        if let hash = MD5Password(stored: value) {
            self = .md5(hash)
        } else if value.starts(with: Self.aesPrefix) {
            self = .aes(Array(value.dropFirst(Self.aesPrefix.count)))
        } else if value.starts(with: ScramKeys.prefix) {
            self = ScramKeys(verifier: value).map(Self.scram) ?? .brokenVerifier
        } else if value.starts(with: Self.textPrefix) {
            self = .text(Array(value.dropFirst(Self.textPrefix.count)))
        } else {
            self = .plain(value)
        }
    }

    /// The clear-text password; nil for hashes, and for an empty one, which authenticates nobody.
    public var clearText: [UInt8]? {
        switch self {
        case .text(let password), .plain(let password): password.isEmpty ? nil : password
        case .md5, .aes, .scram, .brokenVerifier: nil
        }
    }

    /// Whether it can answer a server that asks this way.
    public func canAnswer(_ request: PasswordRequest) -> Bool {
        switch self {
        case .text, .plain: clearText != nil
        case .md5: request == .md5
        case .aes, .scram, .brokenVerifier: false
        }
    }

    /// Whether it can check a client that was asked this way.
    public func canVerify(_ request: PasswordRequest) -> Bool {
        switch self {
        case .text, .plain: clearText != nil
        case .md5: request != .scram
        case .scram: request == .scram
        case .aes, .brokenVerifier: false
        }
    }

    /// Why it is good for nothing, for a log line; nil if it is good for something.
    public var unusableReason: String? {
        switch self {
        case .aes: "AES encrypted password needs the pool key: arrives with a later version"
        case .brokenVerifier: "incomplete SCRAM verifier"
        case .text, .plain: clearText == nil ? "empty password" : nil
        case .md5, .scram: nil
        }
    }

    /// The MD5 form of it for `user`, with which AuthenticationMD5Password is answered or a
    /// client's answer is checked; nil where `canAnswer(.md5)` is false.
    public func md5(user: [UInt8]) throws(CryptoFailure) -> MD5Password? {
        if case .md5(let hash) = self { return hash }
        guard let clearText else { return nil }
        return try MD5Password(password: clearText, user: user)
    }

    /// Whether the clear-text password that a client sent is right; false as well where
    /// `canVerify(.clearText)` is.
    public func verifies(
        clearText candidate: [UInt8], user: [UInt8]
    ) throws(CryptoFailure) -> Bool {
        if case .md5(let hash) = self {
            return try hash.verifies(password: candidate, user: user)
        }
        guard let clearText else { return false }
        return Digest.equalInConstantTime(clearText, candidate)
    }

    public var description: String {
        switch self {
        case .md5: "md5 password (hidden)"
        case .aes: "AES password (hidden)"
        case .scram: "SCRAM verifier (hidden)"
        case .brokenVerifier: "broken SCRAM verifier (hidden)"
        case .text: "TEXT password (hidden)"
        case .plain: "plain password (hidden)"
        }
    }

    private static let aesPrefix = Array("AES".utf8)
    private static let textPrefix = Array("TEXT".utf8)
}
