import Foundation

/// What one machine knows of its servers.
extension ClusterFolder {
    /// - Parameter asks: whether a server that runs is asked itself.
    func facts(of node: ClusterNode, asks: Bool) -> ServerFacts {
        let process = node.postmaster
        return ServerFacts(
            node: node.index, processID: process,
            startsAsStandby: FileManager.default.fileExists(
                atPath: "\(node.dataFolder)/standby.signal"),
            timeline: timeline(node), answer: asks && process != nil ? answer(of: node) : nil)
    }

    /// The highest timeline that the data directory knows of: of its last checkpoint, or of a
    /// promotion that no checkpoint has followed yet.
    private func timeline(_ node: ClusterNode) -> Int {
        let wal =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(node.dataFolder)/pg_wal"))
        let promotions = (wal ?? []).filter { $0.hasSuffix(".history") }
            .compactMap { Int($0.prefix(8), radix: 16) }
        let answer = try? ClientTool.run(
            installation.asServerAccount
                + [installation.path("pg_controldata"), "-D", node.dataFolder],
            within: .seconds(10))
        let label = "Latest checkpoint's TimeLineID:"
        let checkpoint = answer?.output.split(separator: "\n").first { $0.hasPrefix(label) }
            .flatMap { Int($0.dropFirst(label.count).drop { $0 == " " }) }
        return max(checkpoint ?? 0, promotions.max() ?? 0)
    }

    /// What a running server says about itself.
    private func answer(of node: ClusterNode) -> ServerFacts.Answer? {
        let question = """
            select pg_is_in_recovery(),
              exists (select from pg_stat_wal_receiver where status = 'streaming'),
              pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                else pg_current_wal_lsn() end, '0/0')
            """
        guard let row = try? node.sql(question, within: .seconds(5)).first, row.count == 3 else {
            return nil
        }
        return ServerFacts.Answer(
            isStandby: row[0] == "t", isStreaming: row[1] == "t", position: Int64(row[2]))
    }
}
