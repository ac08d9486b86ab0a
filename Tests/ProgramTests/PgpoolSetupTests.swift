import LocalCluster
import Testing
import trunkline

@Suite struct PgpoolSetupRequestTests {
    /// What a line of options, and variables, change in the defaults.
    struct Row: Sendable, CustomTestStringConvertible {
        var words: String
        var environment: [String: String] = [:]
        var change: @Sendable (inout PgpoolSetupOptions) -> Void

        var testDescription: String { "\(words) \(environment)" }
    }

    private func parse(_ words: String, _ environment: [String: String] = [:]) -> PgpoolSetupRequest
    {
        PgpoolSetupRequest(
            ["./pgpool_setup"] + words.split(separator: " ").map(String.init),
            environment: environment)
    }

    private static let rows = [
        Row(words: "") { _ in },
        Row(words: "-m s") { _ in },
        Row(words: "-m n") { $0.mode = .raw },
        Row(words: "-n 4") { $0.nodeCount = 4 },
        Row(words: "-p 50000") { $0.basePort = 50_000 },
        Row(words: "-pg 51000") { $0.serverPort = 51_000 },
        Row(words: "--no-stop") { $0.staysRunning = true },
        // Pgpool-II's own program swallows the word after it.
        Row(words: "--no-stop -s") {
            $0.staysRunning = true
            $0.usesSlots = true
        },
        Row(words: "-d") { $0.isDebug = true },
        Row(words: "-s") { $0.usesSlots = true },
        Row(words: "-r") { $0.usesRewind = true },
        Row(words: "-e") { $0.makesServers = false },
        Row(words: "-t") { $0.enablesTest = true },
        Row(words: "", environment: ["USE_REPLICATION_SLOT": "true"]) { $0.usesSlots = true },
        Row(words: "", environment: ["USE_REPLICATION_SLOT": "false"]) { _ in },
        Row(words: "", environment: ["USE_PG_REWIND": "true"]) { $0.usesRewind = true },
        Row(words: "", environment: ["ENABLE_TEST": "true"]) { $0.enablesTest = true },
        Row(words: "", environment: ["CHECK_TIME_WAIT": "true"]) { $0.waitsForTimeWait = true },
        Row(words: "", environment: ["NUMCLUSTERS": "3"]) { $0.nodeCount = 3 },
        Row(words: "-n 2", environment: ["NUMCLUSTERS": "3"]) { _ in },
        Row(words: "", environment: ["BASEPORT": "20000"]) { $0.basePort = 20_000 },
        Row(words: "", environment: ["PGPOOL_INSTALL_DIR": "/opt/p"]) {
            $0.installFolder = "/opt/p"
        },
        Row(words: "", environment: ["PGPOOLDIR": "/opt/p/etc"]) { $0.sampleFolder = "/opt/p/etc" },
        Row(words: "", environment: ["PGBIN": "/pg/bin"]) { $0.programs = "/pg/bin" },
        Row(words: "", environment: ["PGBIN": ""]) { _ in },
        Row(words: "", environment: ["PGLIB": "/pg/lib"]) { $0.libraries = "/pg/lib" },
        Row(words: "", environment: ["PGSOCKET_DIR": "/run/pg"]) { $0.socketFolder = "/run/pg" },
        Row(words: "", environment: ["INITDBARG": "--locale=C -k"]) {
            $0.initdbArguments = ["--locale=C", "-k"]
        },
    ]

    @Test("every option and variable has its effect", arguments: rows)
    func options(row: Row) {
        var expected = PgpoolSetupOptions()
        row.change(&expected)
        #expect(parse(row.words, row.environment) == .setUp(expected))
    }

    @Test(
        "anything else is answered with the usage",
        arguments: ["--help", "-o", "-x", "now", "-m", "-m x", "-n", "-p", "-pg", "-s extra"])
    func usage(words: String) {
        #expect(parse(words) == .usage)
        #expect(
            PgpoolSetupRequest.usage(program: "./pgpool_setup").hasPrefix(
                "usage: ./pgpool_setup [-m"))
    }

    @Test(
        "what cannot be is refused, with the reason",
        arguments: [
            ("-m r", "native replication mode (-m r) is not supported"),
            ("-m i", "snapshot isolation mode (-m i) is not supported"),
            ("-m l", "logical replication mode (-m l) is not supported"),
            ("-m y", "slony mode (-m y) is not supported"),
            ("-c", "packages must be installed"), ("-n 0", "-n 0: a number from 1 to 64"),
            ("-n two", "-n two: a number"), ("-p 0", "-p 0: a number from 1 to 65535"),
            ("-p 65535", "do not end before 65536"), ("-pg 65535", "do not end before 65536"),
        ])
    func refused(words: String, reason: String) {
        guard case .refused(let text) = parse(words) else {
            Issue.record("\(words) is not refused")
            return
        }
        #expect(text.contains(reason))
    }

    @Test("a variable that makes no sense is named")
    func variables() {
        #expect(
            parse("", ["BASEPORT": "many"])
                == .refused("BASEPORT=many is no number that -p could have"))
        #expect(parse("-c", ["TEST_SAMPLES": "true"]) == parse("", ["TEST_SAMPLES": "true"]))
    }

    @Test("servers follow the base port unless they have their own")
    func ports() {
        var options = PgpoolSetupOptions()
        #expect(options.firstServerPort == 11_002)
        options.basePort = 50_000
        #expect(options.firstServerPort == 50_002)
        options.serverPort = 51_000
        #expect(options.firstServerPort == 51_000)
    }
}

@Suite struct PgpoolSetupScriptsTests {
    private func scripts(
        _ change: (inout PgpoolSetupOptions) -> Void = { _ in }, account: [String] = []
    ) -> PgpoolSetupScripts {
        var options = PgpoolSetupOptions()
        change(&options)
        var plan = ClusterPlan()
        plan.nodeCount = options.nodeCount
        plan.proxyPort = 11_000
        plan.pcpPort = 11_001
        plan.firstPort = 11_002
        plan.namePrefix = "server"
        plan.superuser = "tester"
        plan.hasServers = options.makesServers
        return PgpoolSetupScripts(
            folder: "/rig", plan: plan, options: options, installFolder: "/opt/p",
            programs: "/pg/bin", asServerAccount: account)
    }

    @Test("startall starts each server and then pgpool, in words that rigs know")
    func start() {
        #expect(
            scripts().startAll == """
                #!/bin/sh
                # Written by pgpool_setup.
                dir=$(cd "$(dirname "$0")" && pwd)
                PGPOOL_INSTALL_DIR=/opt/p
                /pg/bin/pg_ctl -w -D $dir/data0 -l $dir/log/server0.log start
                /pg/bin/pg_ctl -w -D $dir/data1 -l $dir/log/server1.log start
                $PGPOOL_INSTALL_DIR/bin/pgpool -D -n -f $dir/etc/pgpool.conf -F $dir/etc/pcp.conf \
                -a $dir/etc/pool_hba.conf 2>&1 | cat > $dir/log/pgpool.log &

                """)
        #expect(scripts { $0.isDebug = true }.startAll.contains("/bin/pgpool -d -D -n"))
        #expect(!scripts { $0.makesServers = false }.startAll.contains("pg_ctl"))
        #expect(
            scripts { $0.libraries = "/pg/lib" }.startAll
                .contains("export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/pg/lib\n"))
    }

    @Test("made by root, servers and pgpool run under the servers' account")
    func account() {
        let lines = scripts(account: ["setpriv", "--"]).startAll.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("setpriv -- ") } == 3)
    }

    @Test("shutdownall stops pgpool first and waits for it")
    func stop() {
        let text = scripts { $0.waitsForTimeWait = true }.shutdownAll
        #expect(
            text.hasSuffix(
                """
                $PGPOOL_INSTALL_DIR/bin/pgpool -f $dir/etc/pgpool.conf -m f stop &&
                    while [ -f $dir/run/pgpool.pid ]; do sleep 1; done
                while netstat -a | grep 11000; do sleep 1; done
                /pg/bin/pg_ctl -D $dir/data0 -m f stop
                /pg/bin/pg_ctl -D $dir/data1 -m f stop

                """))
        #expect(!scripts().shutdownAll.contains("netstat"))
        #expect(
            scripts().reload.hasSuffix("/bin/pgpool -f $dir/etc/pgpool.conf reload\n"))
    }

    @Test("the ports are listed for people and for shells")
    func ports() {
        let scripts = scripts { $0.staysRunning = true }
        #expect(
            scripts.portList == """
                #1 port is 11002
                #2 port is 11003
                pgpool port is 11000
                pcp port is 11001

                """)
        #expect(
            scripts.portVariables == """
                export PGPOOL_PORT=11000
                export PCP_PORT=11001
                export PCPPASSFILE=/rig/pcppass

                """)
        #expect(
            scripts.ending.contains("pgpool-II setting for streaming replication mode is done."))
        #expect(scripts.ending.contains("To shutdown the whole system, use /rig/shutdownall."))
        #expect(scripts.ending.hasSuffix("CAUTION: whole system is still running.\n"))
    }
}
