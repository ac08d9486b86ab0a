import ClusterModel
import Foundation
import Glibc
import LocalCluster
import Testing

@testable import Coordination

/// Asks the host of a server by statements of psql.
private struct ServerPath {
    let node: ClusterNode
    var command: String
    /// A superuser, unless told otherwise.
    var role = "postgres"

    func ask(_ request: HostRequest) -> HostAnswer {
        switch ServerProgramHost.question(request, command: command) {
        case .refused(let answer): return answer
        case .statements(let statements):
            do {
                return ServerProgramHost.answer(
                    try statements.map {
                        try node.sql("set role \(role); \($0)", within: .seconds(60))
                    })
            } catch {
                return ServerProgramHost.failure("\(error)")
            }
        }
    }
}

@Suite("A host that is reached through its server", .serialized)
struct ServerProgramHostTests {
    /// The helper where the servers' account gets at it.
    private func command(_ stage: HostStage) throws -> String {
        let program = stage.cluster.folder + "/trunkline"
        // Not by us: a child that got the open file from us would keep it from being run.
        let copied = try ClientTool.run(["cp", HostStage.binary, program])
        try #require(copied.isSuccess, "\(copied.summary)")
        return "\(program) host"
    }

    @Test("through itself a standby does what ends at once, and does not stop")
    func throughStandby() throws {
        let stage = try HostStage()
        var path = ServerPath(node: stage.standby, command: try command(stage))
        func ask(_ action: HostRequest.Action) -> HostAnswer {
            path.ask(HostRequest(server: stage.server(), job: "r1", action: action))
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
        let old = stage.standby.dataFolder + "/\(ServerProgramExchange.prefix)old"
        try "".write(toFile: old, atomically: false, encoding: .utf8)
        var times = utimbuf(actime: 1, modtime: 1)
        utime(old, &times)
        _ = ask(.jobStatus)
        #expect(!HostFiles.exists(old))

        path.command = "/no/such/program"
        let answer = ask(.jobStatus)
        guard case .failed(_, let hint) = answer else { throw StageFailure(answer) }
        #expect(hint?.hasPrefix("Install Trunkline") == true, "\(answer)")
    }

    @Test("through its neighbour a wiped server is brought back, and outlives the neighbour's end")
    func throughNeighbour() throws {
        let stage = try HostStage()
        try stage.primary.sql(
            """
            create role helper; grant pg_execute_server_program to helper;
            create table t as select 1 as a
            """)
        var path = ServerPath(node: stage.primary, command: try command(stage), role: "helper")
        func ask(_ action: HostRequest.Action) -> HostAnswer {
            path.ask(HostRequest(server: stage.server(), job: "r1", action: action))
        }
        let refused = ask(.jobStatus)
        guard case .failed(let reason, let hint) = refused else { throw StageFailure(refused) }
        #expect(reason.contains("permission denied"), "\(reason)")
        #expect(hint?.contains("GRANT EXECUTE ON FUNCTION pg_read_file(text)") == true)
        try stage.primary.sql("grant execute on function pg_read_file(text) to helper")

        #expect(ask(.stop(seconds: 20)) == .done)
        try FileManager.default.removeItem(atPath: stage.standby.dataFolder)
        guard
            case .job(var report) = ask(
                .baseBackup(from: stage.source(), slot: nil, options: .init()))
        else { throw StageFailure(ask(.jobStatus)) }
        let isOver = Deadline.after(.seconds(60)).poll {
            if case .job(let now) = ask(.jobStatus) { report = now }
            return report.state != .running
        }
        #expect(isOver && report.state == .succeeded, "\(report)")
        let configured = ask(
            .configure(.new, from: stage.source(), slot: nil, settings: stage.settings()))
        #expect(configured == .done)
        #expect(ask(.swap) == .done)
        #expect(ask(.start) == .done)
        try stage.cluster.waitForReplication()
        let copied = try FileManager.default.contentsOfDirectory(atPath: stage.standby.dataFolder)
        #expect(!copied.contains { $0.hasPrefix(ServerProgramExchange.prefix) }, "\(copied)")

        // It is nobody's child, and in no session of the one that started it.
        let postmaster = try #require(Postmaster(in: stage.standby.dataFolder))
        #expect(getsid(postmaster.process) == postmaster.process)
        try stage.primary.stop(.immediate)
        try stage.primary.start()
        #expect(postmaster.isAlive)
        path.role = "postgres"
        try stage.primary.sql("insert into t values (2)")
        try stage.cluster.waitForReplication()
        #expect(try stage.standby.value("select sum(a) from t") == "3")
        #expect(ask(.stop(seconds: 20)) == .done)
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
