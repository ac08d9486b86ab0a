/// The line grammar of pool_passwd, shared by the reader and the editor.
enum PoolPasswdLine {
    /// One line of the file: what counts, and all its bytes with the line end.
    struct Line {
        var content: ArraySlice<UInt8>
        var whole: ArraySlice<UInt8>
    }

    /// The lines of `file`; LF or CR LF ends one.
    static func split(_ file: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = file[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            let next = end.map { $0 + 1 } ?? rest.endIndex
            var content = rest[..<(end ?? rest.endIndex)]
            if content.last == UInt8(ascii: "\r") { content.removeLast() }
            lines.append(Line(content: content, whole: rest[..<next]))
            rest = rest[next...]
        }
        return lines
    }

    /// The colon-separated fields with escapes resolved; a backslash at the very end is dropped.
    static func fields(of line: ArraySlice<UInt8>) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var isEscaped = false
        for byte in line {
            if isEscaped {
                field.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: ":") {
                fields.append(field)
                field = []
            } else {
                field.append(byte)
            }
        }
        fields.append(field)
        return fields
    }

    /// `field` with a backslash before each byte that would end or change it.
    static func escape(_ field: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        for byte in field {
            if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\\") {
                escaped.append(UInt8(ascii: "\\"))
            }
            escaped.append(byte)
        }
        return escaped
    }
}
