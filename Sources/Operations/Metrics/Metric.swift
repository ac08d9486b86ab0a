/// One row of the table of metrics: what scrapers are told and what the manual says.
package struct Metric: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// With `trunkline_` and the unit, as Prometheus wants it.
    package let name: String
    package let kind: Kind
    package let labels: [String]
    /// One sentence.
    package let help: String

    init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }
}

extension Metric {
    // The proxy.
    static let build = Metric(
        "trunkline_build_info", .gauge, labels: ["version"],
        "Always 1; the label tells the version.")
    static let start = Metric(
        "trunkline_start_time_seconds", .gauge, "When the proxy started, in seconds since 1970.")
    static let ready = Metric(
        "trunkline_ready", .gauge, "1 while clients can be served, as /readyz says.")
    static let draining = Metric(
        "trunkline_draining", .gauge, "1 while the proxy shuts down and waits for clients.")
    static let cpu = Metric(
        "trunkline_cpu_seconds_total", .counter, "Processor time of the proxy, user and system.")
    static let memory = Metric(
        "trunkline_resident_memory_bytes", .gauge, "Resident memory of the proxy.")
    static let descriptors = Metric(
        "trunkline_open_descriptors", .gauge, "Open file descriptors of the proxy.")
    static let descriptorsMax = Metric(
        "trunkline_open_descriptors_max", .gauge, "How many there may be.")

    // Clients.
    static let clients = Metric(
        "trunkline_clients", .gauge, "Connected clients, from accept to close.")
    static let sessions = Metric(
        "trunkline_sessions", .gauge, labels: ["state"],
        "Clients by what they do: connecting, idle, idle_in_transaction or executing.")
    static let permits = Metric(
        "trunkline_session_permits_used", .gauge, "Sessions that num_init_children counts.")
    static let permitsMax = Metric(
        "trunkline_session_permits_max", .gauge, "num_init_children.")
    static let waiting = Metric(
        "trunkline_sessions_waiting", .gauge, "Clients that wait for a session.")
    static let waits = Metric(
        "trunkline_session_waits_total", .counter, "Clients that had to wait for a session.")
    static let refusals = Metric(
        "trunkline_sessions_refused_total", .counter,
        "Clients that were refused because all sessions were taken.")
    static let shortages = Metric(
        "trunkline_descriptor_refusals_total", .counter,
        "Clients and server connections that were refused for want of a file descriptor.")

    // The pool.
    static let servers = Metric(
        "trunkline_server_connections", .gauge, labels: ["node", "state"],
        "Connections to a node: leased to sessions (or opening, or being reset), or idle.")
    static let serversMax = Metric(
        "trunkline_server_connections_max", .gauge, labels: ["node"],
        "Connections that a node may have: num_init_children x max_pool.")
    static let serverWaiting = Metric(
        "trunkline_server_waiting", .gauge, labels: ["node"],
        "Sessions that wait for a connection to a node.")
    static let serverWaits = Metric(
        "trunkline_server_waits_total", .counter, labels: ["node"],
        "Sessions that had to wait for a connection to a node.")

    // Traffic.
    static let requests = Metric(
        "trunkline_requests_total", .counter, labels: ["node", "kind"],
        "Requests sent to a node: read is what read splitting sent there, write all the rest.")
    static let statements = Metric(
        "trunkline_statements_total", .counter, labels: ["node", "kind"],
        "Statements sent to a node: select, insert, update, delete, ddl or other.")
    static let duration = Metric(
        "trunkline_request_duration_seconds", .histogram, labels: ["node", "kind"],
        "Time from the moment that a request leaves for a node to its ReadyForQuery.")
    static let errors = Metric(
        "trunkline_server_errors_total", .counter, labels: ["node", "severity"],
        "Errors that a node answered with: error, fatal or panic.")
    static let decisions = Metric(
        "trunkline_routing_decisions_total", .counter, labels: ["reason"],
        "Requests by the reason that decided where they went.")
    static let repeatedReads = Metric(
        "trunkline_repeated_reads_total", .counter,
        "Reads repeated on another node without the client's notice.")
    static let cancels = Metric(
        "trunkline_cancels_total", .counter, "Cancel requests that reached a server.")

    // The cluster.
    static let nodeUp = Metric(
        "trunkline_node_up", .gauge, labels: ["node"], "1 while a node gets work.")
    static let nodePrimary = Metric(
        "trunkline_node_primary", .gauge, labels: ["node"], "1 for the node that takes writes.")
    static let nodeInfo = Metric(
        "trunkline_node_info", .gauge,
        labels: ["node", "host", "port", "role", "status", "reason"],
        "Always 1; the labels tell what a node is, and why it is out if it is.")
    static let nodeWeight = Metric(
        "trunkline_node_weight", .gauge, labels: ["node"], "backend_weight.")
    static let nodeDelayed = Metric(
        "trunkline_node_delayed", .gauge, labels: ["node"],
        "1 while reads avoid a standby because of its delay.")
    static let lagBytes = Metric(
        "trunkline_replication_lag_bytes", .gauge, labels: ["node"],
        "WAL that a standby had not replayed when it was asked last; absent while unknown.")
    static let lagSeconds = Metric(
        "trunkline_replication_lag_seconds", .gauge, labels: ["node"],
        "Time that a standby was behind when it was asked last; absent while unknown.")
    static let epoch = Metric(
        "trunkline_cluster_epoch", .gauge, "Rises with each change of a status, role or weight.")
    static let changes = Metric(
        "trunkline_primary_changes_total", .counter, labels: ["kind", "outcome"],
        "Failovers and switchovers of this process: done or failed.")
    static let changedAt = Metric(
        "trunkline_primary_change_timestamp_seconds", .gauge, labels: ["kind"],
        "When the last one was done, in seconds since 1970; absent before the first.")
    static let changeDuration = Metric(
        "trunkline_primary_change_duration_seconds", .gauge, labels: ["kind"],
        "How long the last one took, from the decision to the new primary; absent before the first."
    )

    /// All, in the order in which they are told.
    package static let all: [Metric] = [
        build, start, ready, draining, cpu, memory, descriptors, descriptorsMax, clients, sessions,
        permits, permitsMax, waiting, waits, refusals, shortages, servers, serversMax,
        serverWaiting, serverWaits, requests, statements, duration, errors, decisions,
        repeatedReads, cancels,
        nodeUp, nodePrimary, nodeInfo, nodeWeight, nodeDelayed, lagBytes, lagSeconds, epoch,
        changes, changedAt, changeDuration,
    ]

    /// The rows of the manual's table.
    package static var manualTable: String {
        let rows = all.map { metric in
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |\n"
        }
        return "| metric | type | labels | meaning |\n|---|---|---|---|\n" + rows.joined()
    }
}
