import LocalCluster
import Testing

extension EndToEnd {
    /// Sizes come from the environment where the full size takes long: E2E_COPY_MIB (1024 for the
    /// real thing), E2E_CLIENTS, E2E_DEATHS (10000).
    @Suite("volume")
    struct VolumeTests {
        private static let mebibyte = 1 << 20

        @Test(
            "COPY with a slow reader runs in bounded memory",
            arguments: ["slowly_out", "slowly_in"])
        func copyInBoundedMemory(direction: String) throws {
            let size = Stage.size("E2E_COPY_MIB", 256)
            try Stage.withProxy { proxy in
                try Clients(proxy).scenario("bulk.py", direction, size, within: .seconds(300))
                #expect(proxy.peakResidentBytes < 150 * Self.mebibyte)
                print(
                    "peak memory with \(size) MiB \(direction): \(proxy.peakResidentBytes >> 20) MiB"
                )
            }
        }

        @Test("COPY in pieces of any size arrives complete, and can be given up")
        func copyInPieces() throws {
            try Stage.withProxy { try Clients($0).scenario("bulk.py", "rows_in", 50_000) }
        }

        @Test("5000 clients that do nothing hold no server connection while 200 work")
        func idleClients() throws {
            let count = Stage.size("E2E_CLIENTS", 5000)
            try Stage.withProxy {
                $0.sessionsMax = count + 400
            } test: { proxy in
                let cluster = try Stage.cluster()
                let said = try Clients(proxy).scenario(
                    "crowd.py", "crowd", proxy.processID, cluster.primary.port, count, 200,
                    within: .seconds(180))
                print(said)
            }
        }

        @Test("300 clients stay after one query each")
        func clientsAfterOneQuery() throws {
            try Stage.withProxy {
                $0.sessionsMax = 350
            } test: { proxy in
                print(try Clients(proxy).scenario("crowd.py", "once", proxy.processID, 300))
            }
        }

        @Test("clients that die anywhere leave nothing behind")
        func deaths() throws {
            let count = Stage.size("E2E_DEATHS", 3000)
            let cluster = try Stage.cluster()
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                // Once around, so that everything that is kept on purpose exists.
                try clients.scenario("deaths.py", "die", 500, 7, within: .seconds(120))
                let before = try settled(proxy, cluster)
                try clients.scenario("deaths.py", "die", count, 8, within: .seconds(600))
                let after = try settled(proxy, cluster)
                // A few more may be parked than before, by how the deaths overlapped; a leak grows
                // with their number.
                #expect(after.connections <= before.connections + 12, "\(before) \(after)")
                #expect(
                    after.descriptors - after.connections
                        <= before.descriptors - before.connections + 4, "\(before) \(after)")
                #expect(
                    after.memory < before.memory + 16 * Self.mebibyte, "\(before) \(after)")
                try #expect(proxy.status().clients == 0)
            }
        }

        private struct Holdings {
            var connections: Int
            var descriptors: Int
            var memory: Int
        }

        /// What the proxy holds once the last deaths have been dealt with.
        private func settled(_ proxy: ProxyProcess, _ cluster: LocalCluster) throws -> Holdings {
            let quiet = try Deadline.after(.seconds(20)).poll {
                try cluster.nodes.allSatisfy { node in
                    try node.value(
                        """
                        select count(*) from pg_stat_activity
                          where datname = '\(Stage.database)' and state <> 'idle'
                        """) == "0"
                }
            }
            #expect(quiet, "statements of dead clients go on")
            return Holdings(
                connections: try cluster.nodes.map(Stage.clientCount).reduce(0, +),
                descriptors: proxy.descriptorCount, memory: proxy.residentBytes)
        }
    }
}
