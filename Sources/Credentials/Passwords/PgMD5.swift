/// What the `pg_md5` command computes; reading arguments and files is the command's business.
public enum PgMD5 {
    /// Bytes of a user name or password that the command accepts.
    public static let inputByteCountMax = 128

    /// The MD5 of the bare password in hexadecimal: what the command prints and pcp.conf holds.
    public static func printableHash(_ password: [UInt8]) throws(CryptoFailure) -> [UInt8] {
        Hex.encode(try Digest.md5(password))
    }

    /// The pool_passwd line `user:md5...` that `-m` writes, escaped, without its end.
    public static func poolPasswdLine(
        user: [UInt8], password: [UInt8]
    ) throws(Failure) -> [UInt8] {
        let hash = try stored(user: user, password: password)
        do throws(PoolPasswd.EditFailure) {
            return try PoolPasswd.line(user: user, password: hash)
        } catch {
            throw .edit(error)
        }
    }

    /// The bytes of a pool_passwd file after `-m` for one user.
    public static func updatePoolPasswd(
        _ file: [UInt8], user: [UInt8], password: [UInt8]
    ) throws(Failure) -> [UInt8] {
        let hash = try stored(user: user, password: password)
        do throws(PoolPasswd.EditFailure) {
            return try PoolPasswd.replacing(user: user, password: hash, in: file)
        } catch {
            throw .edit(error)
        }
    }

    /// Why a line could not be made.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case crypto(CryptoFailure)
        case edit(PoolPasswd.EditFailure)

        public var description: String {
            switch self {
            case .crypto(let failure): failure.description
            case .edit(let failure): failure.description
            }
        }
    }

    private static func stored(
        user: [UInt8], password: [UInt8]
    ) throws(Failure) -> [UInt8] {
        do throws(CryptoFailure) {
            return try MD5Password(password: password, user: user).stored
        } catch {
            throw .crypto(error)
        }
    }
}
