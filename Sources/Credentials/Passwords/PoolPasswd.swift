/// The contents of a pool_passwd file: `user:password[:backend_user:backend_password]` by line.
///
/// `\` takes the next byte as it is. The first line with a password wins; nothing is a comment;
/// the third and fourth field are read by nobody. Values that Pgpool-II would cut silently are
/// reported instead: half a password is never the right one.
public struct PoolPasswd: Sendable, CustomStringConvertible {
    /// Bytes of a line without its end; a longer line is left out.
    public static let lineByteCountMax = 1023
    /// Bytes of a field. Pgpool-II cuts longer ones; here they work, with a warning.
    public static let fieldByteCountMax = 128

    /// One user's line.
    public struct Entry: Hashable, Sendable, CustomStringConvertible {
        /// The user name, escapes resolved.
        public let user: [UInt8]
        public let password: StoredPassword
        /// From 1.
        public let lineNumber: Int

        public var description: String {
            "line \(lineNumber): user \"\(logText(user))\", \(password)"
        }
    }

    /// What is odd about a line.
    public struct Warning: Hashable, Sendable, CustomStringConvertible {
        public enum Problem: Hashable, Sendable {
            case noSeparator
            case emptyUser
            case emptyPassword
            case zeroByte
            case lineTooLong
            case fieldTooLong
            /// The user has an earlier line, which wins.
            case repeatedUser(firstLineNumber: Int)
            /// The entry stands but cannot be used; the text says why.
            case unusable(String)
        }

        /// From 1.
        public let lineNumber: Int
        public let problem: Problem

        public var description: String { "line \(lineNumber): \(text)" }

        private var text: String {
            switch problem {
            case .noSeparator: "no \":\" between user name and password, line ignored"
            case .emptyUser: "empty user name, line ignored"
            case .emptyPassword: "empty password, line ignored"
            case .zeroByte: "zero byte, line ignored"
            case .lineTooLong:
                "longer than \(PoolPasswd.lineByteCountMax) bytes, line ignored"
            case .fieldTooLong:
                "field longer than \(PoolPasswd.fieldByteCountMax) bytes, Pgpool-II would cut it"
            case .repeatedUser(let first): "user is listed in line \(first) already, line ignored"
            case .unusable(let reason): reason
            }
        }
    }

    /// In the order of the lines.
    public private(set) var warnings: [Warning] = []
    private var entriesByUser: [[UInt8]: Entry] = [:]

    /// An empty file, or none: `pool_passwd = ''`.
    public init() {}

    /// Reads a whole file. Total: what cannot be read is in `warnings`.
    public init(_ file: [UInt8]) {
        for (index, line) in PoolPasswdLine.split(file).enumerated() {
            read(line.content, lineNumber: index + 1)
        }
    }

    /// How many users have an entry.
    public var count: Int { entriesByUser.count }

    /// The entry of `user`.
    public subscript(user: [UInt8]) -> Entry? { entriesByUser[user] }

    public var description: String { "pool_passwd with \(count) entries" }

    private mutating func read(_ line: ArraySlice<UInt8>, lineNumber: Int) {
        func warn(_ problem: Warning.Problem) {
            warnings.append(Warning(lineNumber: lineNumber, problem: problem))
        }
        guard !line.isEmpty else { return }
        guard line.count <= Self.lineByteCountMax else { return warn(.lineTooLong) }
        guard !line.contains(0) else { return warn(.zeroByte) }
        let fields = PoolPasswdLine.fields(of: line)
        guard let user = fields.first, fields.count >= 2 else { return warn(.noSeparator) }
        guard !user.isEmpty else { return warn(.emptyUser) }
        guard !fields[1].isEmpty else { return warn(.emptyPassword) }
        if let first = entriesByUser[user] {
            return warn(.repeatedUser(firstLineNumber: first.lineNumber))
        }
        let password = Self.password(of: fields)
        if let reason = password.unusableReason {
            warn(.unusable(reason))
        } else if user.count > Self.fieldByteCountMax
            || password.clearText.map({ $0.count > Self.fieldByteCountMax }) ?? false
        {
            warn(.fieldTooLong)
        }
        entriesByUser[user] = Entry(user: user, password: password, lineNumber: lineNumber)
    }

    /// An unescaped SCRAM verifier holds two colons and arrives as fields 2 to 4: they are put
    /// together again.
    private static func password(of fields: [[UInt8]]) -> StoredPassword {
        let password = StoredPassword(fields[1])
        guard password == .brokenVerifier, fields.count == 4 else { return password }
        return StoredPassword(Array(fields[1...].joined(separator: [UInt8(ascii: ":")])))
    }
}
