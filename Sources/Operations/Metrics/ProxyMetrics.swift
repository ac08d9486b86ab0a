/// What a running proxy counts and measures, at one moment: what ``MetricsText`` renders.
package struct ProxyMetrics: Sendable {
    package struct Node: Sendable {
        package var id: Int
        package var host = ""
        package var port = 0
        /// `primary`, `standby` or `unknown`.
        package var role = "unknown"
        /// `up`, `down` or `waiting`.
        package var status = "waiting"
        /// Why it is out; empty if it is not, or nobody decided that.
        package var reason = ""
        package var isPrimary = false
        package var weight = 0.0
        package var isDelayed = false
        package var lagBytes: Int64?
        package var lagMicroseconds: Int64?
        package var leased = 0
        package var idle = 0
        /// Sessions that wait for a connection, now and ever.
        package var waiting = 0
        package var waits: UInt64 = 0
        package var reads: UInt64 = 0
        package var writes: UInt64 = 0
        package var statements: [(kind: String, count: UInt64)] = []
        package var errors: [(severity: String, count: UInt64)] = []
        package var readTimes = LatencyTotals()
        package var writeTimes = LatencyTotals()

        package init(id: Int) { self.id = id }
    }

    /// Clients by what they do.
    package struct Sessions: Sendable, Equatable, Codable {
        package var connecting = 0
        package var idle = 0
        package var idleInTransaction = 0
        package var executing = 0

        package init() {}

        package mutating func add(_ other: Sessions) {
            connecting += other.connecting
            idle += other.idle
            idleInTransaction += other.idleInTransaction
            executing += other.executing
        }
    }

    package var version = ""
    /// In seconds since 1970.
    package var startedAt: Int64 = 0
    package var isReady = false
    package var isDraining = false
    package var usage = ProcessUsage()
    package var clients = 0
    package var sessions = Sessions()
    package var permits = 0
    package var permitsMax = 0
    package var waiting = 0
    package var waits: UInt64 = 0
    package var refusals: UInt64 = 0
    package var descriptorRefusals: UInt64 = 0
    package var serversPerNodeMax = 0
    package var nodes: [Node] = []
    package var decisions: [(reason: String, count: UInt64)] = []
    package var repeatedReads = 0
    package var cancels = 0
    package var epoch: UInt64 = 0
    package var changes = PrimaryChangeCounts()

    package init() {}
}

extension ProxyMetrics {
    /// What a scraper gets.
    package func prometheusText() -> String {
        var text = MetricsText()
        tellProxy(&text)
        tellClients(&text)
        tellPool(&text)
        tellTraffic(&text)
        tellNodes(&text)
        tellChanges(&text)
        return text.text
    }

    private func tellProxy(_ text: inout MetricsText) {
        text.begin(.build)
        text.sample([version], 1)
        text.only(.start, startedAt)
        text.only(.ready, isReady)
        text.only(.draining, isDraining)
        text.only(.cpu, Double(usage.cpuMicroseconds) / 1_000_000)
        text.only(.memory, usage.residentBytes)
        text.only(.descriptors, usage.descriptors)
        text.only(.descriptorsMax, usage.descriptorsMax)
    }

    private func tellClients(_ text: inout MetricsText) {
        text.only(.clients, clients)
        text.begin(.sessions)
        text.sample(["connecting"], sessions.connecting)
        text.sample(["idle"], sessions.idle)
        text.sample(["idle_in_transaction"], sessions.idleInTransaction)
        text.sample(["executing"], sessions.executing)
        text.only(.permits, permits)
        text.only(.permitsMax, permitsMax)
        text.only(.waiting, waiting)
        text.only(.waits, waits)
        text.only(.refusals, refusals)
        text.only(.shortages, descriptorRefusals)
    }

    private func tellPool(_ text: inout MetricsText) {
        text.begin(.servers)
        for node in nodes {
            text.sample([String(node.id), "leased"], node.leased)
            text.sample([String(node.id), "idle"], node.idle)
        }
        tell(.serversMax, &text) { _ in serversPerNodeMax }
        tell(.serverWaiting, &text) { $0.waiting }
        tell(.serverWaits, &text) { $0.waits }
    }

    private func tellTraffic(_ text: inout MetricsText) {
        text.begin(.requests)
        for node in nodes {
            text.sample([String(node.id), "read"], node.reads)
            text.sample([String(node.id), "write"], node.writes)
        }
        text.begin(.statements)
        for node in nodes {
            for (kind, count) in node.statements { text.sample([String(node.id), kind], count) }
        }
        text.begin(.duration)
        for node in nodes {
            text.sample([String(node.id), "read"], node.readTimes)
            text.sample([String(node.id), "write"], node.writeTimes)
        }
        text.begin(.errors)
        for node in nodes {
            for (severity, count) in node.errors {
                text.sample([String(node.id), severity], count)
            }
        }
        text.begin(.decisions)
        for (reason, count) in decisions { text.sample([reason], count) }
        text.only(.repeatedReads, repeatedReads)
        text.only(.cancels, cancels)
    }

    private func tellNodes(_ text: inout MetricsText) {
        tell(.nodeUp, &text) { $0.status == "up" }
        tell(.nodePrimary, &text) { $0.isPrimary }
        text.begin(.nodeInfo)
        for node in nodes {
            text.sample(
                [
                    String(node.id), node.host, String(node.port), node.role, node.status,
                    node.reason,
                ], 1)
        }
        tell(.nodeWeight, &text) { $0.weight }
        tell(.nodeDelayed, &text) { $0.isDelayed }
        tell(.lagBytes, &text) { $0.lagBytes }
        tell(.lagSeconds, &text) { node in
            node.lagMicroseconds.map { Double($0) / 1_000_000 }
        }
        text.only(.epoch, epoch)
    }

    private func tellChanges(_ text: inout MetricsText) {
        text.begin(.changes)
        for kind in PrimaryChangeKind.allCases {
            text.sample([kind.rawValue, "done"], changes[kind].done)
            text.sample([kind.rawValue, "failed"], changes[kind].failed)
        }
        text.begin(.changedAt)
        for kind in PrimaryChangeKind.allCases {
            if let last = changes[kind].last { text.sample([kind.rawValue], last.at) }
        }
        text.begin(.changeDuration)
        for kind in PrimaryChangeKind.allCases {
            if let last = changes[kind].last {
                text.sample([kind.rawValue], Double(last.milliseconds) / 1000)
            }
        }
    }

    /// One sample for each node that has one.
    private func tell<Number: MetricNumber>(
        _ metric: Metric, _ text: inout MetricsText, _ value: (Node) -> Number?
    ) {
        text.begin(metric)
        for node in nodes {
            if let value = value(node) { text.sample([String(node.id)], value) }
        }
    }
}
