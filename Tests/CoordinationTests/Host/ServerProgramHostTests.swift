import ClusterModel
import Foundation
import Glibc
import LocalCluster
import Testing

@testable import Coordination

/// Statements by psql, as a superuser.
private struct PsqlStatements: StatementRunning {
    let node: ClusterNode

    func run(_ statements: [String], seconds: Int) -> StatementResult {
        do {
            return .rows(
                try statements.map { try node.sql($0, within: .seconds(seconds)) })
        } catch {
            return .failed("\(error)")
        }
    }
}

@Suite("A host that is reached through its server", .serialized)
struct ServerProgramHostTests {
    @Test("what ends at once is done, on a standby, too")
    func throughStandby() throws {
        let stage = try HostStage()
        // Where the server's account gets at it.
        let program = stage.cluster.folder + "/trunkline"
        try FileManager.default.copyItem(atPath: HostStage.binary, toPath: program)
        let helper = "\(program) host"
        let host = ServerProgramHost(PsqlStatements(node: stage.standby), helper: helper)
        func ask(_ action: HostRequest.Action) -> HostAnswer {
            host.ask(HostRequest(server: stage.server(), job: "r1", action: action), seconds: 30)
        }
        for _ in 0..<2 {
            let answer = ask(.describe(expecting: .init()))
            guard case .description(let facts) = answer else { throw StageFailure(answer) }
            #expect(facts.isRunning && facts.hasStandbySignal)
        }
        #expect(ask(.tryReplication(from: stage.source())) == .done)
        let backup = ask(.baseBackup(from: stage.source(), slot: nil, options: .init()))
        guard case .job(var report) = backup else { throw StageFailure(backup) }
        let isOver = Deadline.after(.seconds(60)).poll {
            if case .job(let now) = ask(.jobStatus) { report = now }
            return report.state != .running
        }
        #expect(isOver && report.state == .succeeded, "\(report)")
        #expect(ask(.stop(seconds: 1)).failure == "a server cannot be stopped through itself")
        let secret = ask(.tryReplication(from: stage.source(password: "secret")))
        #expect(secret.failure == "a password is not sent through a server")
        #expect(!stage.standby.log.contains("secret"))

        // Answers do not gather.
        let old = stage.standby.dataFolder + "/trunkline-answer.old"
        try "".write(toFile: old, atomically: false, encoding: .utf8)
        var times = utimbuf(actime: 1, modtime: 1)
        utime(old, &times)
        _ = ask(.jobStatus)
        #expect(!HostFiles.exists(old))

        let missing = ServerProgramHost(
            PsqlStatements(node: stage.standby), helper: "/no/such/program")
        let answer = missing.ask(
            HostRequest(server: stage.server(), job: "r1", action: .jobStatus), seconds: 30)
        guard case .failed(_, let hint) = answer else { throw StageFailure(answer) }
        #expect(hint?.hasPrefix("Install Trunkline") == true, "\(answer)")
    }

    @Test("what comes through a server is a token and a request, or nothing")
    func exchange() {
        let token = String(repeating: "0a", count: 16)
        #expect(ServerProgramExchange(Array("\(token):e30=".utf8))?.line == Array("{}".utf8))
        for text in [
            "", ":", "e30=", "\(token)", "\(token):!", "../\(token.dropFirst(3)):e30=",
            "\(token)0:e30=",
        ] {
            #expect(ServerProgramExchange(Array(text.utf8)) == nil, "\(text)")
        }
    }
}
