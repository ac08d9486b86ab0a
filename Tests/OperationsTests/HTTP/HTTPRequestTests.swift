import TestSupport
import Testing

@testable import Operations

@Suite struct HTTPRequestTests {
    private func read(_ text: String) -> HTTPReading { HTTPRequestReader.read(Array(text.utf8)) }

    @Test(
        "heads that can be answered",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", true),
            ("HEAD /metrics HTTP/1.1\r\nHost: a:9719\r\n\r\n", "HEAD", "/metrics", true),
            ("GET /x?y=z HTTP/1.1\r\nhost:a\r\n\r\n", "GET", "/x", true),
            ("GET http://proxy:9719/readyz?a HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/readyz", true),
            ("GET http://proxy HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", true),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET", "/", false),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n", "GET", "/", false),
            ("GET / HTTP/1.0\r\n\r\n", "GET", "/", false),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", true),
            ("GET / HTTP/1.1\nHost: a\n\n", "GET", "/", true),
            ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", true),
            ("DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "DELETE", "/", true),
        ])
    func good(text: String, method: String, path: String, keepsConnection: Bool) {
        let request = HTTPRequest(method, path, keepsConnection: keepsConnection)
        #expect(read(text) == .request(request, length: text.utf8.count))
        // What follows is somebody else's.
        #expect(read(text + "GET") == .request(request, length: text.utf8.count))
        for length in 0..<text.utf8.count {
            #expect(HTTPRequestReader.read(Array(text.utf8.prefix(length))) == .incomplete)
        }
    }

    @Test(
        "heads that cannot",
        arguments: [
            ("garbage\r\n\r\n", .badRequest),
            ("GET /\r\n\r\n", .badRequest),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET / HTTX/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .versionNotSupported),
            ("GET / HTTP/1.1\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .badRequest),
            ("GET metrics HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET /\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", .badRequest),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", .badRequest),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", .badRequest),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .badRequest),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", .contentTooLarge),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                .contentTooLarge
            ),
            ("\u{16}\u{3}\u{1}\u{2}\n\n", .badRequest),
        ] as [(String, HTTPStatus)])
    func bad(text: String, status: HTTPStatus) { #expect(read(text) == .bad(status)) }

    @Test("what is too long is refused at its limit, not before")
    func limits() {
        func target(_ count: Int) -> String { "/" + String(repeating: "a", count: count - 1) }
        let max = HTTPRequestReader.targetBytesMax
        let long = "GET \(target(max)) HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(
            read(long) == .request(HTTPRequest("GET", target(max)), length: long.utf8.count))
        #expect(read("GET \(target(max + 1)) HTTP/1.1\r\nHost: a\r\n\r\n") == .bad(.uriTooLong))
        #expect(read("GET \(target(HTTPRequestReader.headBytesMax))") == .bad(.uriTooLong))

        let header = "X: " + String(repeating: "b", count: HTTPRequestReader.headBytesMax)
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\n\(header)") == .bad(.headTooLarge))
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n") == .bad(.headTooLarge))

        func headers(_ count: Int) -> String {
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: count - 1)
                + "\r\n"
        }
        let many = headers(HTTPRequestReader.headersMax)
        #expect(read(many) == .request(HTTPRequest("GET", "/"), length: many.utf8.count))
        #expect(read(headers(HTTPRequestReader.headersMax + 1)) == .bad(.headTooLarge))
    }

    @Test("no bytes are a trap")
    func anything() {
        var random = SeededGenerator(seed: 42)
        let pieces =
            [
                "GET", " ", "/", "HTTP/1.1", "\r\n", "\n", "Host", ":", "a", "\u{0}", "Connection",
                "close", "Content-Length", "99999999999999999999", "http://", "?", "#", "\t", ",",
            ].map { Array($0.utf8) } + [[0xff, 0xfe], [0xc3]]
        var answered = 0
        for _ in 0..<5_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<24, using: &random) {
                bytes += pieces.randomElement(using: &random) ?? []
            }
            if HTTPRequestReader.read(bytes) != .incomplete { answered += 1 }
        }
        #expect(answered > 100)
    }
}
