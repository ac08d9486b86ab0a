import Glibc

/// The system's log through libc. Lines carry PostgreSQL's sequence numbers, `[7-2] text`, so that
/// the parts of one record can be put together again.
struct SyslogChannel: ~Copyable {
    /// `openlog` keeps the pointer.
    private var ident: UnsafeMutablePointer<CChar>?
    private var sequence: UInt64 = 0

    deinit {
        if ident != nil { closelog() }
        free(ident)
    }

    /// Opens or re-opens the log.
    ///
    /// - Parameter localFacility: 0...7 for LOCAL0 to LOCAL7.
    mutating func open(ident name: String, localFacility: Int) {
        let old = ident
        ident = strdup(name)
        openlog(ident, LOG_PID | LOG_NDELAY | LOG_NOWAIT, Int32(16 + (localFacility & 7)) << 3)
        free(old)
    }

    /// Sends one rendered record.
    mutating func write(_ text: [UInt8], priority: Int32) {
        sequence &+= 1
        for (number, line) in Self.lines(of: text).enumerated() {
            let chunk = "[\(sequence)-\(number + 1)] " + String(decoding: line, as: UTF8.self)
            chunk.withCString { pointer in
                withVaList([pointer]) { vsyslog(priority, "%s", $0) }
            }
        }
    }

    /// The lines of a record, cut at PostgreSQL's 900 bytes: longer ones get lost in some daemons.
    static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            var rest = line
            while rest.count > lineBytesMax {
                var length = lineBytesMax
                // Not inside a UTF-8 sequence, of which at most three bytes are left behind.
                while length > lineBytesMax - 3, rest[rest.startIndex + length] & 0xC0 == 0x80 {
                    length -= 1
                }
                result.append(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            result.append(rest)
        }
        return result
    }

    static let lineBytesMax = 900
}
