import ClusterModel
import Synchronization
import Testing

@testable import Operations

@Suite struct PCPServiceTests {
    private let cluster = ScriptedOperator()

    private func failure(
        _ request: PCPRequest, of cluster: ScriptedOperator? = nil
    ) -> PCPFailure? {
        let outcome = PCPService(cluster ?? self.cluster).serve(request)
        #expect(outcome.isLast == (outcome.failure?.severity == .fatal))
        if let failure = outcome.failure { #expect(outcome.reply == .failure(failure)) }
        return outcome.failure
    }

    @Test(
        "errors in Pgpool-II's words",
        arguments: [
            (.nodeInfo(node: 3), "informing node info failed", "invalid node ID : 3"),
            (.nodeInfo(node: -2), "informing node info failed", "invalid node ID : -2"),
            (
                .healthCheckStatistics(node: 3), "informing health check stats info failed",
                "invalid node ID 3"
            ),
            (
                .healthCheckStatistics(node: 1), "informing health check stats info failed",
                "stats data for node ID 1 does not exist"
            ),
            (.processInfo(process: 5), "informing process info failed", "invalid process ID : 5"),
            (
                .watchdogInfo(index: nil), "PCP: informing watchdog info failed",
                "watchdog is not enabled"
            ),
            (.invalidateQueryCache, "query cache is not enabled", nil),
            (
                .attach(node: 128),
                "invalid failback request, node id: 128 is out of range. "
                    + "node id must be between [0 and 128]", nil
            ),
            (
                .detach(node: -1, isGraceful: true),
                "invalid degenerate backend request, node id: -1 is out of range. "
                    + "node id must be between [0 and 128]", nil
            ),
            (
                .detach(node: 1, isGraceful: false),
                "invalid degenerate backend request, node id : 1 status: [0] is not valid for "
                    + "failover", nil
            ),
            (
                .promote(node: 1, isSwitchover: true, isGraceful: false),
                "could not process promote request", "node id 1 is not valid"
            ),
            (
                .promote(node: 0, isSwitchover: true, isGraceful: false), "invalid promote request",
                "specified node is already primary node, can't promote node id 0"
            ),
            (.recover(node: 9), "process recovery request failed", "node id 9 is not valid"),
            (
                .recover(node: 2), "node recovery failed, node id: 2 is alive",
                "Detach the node first."
            ),
            (
                .recover(node: 0), "process recovery request failed",
                "primary server cannot be recovered by online recovery."
            ),
            (
                .recovery(node: 1, .status), "process recovery request failed",
                "node id 1 is not valid"
            ),
            (
                .recovery(node: 1, .cancel), "process recovery request failed",
                "node id 1 is not valid"
            ),
            (
                .stop(mode: 0x78, scope: .local), "PCP: error while processing shutdown request",
                "invalid shutdown mode \"x\""
            ),
            (
                .setParameter(name: "x", value: "log"), "PCP: set configuration parameter failed",
                "invalid parameter \"x\""
            ),
            (
                .setParameter(name: "client_min_messages", value: "x"),
                "PCP: set configuration parameter failed",
                "invalid value \"x\" for parameter \"client_min_messages\""
            ),
        ] as [(PCPRequest, String, String?)])
    func errors(request: PCPRequest, message: String, detail: String?) {
        let failure = failure(request)
        #expect(failure?.message == message && failure?.detail == detail, "\(failure as Any)")
        #expect(cluster.deeds.withLock { $0 } == .init())
    }

    @Test("what the operator's mode or log does not allow")
    func modes() {
        let promote = PCPRequest.promote(node: 2, isSwitchover: true, isGraceful: false)
        let raw = failure(promote, of: ScriptedOperator(isStreaming: false))
        #expect(raw?.severity == .fatal)
        #expect(raw?.message == "invalid pgpool mode for process promote request")
        #expect(
            failure(.rotateLog(.local), of: ScriptedOperator(hasCollector: false)) == .noCollector)
        #expect(failure(.rotateLog(.cluster)) == nil)
    }

    @Test("orders reach the cluster, and its refusal reaches the operator")
    func orders() {
        let service = PCPService(cluster)
        let requests: [PCPRequest] = [
            .attach(node: 2), .detach(node: 2, isGraceful: true),
            .promote(node: 2, isSwitchover: true, isGraceful: false),
        ]
        for request in requests {
            #expect(service.serve(request).reply == .complete(request))
        }
        let expected: [NodeOrder] = [
            .attach(node: 2), .detach(node: 2, isGraceful: true),
            .promote(node: 2, isSwitchover: true, isGraceful: false),
        ]
        #expect(cluster.deeds.withLock { $0.orders } == expected)
        cluster.outcome.withLock { $0 = .refused(reason: "node 2 is behind", hint: "wait") }
        #expect(
            failure(.attach(node: 2)) == PCPFailure(.error, "node 2 is behind", detail: "wait"))
    }

    @Test("nobody stops the proxy in the middle of a change of the cluster")
    func stopWhileChanging() {
        let service = PCPService(cluster)
        cluster.operation.withLock { $0 = "failover is in progress" }
        for scope in [PCPScope.local, .cluster] {
            let outcome = service.serve(.stop(mode: 0x66, scope: scope))
            #expect(
                outcome.failure
                    == PCPFailure(
                        .error, "failed to process PCP request at the moment",
                        detail: "failover is in progress"))
            #expect(outcome.afterwards == nil)
            #expect(!outcome.isLast)
        }
        cluster.operation.withLock { $0 = nil }
        #expect(service.serve(.stop(mode: 0x66, scope: .local)).failure == nil)
    }

    @Test("stopping comes after the answer; a reload does not wait")
    func daemon() {
        let service = PCPService(cluster)
        for (letter, mode) in [(0x73, ShutdownMode.smart), (0x66, .fast), (0x69, .immediate)] {
            let request = PCPRequest.stop(mode: UInt8(letter), scope: .cluster)
            let outcome = service.serve(request)
            #expect(outcome.reply == .complete(request))
            let before = cluster.deeds.withLock { $0.stops.count }
            outcome.afterwards?()
            #expect(cluster.deeds.withLock { $0.stops.last } == mode)
            #expect(cluster.deeds.withLock { $0.stops.count } == before + 1)
        }
        #expect(service.serve(.reload(.cluster)).reply == .complete(.reload(.cluster)))
        #expect(cluster.deeds.withLock { $0.reloads } == 1)
    }

    @Test("information is what SHOW says")
    func information() {
        let service = PCPService(cluster)
        let nodes = cluster.nodes()
        #expect(
            service.serve(.nodeInfo(node: nil)).reply == .nodes(nodes, form: .withDelayUnit))
        cluster.settings.withLock { $0.nodeInfoForm = .withoutDelayUnit }
        #expect(
            service.serve(.nodeInfo(node: 2)).reply
                == .nodes([nodes[2]], form: .withoutDelayUnit))
        #expect(service.serve(.nodeCount).reply == .complete(.nodeCount, ["3"]))
        #expect(
            service.serve(.processCount).reply
                == .complete(.processCount, ["4", "1073741824", "812", "812", "812"]))
        #expect(
            service.serve(.poolStatus).reply == .poolStatus([["port", "9999", "the port"]]))
        #expect(service.serve(.nothing).reply == nil)
        let census = cluster.sessions()
        let rows = PoolsReport.table(
            census.sessions, idle: [], nodeCount: 3, slots: census.slots
        ).rows
        let free = PoolsReport.free(3, census.slots)
        #expect((rows + free).map(\.count) == [Int](repeating: 21, count: 6))
        #expect(service.serve(.processInfo(process: nil)).reply == .processes(rows + free))
        #expect(
            service.serve(.processInfo(process: 1_073_741_824)).reply == .processes(rows))
        #expect(service.serve(.processInfo(process: 812)).reply == .processes(free))
    }
}
