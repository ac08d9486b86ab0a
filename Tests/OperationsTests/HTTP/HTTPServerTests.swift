import Glibc
import Testing

@testable import Operations

@Suite struct HTTPServerTests {
    /// Answers with the path, or with a lot.
    private static func respond(_ request: HTTPRequest) -> HTTPResponse {
        request.path == "/large"
            ? HTTPResponse(.ok, "text/plain", [UInt8](repeating: 0x78, count: largeBytes))
            : .text(.ok, "you asked for \(request.path)")
    }

    /// More than the kernel takes for somebody who does not read.
    private static let largeBytes = 16 << 20

    private func withServer(
        _ change: (inout HTTPServer.Pace) -> Void = { _ in }, test: (UInt16) throws -> Void
    ) throws {
        var pace = HTTPServer.Pace()
        change(&pace)
        let listener = try LoopbackListener()
        let server = HTTPServer(
            listeners: [listener.descriptor], pace: pace, respond: Self.respond)
        #expect(server.start())
        try test(listener.port)
        server.stop()
        close(listener.descriptor)
    }

    private func answer(_ port: UInt16, _ text: String) throws -> String {
        let client = try LoopbackClient(port)
        defer { client.leave() }
        client.say(text)
        return client.hear()
    }

    @Test("an answer has its head and its body")
    func plain() throws {
        try withServer { port in
            let answer = try answer(
                port, "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(
                answer == """
                    HTTP/1.1 200 OK\r
                    Content-Type: text/plain; charset=utf-8\r
                    Content-Length: 17\r
                    Cache-Control: no-store\r
                    X-Content-Type-Options: nosniff\r
                    Connection: close\r
                    \r
                    you asked for /a

                    """)
        }
    }

    @Test("HEAD gets the head only")
    func head() throws {
        try withServer { port in
            let answer = try answer(
                port, "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.contains("Content-Length: 17\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test(
        "whatever cannot be answered is told so, and the connection ends",
        arguments: [
            ("garbage\r\n\r\n", "400 Bad Request"),
            ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "413 Content Too Large"),
            (
                "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: x\r\n\r\n",
                "414 URI Too Long"
            ),
            (
                "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n",
                "431 Request Header Fields Too Large"
            ),
        ])
    func refusals(text: String, status: String) throws {
        try withServer { port in
            let answer = try answer(port, text)
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"), "\(answer)")
            #expect(answer.contains("Connection: close\r\n"))
        }
    }

    @Test("only GET and HEAD are allowed", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "get"])
    func methods(method: String) throws {
        try withServer { port in
            let text = "\(method) / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answer = try answer(port, text)
            #expect(answer.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
            #expect(answer.contains("\r\nAllow: GET, HEAD\r\n"))
        }
    }

    @Test("a connection serves request after request, also those sent at once")
    func keptConnection() throws {
        try withServer { port in
            let client = try LoopbackClient(port)
            defer { client.leave() }
            for path in ["/1", "/2"] {
                client.say("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(client.hear(until: "for \(path)\n").contains("Connection: keep-alive"))
            }
            client.say(
                "GET /3 HTTP/1.1\r\nHost: x\r\n\r\nGET /4 HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /5 HTTP/1.0\r\n\r\nGET /6 HTTP/1.1\r\nHost: x\r\n\r\n")
            let answers = client.hear()
            let paths = answers.split(separator: "\n").filter { $0.hasPrefix("you") }
            #expect(paths == ["you asked for /3", "you asked for /4", "you asked for /5"])
        }
    }

    @Test("who asks slowly is told, who says nothing is not")
    func slowRequest() throws {
        try withServer({ $0.headMilliseconds = 100 }) { port in
            let answer = try answer(port, "GET / HT")
            #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
            #expect(try self.answer(port, "") == "")
        }
    }

    @Test("a kept connection ends when nothing is asked on it")
    func idle() throws {
        try withServer({ $0.idleMilliseconds = 100 }) { port in
            let answer = try answer(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.contains("Connection: keep-alive"))
        }
    }

    @Test("who does not read delays nobody, and is given up")
    func slowReader() throws {
        try withServer({ $0.sendMilliseconds = 300 }) { port in
            let slow = try LoopbackClient(port, receiveBuffer: 4096)
            defer { slow.leave() }
            slow.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in 1...20 {
                let answer = try answer(port, "GET /a HTTP/1.0\r\n\r\n")
                #expect(answer.hasSuffix("you asked for /a\n"))
            }
            usleep(600_000)
            #expect(slow.hear().utf8.count < Self.largeBytes)
        }
    }

    @Test("a large answer arrives whole")
    func largeAnswer() throws {
        try withServer { port in
            let answer = try answer(port, "GET /large HTTP/1.0\r\n\r\n")
            #expect(answer.utf8.count > Self.largeBytes)
            #expect(answer.utf8.suffix(Self.largeBytes).allSatisfy { $0 == 0x78 })
        }
    }

    @Test("with all places taken whoever was silent longest goes")
    func crowd() throws {
        try withServer({ $0.connectionsMax = 3 }) { port in
            let silent = try LoopbackClient(port)
            defer { silent.leave() }
            usleep(50_000)
            let others = try (1...2).map { _ in try LoopbackClient(port) }
            defer { for other in others { other.leave() } }
            for other in others {
                other.say("GET /o HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(other.hear(until: "for /o\n").contains("200 OK"))
            }
            #expect(try answer(port, "GET /new HTTP/1.0\r\n\r\n").hasSuffix("for /new\n"))
            #expect(silent.hear() == "")
            others[0].say("GET /again HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(others[0].hear(until: "for /again\n").contains("200 OK"))
        }
    }

    @Test("stopping ends the connections")
    func stop() throws {
        let listener = try LoopbackListener()
        defer { close(listener.descriptor) }
        let server = HTTPServer(listeners: [listener.descriptor], respond: Self.respond)
        #expect(server.start())
        let client = try LoopbackClient(listener.port)
        defer { client.leave() }
        client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.hear(until: "for /\n").contains("200 OK"))
        server.stop()
        #expect(client.hear() == "")
    }
}
