import Foundation
import LocalCluster

/// What the demo does, in order, and whether each thing that it says is true.
final class DemoScene {
    private let screen: DemoScreen
    private let loadSeconds: Int
    private var allTrue = true
    private var proxy: ProxyProcess?
    private var load: DemoLoad?
    private var curtain: DemoCurtain?
    /// TPC-B transactions that pgbench reported: each leaves one row in pgbench_history.
    private var writesDone = 0

    init(screen: DemoScreen, loadSeconds: Int) {
        self.screen = screen
        self.loadSeconds = loadSeconds
    }

    /// Plays everything and returns whether all that was claimed is true.
    func play(_ curtain: DemoCurtain) throws -> Bool {
        self.curtain = curtain
        screen.line("Starting PostgreSQL: a primary and two standbys ...")
        var options = LocalClusterOptions()
        options.databases = [DemoLoad.database]
        let cluster = try LocalCluster.create(standbys: 2, options: options)
        curtain.guardCluster(cluster)

        screen.line("Starting Trunkline before them ...")
        var configuration = ProxyConfiguration()
        configuration.extraLines = [
            "failover_builtin_promotion = on", "auto_failback = on",
            "auto_failback_interval = 1s", "health_check_period = 1s",
            "health_check_timeout = 1s",
        ]
        let proxy = try ProxyProcess(
            before: cluster, configuration: configuration, binary: try OwnProgram.path())
        let load = DemoLoad(installation: cluster.installation, port: proxy.port)
        self.proxy = proxy
        self.load = load

        screen.line("Loading pgbench's tables through it ...")
        let loaded = try load.initialize(scale: 5)
        guard loaded.isSuccess else {
            throw LocalClusterError(.statementFailed, "pgbench -i: \(loaded.summary)\n\(proxy.log)")
        }
        try cluster.waitForReplication()

        try spreadReads(cluster, proxy, load)
        try killStandby(cluster, proxy, load)
        try goOn(proxy, load)
        try returnStandby(cluster, proxy)
        try killPrimary(cluster, proxy, load)
        try returnPrimary(cluster, proxy, load)
        try checkBooks(cluster, load)
        return allTrue
    }

    /// Leaves the cluster to the visitor; ends with the process.
    func stayOpen() {
        guard let proxy, let load else { return }
        curtain?.expectGoodbye()
        screen.line("\nIt is yours now. Try, in another terminal:\n\n    \(load.psqlLine)\n")
        screen.line("Ctrl-C ends the demo and removes everything.\n")
        screen.watch(proxy) { !proxy.isRunning }
    }

    /// Reads go to all nodes, writes to the primary.
    private func spreadReads(
        _ cluster: LocalCluster, _ proxy: ProxyProcess, _ load: DemoLoad
    ) throws {
        screen.line("\n8 clients read and 2 write through Trunkline:")
        let before = try cluster.nodes.map(accountReads)
        let seconds = max(loadSeconds * 2 / 5, 4)
        let reading = try load.read(clients: 8, seconds: seconds)
        let writing = try load.write(clients: 2, seconds: seconds)
        screen.watch(proxy) { !reading.isRunning && !writing.isRunning }
        let reads = DemoLoadResult(reading.finish())
        let writes = DemoLoadResult(writing.finish())
        writesDone += writes.transactions
        claim(
            "\(reads.transactions) reads and \(writes.transactions) writing transactions, none failed",
            reads.isClean && writes.isClean && reads.transactions > 0 && writes.transactions > 0,
            otherwise: reads.messages + writes.messages)

        // A server writes its counters when a connection has been quiet for a while: up to 10 s.
        var perNode: [Int] = []
        _ = try Deadline.after(.seconds(12)).poll {
            perNode = try zip(cluster.nodes, before).map { try accountReads($0) - $1 }
            return perNode.reduce(0, +) >= reads.transactions
        }
        let share = max(reads.transactions / 20, 1)
        claim(
            "the servers themselves counted the reads: "
                + perNode.enumerated().map { "node\($0) \($1)" }.joined(separator: ", "),
            perNode.count { $0 >= share } >= 2, otherwise: "fewer than two nodes took part")
    }

    /// A standby dies while clients are connected through the proxy.
    private func killStandby(
        _ cluster: LocalCluster, _ proxy: ProxyProcess, _ load: DemoLoad
    ) throws {
        guard let victim = cluster.nodes.last else { return }
        let seconds = max(loadSeconds * 2 / 5, 6)
        screen.line(
            "\n\(victim.name) is killed while 12 sessions wait between two statements, and 8 read:")
        let waiting = try DemoWaitingSessions(count: 12, load: load, folder: cluster.folder)
        let reading = try load.read(clients: 8, seconds: seconds, rate: 80)
        let killTime = Deadline.after(.seconds(2))
        screen.watch(proxy) { killTime.hasPassed }
        let connectionsOnVictim =
            try proxy.status().nodes.first { $0.id == victim.index }?.serverConnections ?? 0
        victim.kill()
        screen.line("  *** kill -9 \(victim.name) ***")
        screen.watch(proxy) { !reading.isRunning }

        let (carriedOn, sessions) = waiting.goOn()
        claim(
            "\(carriedOn) of \(sessions) waiting sessions carried on without noticing",
            carriedOn == sessions && sessions > 0, otherwise: waiting.messages)
        let during = DemoLoadResult(reading.finish())
        let noticed = during.abortedClients + during.failed
        claim(
            "pgbench during the kill: \(during.transactions) reads; "
                + (noticed == 0
                    ? "no client noticed"
                    : "\(noticed) of 8 clients were waiting for \(victim.name)'s answer and got an error"),
            during.transactions > 0 && noticed <= connectionsOnVictim
                && (during.isClean || noticed > 0),
            otherwise: during.messages)
        let state = try proxy.status().nodes.first { $0.id == victim.index }?.state
        claim("\(victim.name) is shown as \(state ?? "missing")", state == "down", otherwise: "")
    }

    /// Life after the standby's death.
    private func goOn(_ proxy: ProxyProcess, _ load: DemoLoad) throws {
        screen.line("\nNew sessions, with two nodes left:")
        let seconds = max(loadSeconds / 5, 3)
        let reading = try load.read(clients: 8, seconds: seconds)
        let writing = try load.write(clients: 2, seconds: seconds)
        screen.watch(proxy) { !reading.isRunning && !writing.isRunning }
        let reads = DemoLoadResult(reading.finish())
        let writes = DemoLoadResult(writing.finish())
        writesDone += writes.transactions
        claim(
            "\(reads.transactions) reads and \(writes.transactions) writing transactions, none failed",
            reads.isClean && writes.isClean && reads.transactions > 0 && writes.transactions > 0,
            otherwise: reads.messages + writes.messages)
    }

    /// The dead standby starts again, and the proxy takes it back by itself (`auto_failback`).
    private func returnStandby(_ cluster: LocalCluster, _ proxy: ProxyProcess) throws {
        guard let victim = cluster.standbys.first(where: { !$0.isRunning }) else { return }
        screen.line("\n\(victim.name) is started again:")
        try victim.start()
        claim(
            "\(victim.name) is up", waitUntilAllUp(proxy), otherwise: String(proxy.log.suffix(2000))
        )
    }

    private func waitUntilAllUp(_ proxy: ProxyProcess) -> Bool {
        let limit = Deadline.after(.seconds(30))
        var isComplete = false
        screen.watch(proxy) {
            isComplete = (try? proxy.status())?.nodes.allSatisfy { $0.state == "up" } ?? false
            return isComplete || limit.hasPassed
        }
        return isComplete
    }

    /// The primary dies while sessions that have read wait.
    private func killPrimary(
        _ cluster: LocalCluster, _ proxy: ProxyProcess, _ load: DemoLoad
    ) throws {
        let old = cluster.primary
        screen.line("\nThe primary, \(old.name), is killed while 12 sessions wait, and 8 read:")
        let waiting = try DemoWaitingSessions(count: 12, load: load, folder: cluster.folder)
        let reading = try load.read(clients: 8, seconds: max(loadSeconds / 5, 4), rate: 80)
        let killTime = Deadline.after(.seconds(1))
        screen.watch(proxy) { killTime.hasPassed }
        old.kill()
        screen.line("  *** kill -9 \(old.name) ***")
        let killed = ContinuousClock.now
        // Waits until there is a primary again, as any client's statement does.
        let write = try load.psql("create table after_failover as select 1 as one;")
        let took = ContinuousClock.now - killed
        claim(
            "the next write was done \(Self.seconds(took)) after the kill, with a new session",
            write.isSuccess, otherwise: write.summary)
        screen.watch(proxy) { !reading.isRunning }
        let (carriedOn, sessions) = waiting.goOn()
        claim(
            "\(carriedOn) of \(sessions) waiting sessions carried on without noticing",
            carriedOn == sessions && sessions > 0, otherwise: waiting.messages)
        let nodes = try proxy.status().nodes
        let new = nodes.first { $0.role == "primary" && $0.state == "up" }
        claim(
            "node\(new?.id ?? -1) is the primary now, \(old.name) is shown as "
                + "\(nodes.first { $0.id == old.index }?.state ?? "missing")",
            new != nil && new?.id != old.index, otherwise: proxy.log)
        let during = DemoLoadResult(reading.finish())
        claim(
            "pgbench during the failover: \(during.transactions) reads, "
                + "\(during.abortedClients + during.failed) of 8 clients got an error",
            during.transactions > 0, otherwise: during.messages)
    }

    /// The old primary comes back as a standby, and the proxy takes it back by itself.
    private func returnPrimary(
        _ cluster: LocalCluster, _ proxy: ProxyProcess, _ load: DemoLoad
    ) throws {
        guard let id = try proxy.status().nodes.first(where: { $0.role == "primary" })?.id,
            let primary = cluster.nodes.first(where: { $0.index == id })
        else { return claim("there is a primary", false, otherwise: proxy.log) }
        let old = cluster.primary
        screen.line("\n\(old.name) is rewound (pg_rewind) and started as a standby:")
        try old.rewind(following: primary)
        try old.start()
        claim(
            "all nodes are up, \(primary.name) is the primary", waitUntilAllUp(proxy),
            otherwise: String(proxy.log.suffix(2000)))
        let writing = try load.write(clients: 2, seconds: 3)
        screen.watch(proxy) { !writing.isRunning }
        let writes = DemoLoadResult(writing.finish())
        writesDone += writes.transactions
        claim(
            "\(writes.transactions) writing transactions, none failed", writes.isClean,
            otherwise: writes.messages)
    }

    private static func seconds(_ duration: Duration) -> String {
        let parts = duration.components
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        return "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst()) s"
    }

    /// The sums that pgbench's transactions keep equal, and where the writes went.
    private func checkBooks(_ cluster: LocalCluster, _ load: DemoLoad) throws {
        let answer = try load.psql(
            """
            begin; select (select sum(abalance) from pgbench_accounts),
              (select sum(bbalance) from pgbench_branches),
              (select sum(tbalance) from pgbench_tellers),
              (select sum(delta) from pgbench_history), (select count(*) from pgbench_history);
            commit;
            """)
        let sums =
            answer.output.split(whereSeparator: \.isWhitespace).first?
            .split(separator: "|").map(String.init) ?? []
        claim(
            "accounts, branches, tellers and history agree on the sum: \(sums.first ?? "?")",
            sums.count == 5 && Set(sums.prefix(4)).count == 1, otherwise: answer.summary)
        claim(
            "all \(writesDone) writing transactions are in the history, each once",
            sums.last == "\(writesDone)", otherwise: "history has \(sums.last ?? "?") rows")
        let misled = cluster.standbys.filter { $0.log.contains("in a read-only transaction") }
        claim(
            "no standby was ever asked to write", misled.isEmpty,
            otherwise: misled.map(\.name).joined(separator: ", "))
    }

    /// Index reads of the accounts, as the node's own statistics count them.
    private func accountReads(_ node: ClusterNode) throws -> Int {
        let text = try node.value(
            "select idx_scan from pg_stat_user_tables where relname = 'pgbench_accounts'",
            database: DemoLoad.database)
        return Int(text) ?? 0
    }

    private func claim(_ text: String, _ isTrue: Bool, otherwise reason: String) {
        screen.line((isTrue ? "  [ok] " : "  [FALSE] ") + text)
        if !isTrue {
            allTrue = false
            for line in reason.split(separator: "\n").prefix(5) { screen.line("        \(line)") }
        }
    }
}
