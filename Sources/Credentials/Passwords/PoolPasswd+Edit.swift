extension PoolPasswd {
    /// Why a line cannot be written.
    public enum EditFailure: Error, Hashable, Sendable, CustomStringConvertible {
        case emptyUser
        case emptyPassword
        /// A line end or zero byte, for which the format has no spelling.
        case unwritableByte
        case lineTooLong

        public var description: String {
            switch self {
            case .emptyUser: "user name is empty"
            case .emptyPassword: "password is empty"
            case .unwritableByte: "user name or password contains a line end or a zero byte"
            case .lineTooLong: "line would be longer than \(lineByteCountMax) bytes"
            }
        }
    }

    /// The line for `user`, escaped, without its end. `password` is in stored form (`md5...`).
    public static func line(
        user: [UInt8], password: [UInt8]
    ) throws(EditFailure) -> [UInt8] {
        guard !user.isEmpty else { throw .emptyUser }
        guard !password.isEmpty else { throw .emptyPassword }
        guard !(user + password).contains(where: { [0, 0x0A, 0x0D].contains($0) }) else {
            throw .unwritableByte
        }
        let line =
            PoolPasswdLine.escape(user) + [UInt8(ascii: ":")] + PoolPasswdLine.escape(password)
        guard line.count <= lineByteCountMax else { throw .lineTooLong }
        return line
    }

    /// `file` with the line of `user` replaced by the new password, or with a line appended.
    ///
    /// Only the first line of that user changes, every other byte stays (`pg_md5 -m`,
    /// `pg_enc -m`). `password` is in stored form.
    public static func replacing(
        user: [UInt8], password: [UInt8], in file: [UInt8]
    ) throws(EditFailure) -> [UInt8] {
        let newLine = try line(user: user, password: password) + [UInt8(ascii: "\n")]
        var edited: [UInt8] = []
        var isReplaced = false
        for line in PoolPasswdLine.split(file) {
            let fields = PoolPasswdLine.fields(of: line.content)
            if !isReplaced, fields.count >= 2, fields[0] == user {
                edited += newLine
                isReplaced = true
            } else {
                edited += line.whole
            }
        }
        guard !isReplaced else { return edited }
        if let last = edited.last, last != UInt8(ascii: "\n") { edited.append(UInt8(ascii: "\n")) }
        return edited + newLine
    }
}
