import Foundation
import LocalCluster
import Routing
import SQLSyntax
import Settings
import Testing

@testable import Proxy

@Suite("the catalog thread", .serialized) struct CatalogThreadTests {
    private static func table(_ name: String, in schema: String? = nil) -> TableReference {
        TableReference(schema: schema.map { Array($0.utf8) }, name: Array(name.utf8))
    }

    private static func call(
        _ name: String, _ count: Int? = nil, _ builtIn: FunctionClass = .unknown
    ) -> FunctionReference {
        FunctionReference(name: Array(name.utf8), argumentCount: count, builtIn: builtIn)
    }

    private static func question(_ relations: [String], _ functions: [String]) -> CatalogQuestion {
        CatalogQuestion(
            relations: relations.map { Array($0.utf8) }, functions: functions.map { Array($0.utf8) }
        )
    }

    private static func with(
        _ change: (inout Settings) -> Void = { _ in }, _ test: (CatalogStage) throws -> Void
    ) throws {
        let stage = try CatalogStage(change)
        defer { stage.stop() }
        try test(stage)
    }

    // MARK: Facts

    @Test("knows of every relation whether a standby can read it")
    func relations() throws {
        let expected: [(TableReference, CatalogReason?)] = [
            (Self.table("t"), nil), (Self.table("t", in: "s"), nil),
            (Self.table("u"), .unloggedTable), (Self.table("T"), .unloggedTable),
            (Self.table("o'hara\" \\ { , }"), .unloggedTable),
            (Self.table("in it", in: "Odd \" \\ schema"), .unloggedTable),
            (Self.table("größe"), nil), (Self.table("nothing"), nil), (Self.table("'"), nil),
            (Self.table("NULL"), nil), (Self.table(String(repeating: "t", count: 70)), nil),
            (Self.table("seq"), .sequence), (Self.table("summary"), nil),
            (Self.table("parts"), .unloggedTable), (Self.table("parts1"), nil),
            (Self.table("plainparts"), nil), (Self.table("mother"), .unloggedTable),
            (Self.table("remote"), .foreignTable), (Self.table("mixedparts"), .foreignTable),
            (Self.table("next"), .sequence), (Self.table("plain"), nil),
            (Self.table("locking"), .viewWrites), (Self.table("backend"), .viewNodeSpecific),
            (Self.table("catalogs"), .viewNodeSpecific),
            (Self.table("over_unlogged"), .unloggedTable), (Self.table("deep"), .unloggedTable),
            (Self.table("open"), nil), (Self.table("over_operator"), .functionWrites),
            (Self.table("over_touch"), .functionWrites),
            (Self.table("over_over"), .functionWrites),
            (Self.table("guarded"), .functionWrites), (Self.table("over_calm"), nil),
            (Self.table("over_random"), nil), (Self.table("shapes"), nil),
            (Self.table("inserts"), nil), (Self.table("watched"), .unloggedTable),
            (Self.table("pg_class"), .systemCatalog),
            (Self.table("pg_stat_activity"), .systemCatalog),
        ]
        try Self.with { stage throws in
            // All at once first, as one statement would ask.
            let reason = try stage.verdict(expected.map(\.0)).reason
            #expect(reason?.onlyReads == false)
            for (table, reason) in expected {
                let verdict = try stage.verdict([table])
                #expect(verdict.reason == reason, "\(String(decoding: table.name, as: UTF8.self))")
                #expect(!verdict.leavesState)
            }
            #expect(try stage.verdict([Self.table("over_temp")]).leavesState)
        }
    }

    @Test("judges texts as clients send them")
    func texts() throws {
        let expected: [(String, CatalogReason?)] = [
            ("select * from t", nil), ("select * from T", nil),
            ("select * from \"T\"", .unloggedTable), ("table u", .unloggedTable),
            ("select 1 from s.t join public.u using (a)", .unloggedTable),
            ("with u as (select 1) select * from u, t", nil),
            ("with u as (select * from u) select * from u", .unloggedTable),
            ("select touch(1)", .functionWrites), ("select touch(1, 2)", nil),
            ("select * from touch() as x (a)", .functionWrites),
            ("select a from t where exists (select touch(a))", .functionWrites),
            ("select lower('X'), count(*) from t", .functionWrites),
            ("select pg_catalog.lower('X'), count(*) from t", nil),
            ("select calm(a, 1), upper('x') from t order by sum(a) over ()", nil),
            ("select percentile_cont(0.5) within group (order by a) from t", nil),
            ("select uuid_generate_v4(), now(), random() from t", nil),
            ("copy (select total(a) from t) to stdout", .functionWrites),
            ("select a from t; select touch(1)", .functionWrites),
            ("select 1 from over_calm", nil), ("select 1 from deep", .unloggedTable),
        ]
        try Self.with { stage throws in
            var analyzer = StatementAnalyzer()
            for (text, reason) in expected {
                let bytes = Array(text.utf8)
                let detail = try #require(analyzer.analyze(bytes.span).detail, "\(text)")
                #expect(try stage.verdict(detail).reason == reason, "\(text)")
                #expect(detail.memoKey != 0)
            }
        }
    }

    @Test("understands the text of every view that PostgreSQL has")
    func systemViews() throws {
        let names = try CatalogStage.cluster().primary.sql(
            "select distinct relname from pg_class where relkind = 'v'"
        )
        .map { Array($0[0].utf8) }
        #expect(names.count > 100)
        try Self.with { stage throws in
            let facts = try stage.facts(stage.post(CatalogQuestion(relations: names)))
            for (name, views) in facts.relations {
                let isUnderstood = views.allSatisfy { !$0.hindrances.contains(.unclear) }
                #expect(isUnderstood, "\(String(decoding: name, as: UTF8.self))")
            }
            #expect(facts.relations.count == names.count && facts.unclear.isEmpty)
        }
    }

    @Test("knows of every function whether it writes and what it leaves behind")
    func functions() throws {
        let expected: [(FunctionReference, CatalogReason?, Bool)] = [
            (Self.call("touch", 0), .functionWrites, false),
            (Self.call("touch", 1), .functionWrites, false),
            (Self.call("touch", 2), nil, false), (Self.call("touch", 3), nil, false),
            (Self.call("touch", 9), nil, false), (Self.call("touch"), .functionWrites, false),
            (Self.call("calm", 2), nil, false), (Self.call("nothing", 2), nil, false),
            (Self.call("adder", 2), .functionWrites, false),
            (Self.call("total", 1), .functionWrites, true),
            (Self.call("lower", 1, .harmless), .functionWrites, false),
            (Self.call("upper", 1, .harmless), nil, false),
            // Taken for a user function: the catalog knows PostgreSQL's own as well.
            (Self.call("upper", 1), nil, false), (Self.call("random", 0), .functionWrites, true),
            (Self.call("makes_temp", 0), .functionWrites, true),
            (Self.call("sets", 0), .functionWrites, true),
            (Self.call("sets_nothing", 0), .functionWrites, false),
            (Self.call("configures", 0), .functionWrites, true),
            (Self.call("atomic_calm", 0), .functionWrites, false),
            (Self.call("dynamic", 0), .functionWrites, true),
            (Self.call("uuid_generate_v4", 0), nil, false),
            (Self.call("uuid_nil", 0), nil, false),
            (Self.call("set_limit", 1), .functionWrites, true),
            (Self.call("similarity", 2), nil, false),
        ]
        try Self.with { stage throws in
            for (call, reason, leavesState) in expected {
                let verdict = try stage.verdict([], [call])
                let name = String(decoding: call.name, as: UTF8.self)
                #expect(verdict.reason == reason, "\(name)")
                #expect(verdict.leavesState == leavesState, "\(name)")
            }
        }
    }

    @Test("sees the temporary tables of all sessions")
    func temporary() throws {
        let cluster = try CatalogStage.cluster()
        try Self.with { stage throws in
            #expect(try stage.verdict([Self.table("scratch")]) == .anyNode)
            let session = try ClientTool(
                [
                    cluster.installation.path("psql"), "-XqAt", "-h", cluster.folder, "-p",
                    "\(cluster.primary.port)", "-U", "postgres", "-d", CatalogStage.database,
                    "-c", "create temp table scratch (a int)", "-c", "select 'made'", "-c",
                    "select pg_sleep(60)",
                ])
            defer { session.signal(15) }
            try #require(
                Deadline.after(.seconds(10)).poll { session.outputSoFar.contains("made") })
            stage.shared.catalog.post(.changed(database: stage.number(CatalogStage.database)))
            #expect(stage.waitUntilForgotten(times: 1))
            stage.forgetAll()
            #expect(
                try stage.verdict([Self.table("scratch")]).reason == .temporaryTable)
            #expect(try stage.verdict([Self.table("scratch", in: "public")]) == .anyNode)
        }
    }

    // MARK: Memory

    @Test("one worker's question answers the other's, until a change is seen")
    func sharing() throws {
        let primary = try CatalogStage.cluster().primary
        try primary.sql("create table fickle (a int)", database: CatalogStage.database)
        defer { _ = try? primary.sql("drop table fickle", database: CatalogStage.database) }
        try Self.with { stage throws in
            #expect(try stage.verdict([Self.table("fickle")], worker: 0) == .anyNode)
            try primary.sql("alter table fickle set unlogged", database: CatalogStage.database)
            #expect(try stage.verdict([Self.table("fickle")], worker: 1) == .anyNode)
            stage.shared.catalog.post(.changed(database: stage.number(CatalogStage.database)))
            #expect(stage.waitUntilForgotten(times: 1))
            let number = stage.number(CatalogStage.database)
            #expect(stage.forgotten == [[number], [number]])
            stage.forgetAll(worker: 1)
            let verdict = try stage.verdict([Self.table("fickle")], worker: 1)
            #expect(verdict.reason == .unloggedTable)
        }
        try Self.with({ $0.enableSharedRelcache = false }) { stage throws in
            let first = try stage.verdict([Self.table("fickle")], worker: 0)
            #expect(first.reason == .unloggedTable)
            try primary.sql("alter table fickle set logged", database: CatalogStage.database)
            #expect(try stage.verdict([Self.table("fickle")], worker: 1) == .anyNode)
        }
    }

    @Test("no answer after a change was seen is from before it")
    func changes() throws {
        let primary = try CatalogStage.cluster().primary
        try primary.sql(
            "create function flip() returns int language sql stable as 'select 1'",
            database: CatalogStage.database)
        defer { _ = try? primary.sql("drop function flip", database: CatalogStage.database) }
        try Self.with { stage throws in
            for turn in 1...20 {
                let writes = turn % 2 == 1
                // Some queries are under way while the catalog changes.
                for number in 0..<20 {
                    _ = stage.post(Self.question(["r\(turn)x\(number)"], ["flip"]), worker: 1)
                }
                try primary.sql(
                    "alter function flip() \(writes ? "volatile" : "stable")",
                    database: CatalogStage.database)
                for number in 20..<40 {
                    _ = stage.post(Self.question(["r\(turn)x\(number)"], ["flip"]), worker: 1)
                }
                stage.shared.catalog.post(.changed(database: stage.number(CatalogStage.database)))
                #expect(stage.waitUntilForgotten(times: turn))
                stage.forgetAll()
                let verdict = try stage.verdict([], [Self.call("flip", 0)])
                #expect(verdict.reason == (writes ? .functionWrites : nil), "\(turn)")
            }
        }
    }

    @Test("many questions at once cost one connection, and all are answered")
    func crowd() throws {
        let cluster = try CatalogStage.cluster()
        try Self.with { stage throws in
            let clients = (0..<2000).map { number in
                stage.post(
                    Self.question(["t", "u", "r\(number % 700)"], ["touch", "f\(number % 3)"]),
                    worker: number % 2)
            }
            for client in clients {
                let facts = try stage.facts(client)
                #expect(facts.relations[Array("u".utf8)]?.first?.persistence == .unlogged)
                #expect(facts.relations.count == 3 && facts.functions.count == 2)
                #expect(facts.unclear.isEmpty)
            }
            #expect(try CatalogStage.connections(cluster.primary).count == 1)
            #expect(try CatalogStage.connections(cluster.nodes[1]).isEmpty)
        }
    }

    @Test("more databases than connections are served in turn")
    func manyDatabases() throws {
        let cluster = try CatalogStage.cluster()
        try Self.with { stage throws in
            let names = (1...7).map { "shop\($0)" } + [CatalogStage.database, "postgres"]
            for round in 0..<3 {
                let clients = names.map {
                    stage.post(Self.question(["t\(round)"], ["f"]), database: $0)
                }
                for client in clients {
                    let facts = try stage.facts(client)
                    #expect(facts.unclear.isEmpty)
                }
                let count = try CatalogStage.connections(cluster.primary).count
                #expect(count > 1 && count <= CatalogThread.connectionsMax)
            }
        }
    }

    @Test("a standby is asked where that is wanted, but not just after a change")
    func standby() throws {
        let cluster = try CatalogStage.cluster()
        try Self.with({ $0.relcacheQueryTarget = .loadBalanceNode }) { stage throws in
            let verdict = try stage.verdict([Self.table("over_unlogged")])
            #expect(verdict.reason == .unloggedTable)
            #expect(try CatalogStage.connections(cluster.nodes[1]).count == 1)
            #expect(try CatalogStage.connections(cluster.primary).isEmpty)
            stage.shared.catalog.post(.changed(database: stage.number(CatalogStage.database)))
            stage.forgetAll()
            #expect(try stage.verdict([Self.table("u")]).reason == .unloggedTable)
            #expect(try CatalogStage.connections(cluster.primary).count == 1)
        }
    }

    // MARK: Failures

    @Test("a database that lets nobody in is unavailable, and said so once")
    func refused() throws {
        try Self.with { stage throws in
            for _ in 0..<3 {
                let client = stage.post(Self.question(["t"], ["f"]), database: "closed")
                guard case .unavailable = try stage.answer(client) else {
                    Issue.record("the catalog of a closed database was read")
                    continue
                }
            }
            #expect(try stage.verdict([Self.table("t")], database: "closed") == .anyNode)
            let verdict = try stage.verdict([], [Self.call("touch", 1)], database: "closed")
            #expect(verdict == .primaryOnly(.functionUnknown, leavesState: true))
            #expect(try stage.verdict([Self.table("u")]).reason == .unloggedTable)
            let words = "the catalog of database \"closed\" cannot be asked"
            #expect(stage.log.components(separatedBy: words).count == 2, "\(stage.log)")
            #expect(stage.log.contains("sr_check_user"), "\(stage.log)")
        }
    }

    @Test("a wrong password is mended by a reload")
    func reload() throws {
        try Self.with({ $0.srCheckPassword = "TEXTcrayon" }) { stage throws in
            let client = stage.post(Self.question(["u"], []))
            guard case .unavailable = try stage.answer(client) else {
                Issue.record("the wrong password was taken")
                return
            }
            try stage.reload { $0.srCheckPassword = "TEXT" + CatalogStage.password }
            #expect(try stage.verdict([Self.table("u")]).reason == .unloggedTable)
        }
    }

    @Test("a connection that somebody ended is opened anew")
    func terminated() throws {
        let primary = try CatalogStage.cluster().primary
        try Self.with { stage throws in
            #expect(try stage.verdict([Self.table("u")]).reason == .unloggedTable)
            let before = try CatalogStage.connections(primary)
            try #require(before.count == 1)
            try primary.sql("select pg_terminate_backend(\(before[0][0]))")
            #expect(try stage.verdict([Self.table("parts")]).reason == .unloggedTable)
            let after = try CatalogStage.connections(primary)
            #expect(after.count == 1 && after != before)
            #expect(!stage.log.contains("cannot be asked"), "\(stage.log)")
        }
    }

    @Test("a name of another encoding, and a view that is locked, keep nobody from the others")
    func isolation() throws {
        let cluster = try CatalogStage.cluster()
        let locker = try ClientTool(
            [
                cluster.installation.path("psql"), "-XqAt", "-h", cluster.folder, "-p",
                "\(cluster.primary.port)", "-U", "postgres", "-d", CatalogStage.database, "-c",
                "begin; lock table deep in access exclusive mode; select 'locked';"
                    + "select pg_sleep(60)",
            ])
        defer { locker.signal(15) }
        try #require(
            Deadline.after(.seconds(10)).poll {
                (try? cluster.primary.value(
                    """
                    select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted
                    and relation = 'deep'::regclass
                    """, database: CatalogStage.database)) == "1"
            })
        try Self.with { stage throws in
            let latin: [UInt8] = [0x6B, 0xE4, 0x73, 0x65]
            let odd = stage.post(CatalogQuestion(relations: [latin, Array("u".utf8)]))
            let blocked = stage.post(Self.question(["deep"], ["calm"]))
            let others = (0..<20).map { stage.post(Self.question(["u", "t\($0)"], [])) }
            #expect(try stage.facts(odd).unclear == CatalogQuestion(relations: [latin]))
            #expect(try stage.facts(odd).relations[Array("u".utf8)]?.count == 1)
            #expect(try stage.facts(blocked).unclear == Self.question(["deep"], ["calm"]))
            for other in others {
                let facts = try stage.facts(other)
                #expect(facts.unclear.isEmpty)
            }
        }
    }

    @Test("a change of the primary makes everybody forget and ask the new one")
    func primaryChange() throws {
        let cluster = try CatalogStage.cluster()
        try Self.with { stage throws in
            #expect(try stage.verdict([Self.table("u")]).reason == .unloggedTable)
            // Only the proxy's view changes: the standby answers as well.
            stage.moveWriter(to: 1)
            #expect(stage.waitUntilForgotten(times: 1))
            #expect(stage.forgotten == [[nil], [nil]])
            stage.forgetAll()
            #expect(try stage.verdict([Self.table("u")]).reason == .unloggedTable)
            #expect(try CatalogStage.connections(cluster.nodes[1]).count == 1)
            let left = Deadline.after(.seconds(10)).poll {
                (try? CatalogStage.connections(cluster.primary).isEmpty) == true
            }
            #expect(left)
        }
    }
}
