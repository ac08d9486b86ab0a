/// The value of `sr_check_password`, `health_check_password`, `recovery_password` or
/// `wd_lifecheck_password`.
///
/// The same forms as in pool_passwd, without its escapes. Empty means: the pool_passwd entry of
/// the user that the parameter belongs to, and without one, no password.
public struct PasswordParameter: Hashable, Sendable, CustomStringConvertible {
    /// What the parameter itself says; nil when it is empty.
    public let own: StoredPassword?

    /// Reads the parameter's value.
    public init(_ value: [UInt8]) {
        own = value.isEmpty ? nil : StoredPassword(value)
    }

    /// The password for connections as `user`; nil for none.
    public func password(user: [UInt8], in file: PoolPasswd) -> StoredPassword? {
        own ?? file[user]?.password
    }

    public var description: String { own?.description ?? "no password of its own" }
}
