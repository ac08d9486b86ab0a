import SQLSyntax
import TestSupport
import Testing

@Suite struct PoolerCommandTests {
    private static func read(
        _ sql: [UInt8], dialect: TextDialect = .standard
    ) -> PoolerCommand? {
        PoolerCommand(sql.span, dialect: dialect)
    }

    private static func read(_ sql: String) -> PoolerCommand? { read(Array(sql.utf8)) }

    private static func mayBegin(_ sql: String) -> Bool {
        PoolerCommand.mayBegin(Array(sql.utf8).span)
    }

    private static func readMessage(_ sql: String) -> PoolerCommand.Reading {
        PoolerCommand.read(message: Array(sql.utf8).span)
    }

    private static let commands: [(String, PoolerCommand)] = [
        ("SHOW pool_status", .report(.status)), ("show POOL_NODES;", .report(.nodes)),
        ("/* a */ Show -- b\n pool_processes ; ;", .report(.processes)),
        (";\n\tshow pool_pools", .report(.pools)), ("show \"pool_nodes\"", .report(.nodes)),
        ("show pool_version", .report(.version)),
        ("show pool_cache", .report(.cache)),
        ("show pool_health_check_stats", .report(.healthCheckStats)),
        ("show pool_backend_stats", .report(.backendStats)),
        ("PGPOOL SHOW ALL", .showAll), ("pgpool show Port", .show("port")),
        ("pgpool show \"Port\"", .show("Port")), ("pgpool show \"all\"", .show("all")),
        ("pgpool show a . b", .show("a.b")), ("PGPOOL RESET ALL", .resetAll),
        ("PGPOOL RESET log_statement;", .reset("log_statement")),
        ("PGPOOL SET log_statement TO on", .set("log_statement", "on")),
        ("PGPOOL SET log_statement=OFF", .set("log_statement", "off")),
        ("PGPOOL SET client_idle_limit = -1", .set("client_idle_limit", "-1")),
        ("PGPOOL SET client_idle_limit =-1.5", .set("client_idle_limit", "-1.5")),
        ("PGPOOL SET client_idle_limit TO '5min'", .set("client_idle_limit", "5min")),
        ("PGPOOL SET x TO a, 'B''c', \"D\"\"e\", 1", .set("x", "a, B'c, D\"e, 1")),
        ("PGPOOL SET log_statement TO DEFAULT", .set("log_statement", nil)),
        ("PGPOOL SET x TO 'default'", .set("x", "default")),
        ("PGPOOL SET x TO E'a\\tb\\'\\x41\\101'", .set("x", "a\tb'AA")),
        ("PGPOOL SET x TO 'a'  \n -- c\n 'b'", .set("x", "ab")),
        ("PGPOOL SET x TO U&'\\0061'", .set("x", "a")),
        ("PGPOOL SET x TO E'\\u0041'", .set("x", "A")),
        ("PGPOOL SET cache TO 1", .set("cache", "1")),
        (
            "PGPOOL SET CACHE DELETE 'SELECT ''a'';'",
            .deleteCached(Array("SELECT 'a';".utf8))
        ),
        ("pgpool set cache delete $x$a'$x$", .deleteCached(Array("a'".utf8))),
    ]

    @Test("what the proxy answers is told in any spelling", arguments: commands)
    func recognised(sql: String, expected: PoolerCommand) {
        #expect(Self.read(sql) == expected)
        #expect(Self.mayBegin(sql))
    }

    @Test(
        "everything else is for a server",
        arguments: [
            "", ";", "-- show pool_nodes", "/* show pool_nodes", "select 1", "show pool_xyz",
            "show \"POOL_NODES\"", "show all", "show pool_nodes x", "show pool_nodes.x",
            "(show pool_nodes)", "show", "shows pool_nodes", "pgpool", "pgpool foo",
            "pgpool show", "pgpool show 'port'", "pgpool show port x", "pgpool set x",
            "pgpool set x to", "pgpool set x to a,", "pgpool set x to - a", "pgpool set x to 5min",
            "pgpool set x to U&'a' uescape '!'", "pgpool set x == 1",
            "pgpool set cache delete", "pgpool set cache delete x", "pgpool reset",
            "pgpool set x to default, a", "pgpool show U&\"port\"", "pgpool set x to 'a",
            "explain show pool_nodes", "pgpool set a. to 1", "pgpoolx show port",
        ])
    func forwarded(sql: String) {
        #expect(Self.read(sql) == nil)
    }

    @Test("a message is for the proxy, for a server, or for both")
    func messages() {
        let read = Self.readMessage
        #expect(read("select 1; select 2") == .none)
        #expect(read(" -- nothing\n;") == .none)
        #expect(read("show pool_nodes") == .commands([.report(.nodes)]))
        #expect(
            read("show pool_nodes;; pgpool show all; ")
                == .commands([.report(.nodes), .showAll]))
        #expect(read("show pool_nodes; select 1") == .mixed)
        #expect(read("select 1; show pool_nodes") == .mixed)
        #expect(read("select 'show pool_nodes'; show pool_xyz") == .none)
    }

    @Test("text in an encoding that hides ASCII is read where it is ASCII")
    func hiddenASCII() {
        let dialect = TextDialect(encoding: .sjis)
        let plain = Array("show pool_nodes".utf8)
        #expect(Self.read(plain, dialect: dialect) == .report(.nodes))
        let other = Array("pgpool set x to '".utf8) + [0x95, 0x5C] + Array("'".utf8)
        #expect(Self.read(other, dialect: dialect) == nil)
    }

    @Test("a plain string of the old kind has escapes")
    func escapes() {
        let dialect = TextDialect(standardConformingStrings: false)
        let sql = Array("pgpool set x to 'a\\'b\\\\'".utf8)
        #expect(Self.read(sql, dialect: dialect) == .set("x", "a'b\\"))
    }

    @Test("any bytes give an answer, and what is read is read from its own spelling")
    func anyBytes() {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "show", "pgpool", "set", "reset", "all", "cache", "delete", "pool_nodes", "x", " ",
            "\n", ";", "=", "to", ",", "'", "\"", "\\", "$", "$a$", "--", "/*", "*/", "-", "1",
            "E'", "U&'", "\u{0}", ".", "default", "\\x4", "\\77",
        ]
        for _ in 0..<20_000 {
            var sql = ""
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                sql += pieces.randomElement(using: &random) ?? ""
                if Bool.random(using: &random) { sql += " " }
            }
            if Self.read(sql) != nil {
                #expect(Self.mayBegin(sql), "\(sql)")
                #expect(Self.readMessage(sql) != .none, "\(sql)")
            }
        }
    }
}
