/// .pcppass: the passwords of somebody who uses the `pcp_*` programs. Lines
/// `host:port:user:password`; `*` in one of the first three stands for anything, a backslash takes
/// the next character as it is. The first line that fits counts.
public struct PCPPassFile: Sendable {
    private let lines: [[[UInt8]]]

    public init(_ file: [UInt8]) {
        lines = file.split(separator: 0x0A).map { Self.fields(Array($0)) }
    }

    /// The password for a server and user; nil if no line fits.
    ///
    /// - Parameter host: as typed; `localhost` where nothing or `/tmp` was.
    public func password(host: String, port: Int, user: String) -> [UInt8]? {
        let wanted = [Array(host.utf8), Array(String(port).utf8), Array(user.utf8)]
        for line in lines where line.count == 4 {
            let fits = zip(line, wanted).allSatisfy { field, value in
                field == [UInt8(ascii: "*")] || Self.unescaped(field) == value
            }
            if fits { return Self.unescaped(line[3]) }
        }
        return nil
    }

    /// Cuts a line at its first three colons that are not escaped.
    private static func fields(_ line: [UInt8]) -> [[UInt8]] {
        var fields: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in line where byte != 0x0D {
            if byte == UInt8(ascii: ":"), !isEscaped, fields.count < 4 {
                fields.append([])
                continue
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            fields[fields.count - 1].append(byte)
        }
        return fields
    }

    private static func unescaped(_ field: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var isEscaped = false
        for byte in field {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            text.append(byte)
        }
        return text
    }
}
