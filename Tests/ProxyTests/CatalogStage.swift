import ClusterModel
import Credentials
import Foundation
import LocalCluster
import Operations
import Pooling
import Reactor
import Routing
import SQLSyntax
import Settings
import Synchronization
import Testing

@testable import Proxy

/// A catalog thread before real servers, with two workers' mailboxes that only the test reads.
final class CatalogStage {
    static let user = "checker"
    static let password = "p\"en'cil"
    static let database = "shop"

    /// A primary and a standby with the objects that the tests look up.
    private static let prepared = Result {
        var options = LocalClusterOptions()
        options.databases = [database, "closed"] + (1...7).map { "shop\($0)" }
        options.authentication = .scram
        options.roles = [.init(user, password: password)]
        let cluster = try LocalCluster.create(standbys: 1, options: options)
        try cluster.primary.sql(
            "revoke connect on database closed from public", database: "postgres")
        try cluster.primary.sql(objects, database: database)
        try cluster.waitForReplication()
        return cluster
    }

    static func cluster() throws -> LocalCluster { try prepared.get() }

    let shared: ProxyShared
    let logFile: String
    private var settings: Settings
    private var stores = [CatalogStage.store(), CatalogStage.store()]

    /// Starts the thread. It ends with ``stop()``.
    init(_ change: (inout Settings) -> Void = { _ in }) throws {
        let cluster = try Self.cluster()
        var settings = Settings()
        settings.srCheckUser = Self.user
        settings.srCheckPassword = "TEXT" + Self.password
        settings.backends = cluster.nodes.map { node in
            var backend = BackendSettings()
            backend.hostname = "127.0.0.1"
            backend.port = Int(node.port)
            backend.weight = 1
            return backend
        }
        change(&settings)
        self.settings = settings
        let folder = try FileManager.default.url(
            for: .itemReplacementDirectory, in: .userDomainMask,
            appropriateFor: URL(fileURLWithPath: cluster.folder), create: true
        ).path
        logFile = "\(folder)/log"
        let log = Log(
            LogConfiguration(
                collector: .init(directory: folder, filenamePattern: "log")))
        shared = ProxyShared(
            log: log,
            limits: .init(
                sessionsMax: 1, sessionsReserved: 0, waitersMax: 1, serversPerNodeMax: 1),
            workers: 2)
        let state = Self.state(settings, writer: 0)
        let box = CatalogBox(
            CatalogThread(
                shared: shared, settings: try Self.convert(settings), cluster: state))
        try #require(SystemThread.start(name: "catalog") { box.thread.run() })
    }

    func stop() {
        shared.catalog.post(.stop)
        shared.log.close()
        try? FileManager.default.removeItem(
            atPath: (logFile as NSString).deletingLastPathComponent)
    }

    /// New settings for the running thread.
    func reload(_ change: (inout Settings) -> Void) throws {
        change(&settings)
        shared.catalog.post(.settings(try Self.convert(settings)))
    }

    /// Both nodes are up, and this one is the primary.
    private static func state(_ settings: Settings, writer: Int) -> ClusterState {
        let nodes = settings.backends.indices.map {
            NodeView(id: $0, status: .up, role: $0 == writer ? .primary : .standby, weight: 1)
        }
        return ClusterState(
            snapshot: ClusterSnapshot(epoch: 1, nodes: nodes, primary: writer),
            topology: RoutingTopology(
                nodes: nodes.map {
                    RoutableNode(
                        id: $0.id, isUsable: true, isPrimary: $0.id == writer, weight: 1)
                }), addresses: ProxyServer.resolve(settings).0)
    }

    /// Tells the thread of another primary.
    func moveWriter(to node: Int) {
        shared.catalog.post(.cluster(Self.state(settings, writer: node)))
    }

    private static func convert(_ settings: Settings) throws -> WorkerSettings {
        WorkerSettings(
            settings,
            passwords: PasswordBook(
                PoolPasswd(), identityKey: try CredentialIdentity.Key(),
                mock: try ScramMockSecret()), workers: 2)
    }

    private static func store() -> CatalogStore {
        CatalogStore(size: 256, lifetime: 600_000_000_000)
    }

    // MARK: Asking

    private var clientCount: UInt64 = 0

    func number(_ database: String) -> Int {
        shared.databases.withLock { $0.number(Array(database.utf8)) }
    }

    /// Posts a question without waiting for its answer; returns the client's number.
    func post(
        _ question: CatalogQuestion, database: String = CatalogStage.database, worker: Int = 0
    ) -> UInt64 {
        clientCount += 1
        shared.catalog.post(
            .wanted(
                question, database: Array(database.utf8), databaseID: number(database),
                worker: worker, client: clientCount))
        return clientCount
    }

    private var answers: [UInt64: CatalogAnswer] = [:]
    private(set) var forgotten: [[Int?]] = [[], []]

    private func collect() {
        for worker in 0..<2 {
            for message in shared.mailboxes[worker].takeAll() {
                switch message {
                case .catalogAnswer(let answer, _, let client): answers[client] = answer
                case .catalogForgotten(let database): forgotten[worker].append(database)
                default: Issue.record("\(message)")
                }
            }
        }
    }

    /// Waits until both workers have been told to forget this often.
    func waitUntilForgotten(times: Int) -> Bool {
        Deadline.after(.seconds(10)).poll {
            collect()
            return forgotten.allSatisfy { $0.count >= times }
        }
    }

    /// Waits for the answer to a client's question.
    func answer(_ client: UInt64) throws -> CatalogAnswer {
        let isThere = Deadline.after(.seconds(20)).poll {
            collect()
            return answers[client] != nil
        }
        return try #require(isThere ? answers[client] : nil, "no answer; \(log)")
    }

    func facts(_ client: UInt64) throws -> CatalogFacts {
        guard case .facts(let facts) = try answer(client) else {
            throw LocalClusterError(.statementFailed, "the catalog is unavailable: \(log)")
        }
        return facts
    }

    /// What follows for a read of these relations and calls; asks as a worker would.
    func verdict(
        _ tables: [TableReference], _ functions: [FunctionReference] = [],
        database: String = CatalogStage.database, worker: Int = 0, path: String = "public"
    ) throws -> CatalogVerdict {
        let detail = StatementDetail([
            StatementOutline(
                kind: .select, effect: .read, reason: .plainRead, traits: .needsFacts,
                isReadOnly: true, tables: tables, functions: functions)
        ])
        return try verdict(detail, database: database, worker: worker, path: path)
    }

    func verdict(
        _ detail: StatementDetail, database: String = CatalogStage.database, worker: Int = 0,
        path: String = "public"
    ) throws -> CatalogVerdict {
        let path = SearchPath(setting: Array(path.utf8), user: [])
        for _ in 0..<2 {
            let lookup = stores[worker].verdict(
                detail, database: number(database), path: path, rules: CatalogRules(),
                now: MonotonicClock.now())
            switch lookup {
            case .known(let verdict): return verdict
            case .missing(let question):
                let client = post(question, database: database, worker: worker)
                stores[worker].learned(
                    try answer(client), database: number(database), now: MonotonicClock.now())
            }
        }
        throw LocalClusterError(.timedOut, "the answer did not say enough")
    }

    /// A worker that knows nothing yet.
    func forgetAll(worker: Int = 0) { stores[worker].forgetAll() }

    var log: String {
        shared.log.flush()
        return (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? ""
    }

    // MARK: The servers

    /// The thread's connections as a server lists them: pid and database.
    static func connections(_ node: ClusterNode) throws -> [[String]] {
        try node.sql(
            """
            select pid, datname from pg_stat_activity
            where application_name = 'trunkline catalog' order by pid
            """)
    }

    private static let objects = #"""
        create schema s;
        create schema "Odd "" \ schema";
        create table t (a int);
        create table s.t (a int);
        create unlogged table u (a int);
        create unlogged table "T" (a int);
        create unlogged table "o'hara"" \ { , }" (a int);
        create unlogged table "Odd "" \ schema"."in it" (a int);
        create table "größe" (a int);
        create sequence seq;
        create materialized view summary as select 1 as a;
        create table parts (a int) partition by list (a);
        create table parts1 partition of parts for values in (1);
        create table subparts partition of parts for values in (2) partition by list (a);
        create unlogged table subparts1 partition of subparts for values in (2);
        create table plainparts (a int) partition by list (a);
        create table plainparts1 partition of plainparts for values in (1);
        create table mother (a int);
        create unlogged table child () inherits (mother);
        create extension file_fdw;
        create server files foreign data wrapper file_fdw;
        create foreign table remote (a text) server files options (filename '/dev/null');
        create table mixedparts (a text) partition by list (a);
        create foreign table mixedparts1 partition of mixedparts for values in ('x')
            server files options (filename '/dev/null');

        create function touch(a int default 1) returns int language sql volatile as 'select 1';
        create function calm(a int, b int) returns int language sql stable as 'select 1';
        create function touch(a int, b int, variadic c int[]) returns int language sql immutable
            as 'select 1';
        create function adder(int, int) returns int language sql volatile as 'select 1';
        create aggregate total(int) (sfunc = adder, stype = int);
        create function lower(int) returns int language sql volatile as 'select 1';
        create function makes_temp() returns void language plpgsql as
            $$ begin create /* x */ temporary -- y
            table x (a int); end $$;
        create function sets() returns void language plpgsql as
            $$ begin update t
            set a = 1; -- now
            set work_mem = '1MB'; end $$;
        create function sets_nothing() returns void language plpgsql as
            $$ begin update t
            set a = 1; set local work_mem = '1MB'; insert into t select temp from
            (values (1)) v (temp); end $$;
        create function configures() returns text language sql
            begin atomic select set_config('a.b', 'c', false); end;
        create function atomic_calm() returns int language sql begin atomic select 1; end;
        create function dynamic() returns void language plpgsql as
            $$ begin execute 'insert into t values (1)'; end $$;
        create function matches(int, text) returns bool language plpgsql as
            'begin return true; end';
        create operator ==> (leftarg = int, rightarg = text, function = matches);
        create extension "uuid-ossp";
        create extension pg_trgm;

        create view next as select nextval('seq') as a;
        create view plain as select a, now() as b, current_user as c from t where a > 1;
        create view locking as select a from t for update;
        create view backend as select pg_backend_pid() as a;
        create view catalogs as select c.relname from pg_class c, t;
        create view over_unlogged as select a from u;
        create view over_temp as select makes_temp()::text as a;
        create view over_operator as select a ==> 'x' as a from t;
        create view over_touch as select touch(a) as a from t;
        create view over_over as select x.a from (select * from over_touch) x union select 1;
        create view over_calm as select calm(a, 1) as a, uuid_generate_v4() as b from t;
        create view over_random as select random() as a, clock_timestamp() as b from t;
        create view shapes as
            select extract(year from now()) as a, coalesce(x.a, 1) as b, x.a::bigint as c,
                substring('abc' from 2) as d, row_number() over (partition by x.a) as e,
                array[1, 2] as f, (select max(t.a) from t) as g, v.y as h,
                case when x.a in (1, 2) then null else interval '1 day' end as i,
                json_build_object('a', 1) ->> 'a' as j, trim(both from 'x') as k,
                x.a is distinct from 1 as l, xmlelement(name n, x.a) as m,
                overlay('ab' placing 'c' from 1) as n, position('a' in 'b') as o,
                current_date as p, '1'::numeric(10, 2) as q, 'x' ~~ any (array['y']) as r,
                count(*) filter (where x.a > 0) over () as s, greatest(1, 2) as t
            from t x
            left join lateral (values (1, 2), (3, 4)) v (y, z) on v.y = x.a
            cross join unnest(array[1, 2]) with ordinality u (n, o)
            order by 1 desc nulls last;
        create view deep as with w as (select * from over_unlogged) select * from w;
        create table guarded (a int);
        alter table guarded enable row level security;
        create policy p on guarded using (touch(a) > 0);
        create table open (a int);
        create policy p on open using (touch(a) > 0);
        create table inserts (a int);
        alter table inserts enable row level security;
        create policy p on inserts for insert with check (touch(a) > 0);
        create table watched (a int);
        alter table watched enable row level security;
        create policy p on watched for select
            using (exists (select from u where u.a = watched.a));
        """#
}
