import ClusterModel
import Glibc

/// `trunkline host`: requests come as lines on standard input, answers leave on standard output.
package struct HostSession: Sendable {
    private let permits: HostPermits
    /// The command line of this program without the words of a special role.
    private let program: [String]

    package init(permits: HostPermits, program: [String]) {
        self.permits = permits
        self.program = program
    }

    /// Answers until the end of the input.
    package func run(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
        // Who asked may be gone before the answer; what was begun is finished all the same.
        signal(SIGPIPE, SIG_IGN)
        var reader = LineReader(input)
        while let line = reader.next() {
            guard !line.isEmpty else { continue }
            // A server that we have started and that has ended since.
            while waitpid(-1, nil, WNOHANG) > 0 {}
            let answer = HostWire.line(answer(line))
            guard write(answer, to: output) else { return }
        }
    }

    /// Does the job that is asked for on the input.
    ///
    /// - Returns: whether it went well.
    package func runJob(input: Int32 = STDIN_FILENO) -> Bool {
        signal(SIGPIPE, SIG_IGN)
        var reader = LineReader(input)
        guard let line = reader.next(), let request = try? HostWire.request(line) else {
            return false
        }
        return HostWorker(permits: permits, program: program).work(on: request)
    }

    /// Answers one request that came through a server, by a file.
    ///
    /// - Returns: whether there is an answer.
    package func runForServer(input: Int32 = STDIN_FILENO) -> Bool {
        signal(SIGPIPE, SIG_IGN)
        var reader = LineReader(input)
        guard let text = reader.next(), let exchange = ServerProgramExchange(text) else {
            return false
        }
        return exchange.leave(answer(exchange.line, throughServer: true))
    }

    private func answer(_ line: [UInt8], throughServer: Bool = false) -> HostAnswer {
        do throws(HostFailure) {
            let request = try HostWire.request(line)
            if throughServer { try checkServer(request) }
            guard geteuid() == 0 else {
                return HostWorker(permits: permits, program: program).answer(request)
            }
            try permits.check(request)
            return try answerAsOwner(request, line)
        } catch {
            return error.answer
        }
    }

    /// A server that waits for us does not stop.
    private func checkServer(_ request: HostRequest) throws(HostFailure) {
        guard case .stop = request.action else { return }
        let places = try HostPlaces(request.server)
        guard HostPlaces.realPath(".") != places.data else {
            throw HostFailure("a server cannot be stopped through itself")
        }
    }

    /// Has this program do it as the owner of the data directory.
    private func answerAsOwner(_ request: HostRequest, _ line: [UInt8]) throws(HostFailure)
        -> HostAnswer
    {
        guard let account = HostAccount(of: request.server) else {
            throw HostFailure(
                "\"\(request.server.dataDirectory)\" belongs to no account that PostgreSQL can "
                    + "run as",
                hint: "Give it to an account of its own, such as postgres.")
        }
        if case .start = request.action, let unit = try unit(request, account) {
            return try start(unit)
        }
        return try ask(request, as: account)
    }

    private func ask(_ request: HostRequest, as account: HostAccount) throws(HostFailure)
        -> HostAnswer
    {
        guard let line = HostWire.line(request) else {
            throw HostFailure("the request is too long")
        }
        return HostConversation.ask(
            program + ["--account", "\(account.user)"], line: line, seconds: Self.secondsMax)
    }

    /// As long as the longest request may take; whoever asks has a deadline of their own.
    private static let secondsMax = 172_800

    // MARK: systemd

    /// The unit that starts the server, if it is one of Debian's on a system that systemd runs, and
    /// may be started.
    private func unit(_ request: HostRequest, _ account: HostAccount) throws(HostFailure)
        -> DebianCluster?
    {
        let places = try HostPlaces(request.server)
        guard permits.start(of: places.data) == nil, HostFiles.isDirectory("/run/systemd/system"),
            let cluster = HostWorker.debianCluster(request.server, places)
        else { return nil }
        var question = request
        question.action = .describe(expecting: .init())
        guard case .description(let facts) = try ask(question, as: account), facts.exists,
            !facts.isRunning, !facts.isTainted
        else { return nil }
        return cluster
    }

    private func start(_ cluster: DebianCluster) throws(HostFailure) -> HostAnswer {
        let result = HostPrograms.run(
            ["systemctl", "--no-block", "start", cluster.unit], timeMax: .seconds(30))
        guard result.outcome.isSuccess else {
            throw HostFailure("systemctl start \(cluster.unit): \(result.words)")
        }
        return .done
    }

    private func write(_ bytes: [UInt8], to output: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Lines of a descriptor, one after the other; one that is too long ends the input.
private struct LineReader {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    mutating func next() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(bytes[..<end])
                bytes.removeSubrange(...end)
                return line
            }
            guard bytes.count <= HostWire.lineBytesMax else { return nil }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                defer { bytes = [] }
                return bytes.isEmpty ? nil : bytes
            }
            bytes += buffer.prefix(count)
        }
    }
}
