/// Which servers belong together, by the `system_identifier` that all servers of a cluster share.
/// Servers that do not tell theirs are believed.
struct ServerIdentities: Equatable, Sendable {
    private var known: [Int: String] = [:]
    /// Of the primary that was decided.
    private var cluster: String?

    mutating func told(_ id: Int, _ identifier: String?) {
        if let identifier { known[id] = identifier }
    }

    /// This node is the primary: its cluster is ours.
    mutating func led(by id: Int) {
        if let identifier = known[id] { cluster = identifier }
    }

    mutating func forget(_ id: Int) { known[id] = nil }

    func identifier(_ id: Int) -> String? { known[id] }

    func isForeign(_ id: Int) -> Bool {
        guard let cluster, let identifier = known[id] else { return false }
        return identifier != cluster
    }

    /// Known to belong to our cluster.
    func isKin(_ id: Int) -> Bool { cluster != nil && known[id] == cluster }
}
