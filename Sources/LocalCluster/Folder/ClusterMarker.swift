import Foundation

/// The file that says that a folder is a cluster, what it is made of, and what belongs to it.
///
/// Nothing is ever removed from a folder without it, and nothing that it does not list.
package struct ClusterMarker: Codable, Sendable, Equatable {
    package static let fileName = "trunkline-cluster.json"
    /// Of this layout; an older program must not touch a newer one.
    private static let formatNow = 2

    /// 1 where everything is in the folder, as programs before 2 know it.
    package var format = 1
    /// The real path. What the configuration files name is there, so a copy is no cluster.
    package var folder: String
    /// Whether the cluster was made to its end.
    package var isComplete = false
    /// Names in the folder that were made with the cluster.
    package var entries: [String]
    /// The folder with PostgreSQL's programs.
    package var programs: String
    package var plan: ClusterPlan
    /// Tells this cluster from all others; the markers of its hosts have the same.
    package var id: String?
    /// On a host: its node.
    package var node: Int?

    package init(
        folder: String, entries: [String], programs: String, plan: ClusterPlan, id: String? = nil,
        node: Int? = nil
    ) {
        self.folder = folder
        self.entries = entries
        self.programs = programs
        self.plan = plan
        self.id = id
        self.node = node
        if plan.hosts != nil { format = Self.formatNow }
    }

    /// The nodes whose files are in this folder, or would be.
    var nodes: [Int] {
        if let node { return [node] }
        return plan.hosts == nil ? Array(0..<plan.nodeCount) : []
    }

    /// 128 bits that no other cluster has.
    static func newIdentity() -> String {
        (0..<4).map { _ in
            let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Of the cluster; empty for those of before.
    var identity: String { id ?? "" }

    /// What is wrong with a marker that was read; nil if nothing is.
    private var flaw: String? {
        if let flaw = plan.flaw { return flaw }
        guard let node else { return nil }
        let isOfHost = plan.hosts?.names.indices.contains(node) ?? false
        return isOfHost ? nil : "there is no host \(node)"
    }

    /// Reads the marker of a folder; `folder` is the real path.
    static func read(in folder: String) throws -> ClusterMarker {
        let path = "\(folder)/\(fileName)"
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            throw LocalClusterError(
                .refused,
                "\(folder) is no cluster of Trunkline: it has no \(fileName), which"
                    + " \"trunkline cluster create\" writes")
        }
        guard facts.st_mode & S_IFMT == S_IFREG,
            let data = FileManager.default.contents(atPath: path)
        else { throw LocalClusterError(.refused, "\(path) cannot be read") }
        let marker: ClusterMarker
        do {
            marker = try JSONDecoder().decode(ClusterMarker.self, from: data)
        } catch {
            throw LocalClusterError(.refused, "\(path) is not what this version writes: \(error)")
        }
        guard (1...formatNow).contains(marker.format) else {
            throw LocalClusterError(
                .refused, "\(path) was written by another version (format \(marker.format))")
        }
        if let flaw = marker.flaw {
            throw LocalClusterError(.refused, "\(path) is not what this version writes: \(flaw)")
        }
        guard marker.folder == folder else {
            throw LocalClusterError(
                .refused,
                "\(folder) was made as \(marker.folder): its configuration files name that folder."
                    + " Move it back; if it is a copy, remove it by hand")
        }
        return marker
    }

    /// Writes the marker into its folder, whole or not at all.
    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self)
        let path = "\(folder)/\(Self.fileName)"
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        chmod(path, 0o644)
    }
}
