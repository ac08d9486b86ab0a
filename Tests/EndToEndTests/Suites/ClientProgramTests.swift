import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("client programs")
    struct ClientProgramTests {
        @Test("psql: results, errors, meta-commands, COPY, Unix socket")
        func psql() throws {
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                try #expect(clients.psql("select 1 \\; select 2 \\; select 3") == "1\n2\n3")
                try #expect(clients.psql("\\conninfo").contains("\(proxy.port)"))
                try #expect(clients.psql("\\l").contains(Stage.database))
                _ = try clients.psql(
                    "drop table if exists psql_t; create table psql_t (a int primary key)")
                try clients.cluster.waitForReplication()
                try #expect(clients.psql("\\d psql_t").contains("a|integer||not null"))
                let copied = try clients.psql(
                    """
                    begin;
                    \\copy psql_t from program 'seq 1000'
                    select sum(a) from psql_t;
                    commit
                    """)
                #expect(copied == "500500")
                try #expect(clients.psql("select 'a', null, 'ä'\\gx").contains("ä"))
                let failing = try clients.run(
                    "psql",
                    ["-XAtq", "-v", "VERBOSITY=verbose", Stage.database, "-c", "select 1/0"])
                #expect(failing.errors.contains("22012") && failing.exit == .exited(1))
                // Over the Unix socket as well.
                let local = try ClientTool.run([
                    clients.cluster.installation.path("psql"), "-XAtq", "-h", proxy.socketFolder,
                    "-p", "\(proxy.port)", "-U", "postgres", "-d", Stage.database, "-c", "select 5",
                ])
                #expect(local.output == "5\n", "\(local.summary)")
                _ = try clients.psql("drop table psql_t")
            }
        }

        @Test("pg_dump and pg_restore through it give the same database")
        func dumpAndRestore() throws {
            let cluster = try Stage.cluster()
            try Stage.loadPgbench(cluster)
            try cluster.primary.sql(
                """
                drop table if exists odd; create table odd (a int, t text, b bytea, j jsonb, n numeric[]);
                insert into odd select i, repeat(chr(i % 200 + 50), i % 50), decode(md5(i::text), 'hex'),
                  jsonb_build_object('i', i), array[i, null, i / 3.0] from generate_series(1, 2000) i;
                insert into odd values (null, E'tab\\there\\nline', null, null, null);
                create or replace view odd_view as select a from odd where t like 'x%';
                drop database if exists restored
                """, database: Stage.database)
            try cluster.waitForReplication()
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                let file = "\(proxy.folder)/dump"
                let dump = try clients.run("pg_dump", ["-Fc", "-f", file, Stage.database])
                #expect(dump.isSuccess, "\(dump.summary)")
                _ = try clients.psql("create database restored", database: "postgres")
                try cluster.waitForReplication()
                let restore = try clients.run("pg_restore", ["-d", "restored", "-j", "2", file])
                #expect(restore.isSuccess, "\(restore.summary)")
                try cluster.waitForReplication()

                for table in ["pgbench_accounts", "odd", "odd_view", "pgbench_branches"] {
                    let question = """
                        select count(*), md5(string_agg(md5(t::text), '' order by md5(t::text)))
                          from \(table) t
                        """
                    try #expect(
                        cluster.primary.sql(question, database: Stage.database)
                            == cluster.primary.sql(question, database: "restored"), "\(table)")
                }
                let plain = try ["\(Stage.database)", "restored"].map { database in
                    let result = try clients.run("pg_dump", ["-s", database])
                    #expect(result.isSuccess, "\(result.summary)")
                    return result.output.split(separator: "\n").filter { !$0.contains("restrict ") }
                }
                #expect(plain[0] == plain[1])
            }
            try cluster.primary.sql("drop database restored")
        }

        @Test("an application with psycopg2")
        func psycopg() throws {
            try Stage.withProxy { proxy in
                let result = try ClientTool.run([
                    Clients.python, "-B", Clients.path("psycopg_client.py"), "\(proxy.port)",
                ])
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.logTail(proxy))")
            }
        }

        @Test("an application with pgJDBC")
        func jdbc() throws {
            try Stage.withProxy { proxy in
                let result = try ClientTool.run(
                    [
                        "java", "-cp", "/usr/share/java/postgresql.jar",
                        Clients.path("JdbcClient.java"), "\(proxy.port)",
                    ], within: .seconds(90))
                #expect(result.isSuccess, "\(result.summary)\n\(Stage.logTail(proxy))")
            }
        }
    }
}
