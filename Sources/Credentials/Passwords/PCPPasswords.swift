/// pcp.conf: who may log in to the PCP server. One `user:hash` a line, the hash being the MD5 of
/// the bare password in hexadecimal (what `pg_md5` prints).
///
/// Lines that begin with `#` and empty lines say nothing. A user may have several lines: each of
/// the passwords is good.
public struct PCPPasswords: Sendable {
    /// A line that gives nobody access, though it seems to be meant to.
    public struct Warning: Equatable, Sendable, CustomStringConvertible {
        /// From 1.
        public let line: Int
        /// Completes "the line is ignored: ...".
        public let reason: String

        public var description: String { "line \(line) is ignored: \(reason)" }
    }

    /// Bytes of a user's name that are accepted.
    public static let userByteCountMax = 128

    private var hashes: [[UInt8]: [[UInt8]]] = [:]
    public private(set) var warnings: [Warning] = []

    /// Reads the bytes of a file.
    public init(_ file: [UInt8]) {
        for (index, line) in file.split(separator: 0x0A, omittingEmptySubsequences: false)
            .enumerated()
        {
            var line = Array(line)
            while let last = line.last, last == 0x0D || last == 0x20 || last == 0x09 {
                line.removeLast()
            }
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            if let reason = read(line) { warnings.append(Warning(line: index + 1, reason: reason)) }
        }
    }

    /// Takes a line over, or tells what is wrong with it.
    private mutating func read(_ line: [UInt8]) -> String? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            return "it has no colon between user and hash"
        }
        let user = Array(line[..<colon])
        guard !user.isEmpty else { return "it names no user" }
        guard user.count <= Self.userByteCountMax else {
            return "the user's name is longer than \(Self.userByteCountMax) bytes"
        }
        let digits = Array(line[(colon + 1)...])
        guard digits.count == PCPDigest.byteCount, let hash = Hex.decode(digits) else {
            return "what follows the user \"\(logText(user))\" is no MD5 hash of 32 digits"
        }
        hashes[user, default: []].append(Hex.encode(hash))
        return nil
    }

    /// Whether `answer` is that of a password of `user` to `salt`.
    public func accepts(
        answer: [UInt8], of user: [UInt8], salt: [UInt8]
    ) throws(CryptoFailure) -> Bool {
        var isRight = false
        // For somebody unknown the work is the same.
        for hash in hashes[user] ?? [Self.nobody] {
            let expected = try PCPDigest.answer(hash: hash, user: user, salt: salt)
            if Digest.equalInConstantTime(expected, answer) { isRight = true }
        }
        return isRight && hashes[user] != nil
    }

    private static let nobody = [UInt8](repeating: UInt8(ascii: "0"), count: PCPDigest.byteCount)
}
