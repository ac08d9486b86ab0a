import ClusterModel
import Glibc
import Operations
import Synchronization
import Testing

/// A PCP server on a Unix socket of its own, before a scripted cluster.
private final class PCPScene {
    let cluster: ScriptedOperator
    private let scratch: ScratchDirectory
    private let listener: Int32
    private let server: PCPServer
    static let port = 9898

    init(_ cluster: ScriptedOperator = ScriptedOperator()) throws {
        let scratch = try ScratchDirectory()
        let listener = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let bound = Self.with(scratch.file(".s.PGSQL.\(Self.port)")) { bind(listener, $0, $1) }
        try #require(bound == 0 && listen(listener, 64) == 0)
        var pace = PCPServer.Pace()
        pace.refusalMilliseconds = 0
        pace.idleSecondsMax = 5
        pace.sendSecondsMax = 2
        let server = PCPServer(listeners: [listener], cluster: cluster, log: Log(), pace: pace)
        try #require(server.start())
        self.cluster = cluster
        self.scratch = scratch
        self.listener = listener
        self.server = server
    }

    deinit {
        server.stop()
        close(listener)
    }

    func client() throws -> PCPClient {
        try PCPClient.connect(host: scratch.path, port: Self.port)
    }

    /// Sends bytes, ends that side if wanted, and returns all that comes back.
    func exchange(_ bytes: [UInt8], ends: Bool = true) throws -> [UInt8] {
        let descriptor = try dial()
        defer { close(descriptor) }
        try #require(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        if ends { shutdown(descriptor, Int32(SHUT_WR)) }
        return Self.drain(descriptor)
    }

    func dial() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(
            Self.with(scratch.file(".s.PGSQL.\(Self.port)")) { connect(descriptor, $0, $1) } == 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
            socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    static func drain(_ descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return all }
            all += buffer.prefix(count)
        }
    }

    private static func with(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

@Suite struct PCPServerTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func openClient(_ scene: PCPScene) throws -> PCPClient {
        let client = try scene.client()
        try client.login(user: "u1", password: Array("pgpw".utf8))
        return client
    }

    @Test("our client asks everything in one connection")
    func conversation() throws {
        let scene = try PCPScene()
        let client = try openClient(scene)
        #expect(try client.ask(.nodeCount).texts == ["3"])
        #expect(try client.ask(.nodeInfo(node: nil)).rows.map(\.count) == [13, 13, 13])
        #expect(try client.ask(.processInfo(process: nil)).rows.map(\.count).max() == 21)
        #expect(try client.ask(.healthCheckStatistics(node: 0)).texts.count == 20)
        #expect(try client.ask(.poolStatus).rows == [["port", "9999", "the port"]])
        #expect(try client.ask(.attach(node: 2)) == PCPAnswer())
        // An error leaves the connection as it was.
        #expect(throws: PCPClient.Failure.self) { try client.ask(.nodeInfo(node: 7)) }
        #expect(try client.ask(.nodeCount).texts == ["3"])
        client.leave()
        #expect(scene.cluster.deeds.withLock { $0.orders } == [.attach(node: 2)])
    }

    @Test("a fatal error is the last word")
    func fatal() throws {
        let scene = try PCPScene()
        let client = try openClient(scene)
        let expected = PCPAnswer.Report(
            severity: "FATAL", message: "PCP processing request",
            detail: "unknown PCP packet type \"Q\"")
        #expect(throws: PCPClient.Failure.refused(expected)) {
            try client.ask(.unknown(type: UInt8(ascii: "Q")))
        }
        #expect(throws: PCPClient.Failure.self) { try client.ask(.nodeCount) }
    }

    @Test("a stop is carried out after its answer")
    func stop() throws {
        let scene = try PCPScene()
        let client = try openClient(scene)
        _ = try client.ask(.stop(mode: UInt8(ascii: "f"), scope: .local))
        // The next answer comes after what follows the first.
        _ = try client.ask(.nodeCount)
        #expect(scene.cluster.deeds.withLock { $0.stops } == [.fast])
    }

    @Test(
        "who does not get in",
        arguments: [("u1", "wrong"), ("u2", "pgpw"), ("", "pgpw"), ("u1", "")])
    func strangers(user: String, password: String) throws {
        let scene = try PCPScene()
        let client = try scene.client()
        let expected = PCPAnswer.Report(
            severity: "FATAL", message: "authentication failed for user \"\(user)\"",
            detail: "username and/or password does not match")
        #expect(throws: PCPClient.Failure.refused(expected)) {
            try client.login(user: user, password: Array(password.utf8))
        }
    }

    @Test("without pcp.conf nobody gets in, and is told why")
    func noFile() throws {
        let failure = PCPFailure.unreadable("/etc/pcp.conf", reason: "No such file or directory")
        let scene = try PCPScene(ScriptedOperator(passwords: .failure(failure)))
        let client = try scene.client()
        let expected = PCPAnswer.Report(
            severity: "FATAL", message: "failed to authenticate PCP user",
            detail: "could not open /etc/pcp.conf. reason: No such file or directory")
        #expect(throws: PCPClient.Failure.refused(expected)) {
            try client.login(user: "u1", password: Array("pgpw".utf8))
        }
    }

    @Test(
        "lengths that cannot be",
        arguments: [
            ([0, 0, 0, 0], "0"), ([0, 0, 0, 3], "3"), ([0, 0, 1, 4], "260"),
            ([0xFF, 0xFF, 0xFF, 0xFF], "4294967295"), ([0x80, 0, 0, 0], "2147483648"),
        ] as [([UInt8], String)])
    func lengths(word: [UInt8], shown: String) throws {
        let scene = try PCPScene()
        let answer = text(try scene.exchange([UInt8(ascii: "M")] + word, ends: false))
        #expect(answer.contains("Minvalid PCP packet\0Dincorrect packet length (\(shown))\0"))
        // The longest message there may be is only too early.
        let longest = [UInt8(ascii: "C"), 0, 0, 1, 3] + [UInt8](repeating: 0x31, count: 255)
        #expect(text(try scene.exchange(longest)).contains("incorrect body of packet type \"C\""))
    }

    @Test("a client that leaves in the middle of a message leaves nothing behind")
    func prefixes() throws {
        let scene = try PCPScene()
        let bytes =
            PCPRequest.salt.encoded
            + PCPRequest.login(
                user: Array("u1".utf8), digest: [UInt8](repeating: 0x30, count: 32)
            ).encoded
        for end in 0...bytes.count {
            let answer = try scene.exchange(Array(bytes.prefix(end)))
            #expect(answer.isEmpty == (end < 5))
            #expect(text(answer).contains("authentication failed") == (end == bytes.count))
        }
        let client = try openClient(scene)
        #expect(try client.ask(.nodeCount).texts == ["3"])
    }

    @Test("requests before a login are refused, whatever they are")
    func early() throws {
        let scene = try PCPScene()
        for type in UInt8.min...UInt8.max
        where ![UInt8(ascii: "M"), UInt8(ascii: "R"), UInt8(ascii: "X")].contains(type) {
            let answer = text(try scene.exchange([type, 0, 0, 0, 4]))
            let isRefused =
                answer.contains("connection not authorized") || answer.contains("incorrect body")
            #expect(isRefused, "\(type): \(answer)")
        }
        #expect(try scene.exchange(PCPRequest.goodbye.encoded).isEmpty)
        #expect(
            text(try scene.exchange(PCPRequest.login(user: [0x75], digest: [0x64]).encoded))
                .contains("Mauthentication failed\0"))
        #expect(scene.cluster.deeds.withLock { $0 } == .init())
    }

    @Test("who holds places without logging in does not keep operators out")
    func crowd() throws {
        let scene = try PCPScene()
        let idlers = try (0..<40).map { _ in try scene.dial() }
        defer { for idler in idlers { close(idler) } }
        let client = try openClient(scene)
        #expect(try client.ask(.nodeCount).texts == ["3"])
        // The first of them have been sent away.
        #expect(PCPScene.drain(idlers[0]).isEmpty)
    }

    @Test("a login takes authentication_timeout at most")
    func late() throws {
        let scene = try PCPScene()
        scene.cluster.settings.withLock { $0.authenticationSeconds = 1 }
        let answer = text(try scene.exchange(PCPRequest.salt.encoded, ends: false))
        #expect(answer.contains("Dauthentication_timeout is over\0"))
    }
}
