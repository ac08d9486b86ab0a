import Glibc
import Operations
import PostgresWire
import Reactor
import Synchronization
import Testing

@testable import Proxy

/// A server that lets everybody in and answers the questions of the control thread as a test says.
final class ScriptedNode: Sendable {
    /// What the server is and how it answers.
    struct Script {
        var isInRecovery: Bool
        var timeline = 1
        var position: Int64
        /// Rows of pg_stat_replication.
        var standbys: [[String?]] = []
        /// Questions are heard, but not answered before this is off again.
        var isSilent = false
        /// Refuses what has one of these words in it, with a SQLSTATE.
        var refusals: [(word: String, sqlState: String)] = []
        /// What was asked, the oldest first.
        var questions: [String] = []
        var endsConnections = false
        var isStopped = false

        var survey: [String?] {
            ["\(isInRecovery ? 1 : 0)", "0000000\(timeline)", "\(position)"]
        }
    }

    let address: SocketAddress
    private let listener: Int32
    private let script: Mutex<Script>
    private let waker = Waker()
    private let stopped = Bell()

    init(_ script: Script) throws {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        listener = socket(AF_INET, kind, 0)
        let any = try #require(try Resolver.resolve(host: "127.0.0.1", port: 0).get().first)
        try #require(any.bind(listener) == 0)
        try #require(listen(listener, 16) == 0)
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let status = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        try #require(status == 0)
        let port = Int(UInt16(bigEndian: name.sin_port))
        address = try #require(try Resolver.resolve(host: "127.0.0.1", port: port).get().first)
        self.script = Mutex(script)
        let isStarted = SystemThread.start(name: "node") { [self] in serve() }
        try #require(isStarted)
    }

    /// Changes what the server says from now on.
    func change(_ body: (inout sending Script) -> Void) {
        script.withLock { body(&$0) }
        waker.ring()
    }

    var questions: [String] { script.withLock { $0.questions } }

    func stop() {
        change { $0.isStopped = true }
        stopped.wait()
    }

    private struct Connection {
        var isLoggedIn = false
        var input: [UInt8] = []
        var waiting: [String] = []
    }

    private func serve() {
        var reactor = Reactor()
        var connections: [SocketID: Connection] = [:]
        reactor.watch(waker)
        let door = reactor.watch(listener: listener, owner: 0)
        while !script.withLock({ $0.isStopped }) {
            let completion = reactor.next(deadline: nil)
            switch completion.kind {
            case .acceptable:
                while let (descriptor, _) = reactor.accept(completion.id) {
                    connections[reactor.adopt(descriptor, owner: 1)] = Connection()
                }
            case .received: connections[completion.id]?.input += Array(completion.bytes)
            case .ended, .failed:
                connections[completion.id] = nil
                reactor.close(completion.id)
            case .connected, .drained, .woken, .timeout: break
            }
            let ends = script.withLock { script in
                defer { script.endsConnections = false }
                return script.endsConnections
            }
            if ends {
                for id in connections.keys { reactor.close(id) }
                connections = [:]
            }
            for id in Array(connections.keys) {
                guard var connection = connections[id] else { continue }
                let answer = answer(&connection)
                connections[id] = connection
                _ = answer.withUnsafeBytes { reactor.send(id, $0) }
            }
        }
        for id in connections.keys { reactor.close(id) }
        reactor.close(door)
        stopped.ring()
    }

    /// What to send on one connection now.
    private func answer(_ connection: inout Connection) -> [UInt8] {
        var writer = WireWriter()
        while let message = Self.take(&connection) {
            if connection.isLoggedIn {
                let text = String(decoding: message.dropFirst(5).dropLast(), as: UTF8.self)
                script.withLock { $0.questions.append(text) }
                connection.waiting.append(text)
            } else {
                connection.isLoggedIn = true
                writer.message(BackendType.authentication) { $0.uint32(0) }
                Self.ready(&writer)
            }
        }
        script.withLock { script in
            guard !script.isSilent else { return }
            for text in connection.waiting { Self.answer(text, script, &writer) }
            connection.waiting = []
        }
        return writer.bytes
    }

    private static func answer(_ text: String, _ script: Script, _ writer: inout WireWriter) {
        defer { ready(&writer) }
        // What comes before the part that is refused has been answered then.
        let parts = text.split(separator: "; SELECT application_name")
        for (index, part) in parts.enumerated() {
            if let refusal = script.refusals.first(where: { part.contains($0.word) }) {
                writer.report(
                    ServerReport(.error, SQLState(refusal.sqlState), "refused by the test"))
                return
            }
            if index == 0 { row(script.survey, &writer) }
            if index == 1 { for standby in script.standbys { row(standby, &writer) } }
        }
    }

    private static func row(_ columns: [String?], _ writer: inout WireWriter) {
        writer.message(BackendType.dataRow) { body in
            body.uint16(UInt16(columns.count))
            for column in columns {
                body.uint32(column.map { UInt32($0.utf8.count) } ?? .max)
                body.raw(column.map { Array($0.utf8) } ?? [])
            }
        }
    }

    private static func ready(_ writer: inout WireWriter) {
        writer.message(BackendType.readyForQuery) { $0.uint8(TransactionStatus.idle.rawValue) }
    }

    /// One message of a client: the startup packet has no type byte.
    private static func take(_ connection: inout Connection) -> [UInt8]? {
        let from = connection.isLoggedIn ? 1 : 0
        guard connection.input.count >= from + 4 else { return nil }
        let length = connection.input[from..<from + 4].reduce(0) { $0 << 8 | Int($1) }
        guard connection.input.count >= from + length else { return nil }
        defer { connection.input.removeFirst(from + length) }
        return Array(connection.input.prefix(from + length))
    }
}
