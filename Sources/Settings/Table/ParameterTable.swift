/// The one table of parameters, by group.
public enum ParameterTable {
    /// A chapter of the manual and of the sample file.
    public struct Group: Sendable {
        /// Heading of the chapter.
        public let title: String
        /// Its rows, in the order in which they are shown.
        public let rows: [Parameter]
    }

    /// All groups, in the order of the manual.
    public static let groups: [Group] = [
        Group(title: "Backends", rows: backend),
        Group(title: "Connections", rows: connections),
        Group(title: "Authentication", rows: authentication),
        Group(title: "TLS", rows: tls),
        Group(title: "Pool", rows: pool),
        Group(title: "Logging", rows: logging),
        Group(title: "Load balancing", rows: loadBalancing),
        Group(title: "Streaming replication", rows: streamingReplication),
        Group(title: "Replication", rows: replication),
        Group(title: "Health check", rows: healthCheck),
        Group(title: "Failover", rows: failover),
        Group(title: "Online recovery", rows: onlineRecovery),
        Group(title: "Watchdog", rows: watchdog),
        Group(title: "Query cache", rows: queryCache),
        Group(title: "Relation cache", rows: relationCache),
        Group(title: "Files", rows: miscellaneous),
        Group(title: "Trunkline", rows: trunkline),
        Group(title: "Trunkline: failover", rows: trunklineFailover),
        Group(title: "Trunkline: recovery", rows: trunklineRecovery),
    ]

    /// Every row.
    public static let all: [Parameter] = groups.flatMap(\.rows)

    /// The row of a name without a node's number.
    public static func row(named name: String) -> Parameter? {
        positions[name].map { all[$0] }
    }

    private static let positions = Dictionary(
        all.enumerated().map { ($0.element.name, $0.offset) },
        uniquingKeysWith: { first, _ in first })

    /// Rows with a node's number, longest name first: `health_check_timeout` must not be taken
    /// for a shorter name with something behind it.
    static let numbered: [Parameter] =
        all
        .filter { $0.suffix != .none }
        .sorted { ($0.name.utf8.count, $1.name) > ($1.name.utf8.count, $0.name) }
}
