/// What the configuration says about one PostgreSQL node (`backend_*N` and the per-node
/// `health_check_*N`, `connect_timeoutN`).
public struct BackendSettings: Sendable, Equatable {
    /// Host name, IP address or, beginning with `/`, the directory of a Unix socket.
    public var hostname = ""
    /// Port of the server; 0 = the slot is unused.
    public var port = 0
    /// Share of the reads, relative to the other nodes: see `Settings.normalizedWeights`.
    public var weight = 0.0
    /// Data directory on the server, passed to failover and recovery scripts.
    public var dataDirectory = ""
    /// `application_name` of the node's WAL receiver, by which it is found in
    /// pg_stat_replication.
    public var applicationName = ""
    /// Items `OLD=NEW`: places of tablespaces on the primary and on the node's host.
    public var tablespaceMap: [String] = []
    /// What may happen to the node.
    public var flags = BackendFlags()
    /// Time between health checks; zero = none.
    public var healthCheckPeriod: Duration = .zero
    /// Time after which one health check is abandoned; zero = no limit.
    public var healthCheckTimeout: Duration = .seconds(20)
    /// User of the health check.
    public var healthCheckUser = ""
    /// Password of that user, in any form of pool_passwd; empty = look there.
    public var healthCheckPassword = ""
    /// Database of the health check.
    public var healthCheckDatabase = "postgres"
    /// Further attempts before the node is declared down.
    public var healthCheckMaxRetries = 0
    /// Time between those attempts.
    public var healthCheckRetryDelay: Duration = .seconds(1)
    /// Time allowed for connecting to the server; zero = no limit.
    public var connectTimeout: Duration = .milliseconds(10000)

    /// Whether the slot holds a node at all: node ids may have gaps.
    public var isUsed: Bool { port != 0 }

    /// ``tablespaceMap`` by the places on the primary; nil where an item is none.
    public var tablespacePlaces: [String: String]? {
        var places: [String: String] = [:]
        for item in tablespaceMap {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.hasPrefix("/") && $0.count > 1 }) else {
                return nil
            }
            let (old, new) = (Self.withoutSlashes(parts[0]), Self.withoutSlashes(parts[1]))
            // The same place twice would be a guess.
            guard places.updateValue(new, forKey: old) == nil else { return nil }
        }
        return places
    }

    private static func withoutSlashes(_ path: Substring) -> String {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }

    /// An unused slot with default values.
    public init() {}
}

/// `backend_flagN`: what may happen to a node.
public struct BackendFlags: Sendable, Equatable {
    /// The node is never taken out of service by failover (`DISALLOW_TO_FAILOVER`).
    public var disallowsFailover: Bool
    /// The node is the primary whatever it says about itself (`ALWAYS_PRIMARY`).
    public var isAlwaysPrimary: Bool

    /// The default is `ALLOW_TO_FAILOVER` alone.
    public init(disallowsFailover: Bool = false, isAlwaysPrimary: Bool = false) {
        self.disallowsFailover = disallowsFailover
        self.isAlwaysPrimary = isAlwaysPrimary
    }
}

/// One watchdog node (`hostnameN`, `wd_portN`, `pgpool_portN`).
public struct WatchdogNodeSettings: Sendable, Equatable {
    /// Host name or address of the node.
    public var hostname = "localhost"
    /// Port of its watchdog; 0 = not set.
    public var wdPort = 0
    /// Port its clients use; 0 = not set.
    public var pgpoolPort = 0

    /// An undefined node.
    public init() {}
}

/// One heartbeat channel (`heartbeat_hostnameN`, `heartbeat_portN`, `heartbeat_deviceN`).
public struct HeartbeatSettings: Sendable, Equatable {
    /// Addresses, separated by `;`.
    public var hostname = ""
    /// UDP port; 0 = not set.
    public var port = 0
    /// Network device to use; empty = any.
    public var device = ""

    /// An undefined channel.
    public init() {}
}

extension Settings {
    /// The weights as fractions of their sum, by node id; all 0 if the sum is 0.
    ///
    /// Unused slots count 0 whatever the file says about their weight.
    public var normalizedWeights: [Double] {
        let weights = backends.map { $0.isUsed ? $0.weight : 0 }
        let sum = weights.reduce(0, +)
        return sum > 0 ? weights.map { $0 / sum } : weights.map { _ in 0 }
    }
}
