import Foundation
import LocalCluster
import Testing

/// A primary with two standbys, for suites that ask whether a cluster answers as one server does.
enum Trio {
    /// Lives on the same primary, is used past the proxy, and gets the same statements.
    static let reference = "e2e_reference"

    private static let common = Result {
        var options = LocalClusterOptions()
        options.databases = [Stage.database]
        options.maxConnections = 400
        // Many sessions may have one at a time.
        options.settings = ["max_prepared_transactions = 100"]
        let cluster = try LocalCluster.create(standbys: 2, options: options)
        try cluster.primary.sql("create database \(reference)")
        try cluster.waitForReplication()
        return cluster
    }

    /// The cluster, its standbys without delay.
    static func cluster() throws -> LocalCluster { try common.get() }

    /// Runs the test with standbys that replay each commit so much later.
    static func withDelays(_ milliseconds: [Int], test: (LocalCluster) throws -> Void) throws {
        let cluster = try Self.cluster()
        defer {
            for standby in cluster.standbys { try? delay(standby, milliseconds: 0) }
        }
        for (standby, delay) in zip(cluster.standbys, milliseconds) {
            try Self.delay(standby, milliseconds: delay)
        }
        try test(cluster)
    }

    private static func delay(_ standby: ClusterNode, milliseconds: Int) throws {
        try standby.sql("alter system set recovery_min_apply_delay = '\(milliseconds)ms'")
        try standby.reload()
    }

    /// What the proxy has sent to each node, in words; reads reach the standbys or not.
    static func share(_ proxy: ProxyProcess) throws -> String {
        let nodes = try proxy.status().nodes
        let reads = nodes.map(\.reads).reduce(0, +)
        let onStandbys = nodes.filter { $0.role == "standby" }.map(\.reads).reduce(0, +)
        let percent = reads > 0 ? Int(onStandbys * 100 / reads) : 0
        let counts = nodes.map { "\($0.role) \($0.reads)+\($0.writes)" }.joined(separator: ", ")
        return "\(percent) % of \(reads) reads on standbys (reads+others: \(counts))"
    }
}
