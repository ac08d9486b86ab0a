/// The status codes that occur here.
package enum HTTPStatus: Int, Sendable {
    case ok = 200
    case badRequest = 400
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case contentTooLarge = 413
    case uriTooLong = 414
    case headTooLarge = 431
    case serviceUnavailable = 503
    case versionNotSupported = 505

    package var reason: String {
        switch self {
        case .ok: "OK"
        case .badRequest: "Bad Request"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .requestTimeout: "Request Timeout"
        case .contentTooLarge: "Content Too Large"
        case .uriTooLong: "URI Too Long"
        case .headTooLarge: "Request Header Fields Too Large"
        case .serviceUnavailable: "Service Unavailable"
        case .versionNotSupported: "HTTP Version Not Supported"
        }
    }
}

/// An answer.
package struct HTTPResponse: Sendable, Equatable {
    package var status: HTTPStatus
    package var contentType: String
    package var body: [UInt8]
    /// Further header lines.
    package var headers: [String] = []

    package init(_ status: HTTPStatus, _ contentType: String, _ body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A line for people and for probes.
    package static func text(_ status: HTTPStatus, _ line: String) -> HTTPResponse {
        HTTPResponse(status, "text/plain; charset=utf-8", Array("\(line)\n".utf8))
    }

    /// The status in its own words.
    package static func plain(_ status: HTTPStatus) -> HTTPResponse {
        .text(status, "\(status.rawValue) \(status.reason)")
    }

    /// What goes over the wire.
    ///
    /// - Parameter isHead: the client asked for the head only.
    package func bytes(isHead: Bool, keepsConnection: Bool) -> [UInt8] {
        let lines =
            [
                "HTTP/1.1 \(status.rawValue) \(status.reason)",
                "Content-Type: \(contentType)",
                "Content-Length: \(body.count)",
                "Cache-Control: no-store",
                "X-Content-Type-Options: nosniff",
                "Connection: \(keepsConnection ? "keep-alive" : "close")",
            ] + headers
        let head = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        return isHead ? head : head + body
    }
}
