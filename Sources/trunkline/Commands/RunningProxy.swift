import ArgumentParser
import ClusterModel
import Operations
import Settings

/// A running proxy, found through its configuration and asked on its status socket.
struct RunningProxy {
    private let paths: [String]
    private let port: Int

    /// Reads the configuration; says what is wrong with it and throws an exit code.
    init(_ configuration: ConfigurationArgument) throws {
        try self.init(path: configuration.path)
    }

    init(path: String) throws {
        let loaded = ConfigurationSource.load(path)
        guard !loaded.hasErrors else {
            for problem in loaded.problems { StandardStreams.error("\(problem)\n") }
            throw ExitCode(ExitStatus.failed)
        }
        port = loaded.settings.port
        paths = loaded.settings.unixSocketDirectories.map { [port] in
            StatusSocket.path(directory: $0, port: port)
        }
    }

    /// The status of the first socket that answers, or why none does.
    func poll() -> Result<(path: String, status: ProxyStatus), NotRunning> {
        var reasons: [String] = []
        for path in paths {
            do throws(StatusSocket.Failure) {
                return .success((path, try StatusSocket.read(path)))
            } catch {
                reasons.append(error.message)
            }
        }
        return .failure(NotRunning(port: port, reasons: reasons))
    }

    struct NotRunning: Error {
        let port: Int
        let reasons: [String]

        var text: String {
            "trunkline is not running on port \(port)\n"
                + reasons.map { "  \($0)\n" }.joined()
        }
    }

    /// As ``poll()``; says so and throws an exit code if nobody answers.
    func status() throws -> (path: String, status: ProxyStatus) {
        switch poll() {
        case .success(let found): return found
        case .failure(let failure):
            StandardStreams.error(failure.text)
            throw ExitCode(ExitStatus.failed)
        }
    }

    /// How far recoveries are; says why nobody tells and throws an exit code.
    func recoveries() throws -> [RecoveryFacts] {
        let path = try status().path
        do throws(StatusSocket.Failure) {
            return try StatusSocket.recoveries(path)
        } catch {
            StandardStreams.error("\(error.message)\n")
            throw ExitCode(ExitStatus.failed)
        }
    }

    /// Has an order carried out; says why not and throws an exit code.
    ///
    /// - Returns: what it has to tell, for people.
    @discardableResult
    func carryOut(_ order: NodeOrder) throws -> [String] {
        let path = try status().path
        let report: OrderReport
        do throws(StatusSocket.Failure) {
            report = try StatusSocket.order(order, path)
        } catch {
            StandardStreams.error("\(error.message)\n")
            throw ExitCode(ExitStatus.failed)
        }
        guard !report.isDone else { return report.lines ?? [] }
        var text = "could not \(order.words): \(report.reason ?? "no reason given")\n"
        if let hint = report.hint { text += "    \(hint)\n" }
        StandardStreams.error(text)
        throw ExitCode(ExitStatus.refused)
    }
}
