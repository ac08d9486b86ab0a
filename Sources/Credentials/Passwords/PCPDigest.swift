/// The answer to a PCP server's salt: MD5 three times over (PCP protocol, `R` message).
///
/// Weak, and kept because every `pcp_*` client speaks it. Who knows the hash of pcp.conf can log in.
public enum PCPDigest {
    /// Bytes of the salt.
    public static let saltByteCount = 4
    /// Bytes of the answer and of a hash in pcp.conf: hexadecimal digits.
    public static let byteCount = 32

    /// What pcp.conf holds for a password.
    public static func hash(password: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        Hex.encode(try Digest.md5(password))
    }

    /// The answer of `user` to `salt`, without a closing zero byte.
    ///
    /// - Parameter hash: as in pcp.conf, in lower case.
    public static func answer(
        hash: [UInt8], user: [UInt8], salt: [UInt8]
    ) throws(CryptoFailure) -> [UInt8] {
        let stored = Hex.encode(try Digest.md5(hash + user))
        return Hex.encode(try Digest.md5(stored + salt))
    }
}
