extension PgMD5 {
    /// One line of the file that `pg_md5 -i` reads.
    public enum InputLine: Hashable, Sendable, CustomStringConvertible {
        case blank
        case pair(user: [UInt8], password: [UInt8])
        case invalid
        case userTooLong
        case passwordTooLong

        public var description: String {
            switch self {
            case .blank: "blank line"
            case .pair: "user:password pair (hidden)"
            case .invalid: "invalid user:password pair"
            case .userTooLong: "user name too long"
            case .passwordTooLong: "password too long"
            }
        }
    }

    /// The lines of an input file in order: `user:password`, cut at the first colon, no escapes.
    public static func inputLines(_ file: [UInt8]) -> [InputLine] {
        PoolPasswdLine.split(file).map { inputLine($0.content) }
    }

    /// The first line that the command prints for an input file, with its end.
    public static func inputFileHeader(_ path: [UInt8]) -> [UInt8] {
        Array("trying to read username:password pairs from file ".utf8) + path
            + [UInt8(ascii: "\n")]
    }

    /// What the command prints for line `number` (from 1), with line ends.
    ///
    /// With `-m` (`showsHash` false) the hash goes into pool_passwd and is not shown.
    public static func output(
        of line: InputLine, number: Int, showsHash: Bool
    ) throws(CryptoFailure) -> [UInt8] {
        var output = Array("LINE#\(number < 10 ? "0" : "")\(number): ".utf8)
        switch line {
        case .blank: output += Array("BLANK LINE\n".utf8)
        case .invalid: output += Array("Invalid username:password pair\n".utf8)
        case .userTooLong:
            output += Array(
                "input exceeds maximum username length \(inputByteCountMax)\n\n".utf8)
        case .passwordTooLong:
            output += Array(
                "input exceeds maximum password length \(inputByteCountMax)\n".utf8)
        case .pair(let user, let password):
            output += Array("USER: <".utf8) + user + Array(">\n".utf8)
            if showsHash { output += try printableHash(password) + [UInt8(ascii: "\n")] }
        }
        return output
    }

    /// Everything that `pg_md5 -i path` prints for `file`.
    public static func output(
        ofFile file: [UInt8], path: [UInt8], showsHash: Bool
    ) throws(CryptoFailure) -> [UInt8] {
        var output = inputFileHeader(path)
        var number = 0
        for line in inputLines(file) {
            number += 1
            output += try self.output(of: line, number: number, showsHash: showsHash)
        }
        return output
    }

    private static func inputLine(_ line: ArraySlice<UInt8>) -> InputLine {
        guard !line.isEmpty else { return .blank }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), !line.contains(0) else {
            return .invalid
        }
        let user = Array(line[..<colon])
        let password = Array(line[colon...].dropFirst())
        // An empty name would be the operating system's user under `-m`: a mistake in a file.
        guard !user.isEmpty, !password.isEmpty else { return .invalid }
        guard user.count <= inputByteCountMax else { return .userTooLong }
        guard password.count <= inputByteCountMax else { return .passwordTooLong }
        return .pair(user: user, password: password)
    }
}
