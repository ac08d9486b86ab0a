/// A request of HTTP/1.0 or 1.1, as far as somebody who only reads needs it.
package struct HTTPRequest: Sendable, Equatable {
    /// Case matters.
    package var method: String
    /// Without the query; escapes are left as they are.
    package var path: String
    /// The client may send another request on its connection.
    package var keepsConnection: Bool

    package init(_ method: String, _ path: String, keepsConnection: Bool = true) {
        self.method = method
        self.path = path
        self.keepsConnection = keepsConnection
    }
}

/// What the bytes of a connection say so far.
package enum HTTPReading: Sendable, Equatable {
    /// The head is not here yet.
    case incomplete
    /// A request in the first `length` bytes.
    case request(HTTPRequest, length: Int)
    /// Nothing that can be answered but with this; what follows makes no sense.
    case bad(HTTPStatus)
}

/// Reads request heads (RFC 9112). A body is never read: nothing here takes one.
package enum HTTPRequestReader {
    /// Bytes of a head.
    package static let headBytesMax = 8192
    /// Header lines of a head.
    package static let headersMax = 100
    /// Bytes of a request's target.
    package static let targetBytesMax = 2048

    /// Reads one head from the beginning of `bytes`.
    package static func read(_ bytes: [UInt8]) -> HTTPReading {
        var position = 0
        // Some clients send an empty line behind the body of their last request.
        while position < bytes.count,
            bytes[position] == newline || bytes[position] == carriageReturn
        {
            position += 1
        }
        var lines: [ArraySlice<UInt8>] = []
        while true {
            guard let end = bytes[position...].firstIndex(of: newline) else {
                if bytes.count > headBytesMax {
                    return .bad(lines.isEmpty ? .uriTooLong : .headTooLarge)
                }
                return .incomplete
            }
            guard end < headBytesMax else {
                return .bad(lines.isEmpty ? .uriTooLong : .headTooLarge)
            }
            var line = bytes[position..<end]
            if line.last == carriageReturn { line.removeLast() }
            position = end + 1
            if line.isEmpty { break }
            lines.append(line)
            guard lines.count <= headersMax + 1 else { return .bad(.headTooLarge) }
        }
        guard let first = lines.first else { return .bad(.badRequest) }
        return request(first, lines.dropFirst(), length: position)
    }

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private static func request(
        _ line: ArraySlice<UInt8>, _ headers: ArraySlice<ArraySlice<UInt8>>, length: Int
    ) -> HTTPReading {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, isToken(words[0]), words[0].count <= 32 else {
            return .bad(.badRequest)
        }
        let isNew: Bool
        switch String(decoding: words[2], as: UTF8.self) {
        case "HTTP/1.1": isNew = true
        case "HTTP/1.0": isNew = false
        case let version where version.hasPrefix("HTTP/"): return .bad(.versionNotSupported)
        default: return .bad(.badRequest)
        }
        guard words[1].count <= targetBytesMax else { return .bad(.uriTooLong) }
        guard let path = path(words[1]) else { return .bad(.badRequest) }
        var fields = Fields(keepsConnection: isNew)
        for header in headers {
            guard fields.read(header) else { return .bad(.badRequest) }
        }
        // Who names no host speaks no HTTP/1.1.
        guard fields.hostCount == 1 || (fields.hostCount == 0 && !isNew) else {
            return .bad(.badRequest)
        }
        if fields.hasBody { return .bad(.contentTooLarge) }
        let method = String(decoding: words[0], as: UTF8.self)
        return .request(
            HTTPRequest(method, path, keepsConnection: fields.keepsConnection), length: length)
    }

    /// What the header lines say that matters here.
    private struct Fields {
        var hostCount = 0
        var hasBody = false
        var keepsConnection: Bool

        init(keepsConnection: Bool) { self.keepsConnection = keepsConnection }

        /// False for a line that is no header.
        mutating func read(_ line: ArraySlice<UInt8>) -> Bool {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]),
                line.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 })
            else { return false }
            let value = trimmed(line[(colon + 1)...])
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "host": hostCount += 1
            case "content-length":
                guard !value.isEmpty, value.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    return false
                }
                if value.contains(where: { $0 != 0x30 }) { hasBody = true }
            case "transfer-encoding": hasBody = true
            case "connection":
                for option in String(decoding: value, as: UTF8.self).lowercased().split(
                    separator: ",")
                {
                    switch option.filter({ $0 != " " && $0 != "\t" }) {
                    case "close": keepsConnection = false
                    case "keep-alive": keepsConnection = true
                    default: break
                    }
                }
            default: break
            }
            return true
        }

        private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
            let rest = bytes.drop(while: isBlank)
            guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return rest.prefix(0) }
            return rest[...last]
        }
    }

    /// The path of `/path?query` or of `http://host/path?query`.
    private static func path(_ target: ArraySlice<UInt8>) -> String? {
        guard target.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        var text = String(decoding: target, as: UTF8.self)[...]
        if text.lowercased().hasPrefix("http://") {
            text = text.dropFirst("http://".count)
            text = text.firstIndex(where: { $0 == "/" || $0 == "?" }).map { text[$0...] } ?? "/"
            if text.first == "?" { text = "/" }
        }
        guard text.first == "/" else { return nil }
        return String(text.prefix { $0 != "?" && $0 != "#" })
    }

    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: tokenSigns.contains(byte)
                }
            }
    }

    private static let tokenSigns = Array("!#$%&'*+-.^_`|~".utf8)
}
