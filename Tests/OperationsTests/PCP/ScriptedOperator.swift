import ClusterModel
import Credentials
import Operations
import Synchronization

/// A cluster of three slots, the middle one unused, that writes down what is asked of it.
final class ScriptedOperator: ClusterOperator {
    struct Deeds: Equatable {
        var orders: [NodeOrder] = []
        var stops: [ShutdownMode] = []
        var reloads = 0
    }

    let deeds = Mutex(Deeds())
    let outcome = Mutex(NodeOrderOutcome.done)
    let settings = Mutex(PCPSettings())
    let operation = Mutex<String?>(nil)
    let passwords: Result<String, PCPFailure>
    let isStreaming: Bool
    let hasCollector: Bool

    init(
        isStreaming: Bool = true, hasCollector: Bool = true,
        passwords: Result<String, PCPFailure> = .success("u1:fccac8d44e7ee44e3ab4c515914ef580\n")
    ) {
        self.isStreaming = isStreaming
        self.hasCollector = hasCollector
        self.passwords = passwords
    }

    var pcpSettings: PCPSettings { settings.withLock { $0 } }
    var operationInProgress: String? { operation.withLock { $0 } }

    func nodes() -> [NodeFacts] {
        (0..<3).map { id in
            var node = NodeFacts(id: id)
            guard id != 1 else { return node }
            node.host = "pg\(id)"
            node.port = 5432
            node.status = "up"
            node.role = id == 0 ? "primary" : "standby"
            return node
        }
    }

    func poolStatus() -> ReportTable {
        ReportTable(
            columns: ParametersReport.columns, rows: [["port", "9999", "the port"]])
    }

    func sessions() -> SessionCensus {
        var session = SessionFacts(processID: 1_073_741_824, startedAt: 1_700_000_000)
        session.database = "shop"
        session.user = "app"
        var connection = ConnectionFacts(node: 2)
        connection.database = "shop"
        session.connections = [connection]
        return SessionCensus(
            sessions: [session], idle: [], nodeCount: 3,
            slots: SlotFacts(count: 4, processID: 812, startedAt: 1_700_000_000))
    }

    func operatorPasswords() throws(PCPFailure) -> PCPPasswords {
        PCPPasswords(Array(try passwords.get().utf8))
    }

    let told = Mutex<[String]>([])

    func recoveries() -> [RecoveryFacts] {
        [
            RecoveryFacts(
                node: 2, id: "7", state: .running, phase: "COPY", method: "basebackup", source: 0,
                activity: "copying", startedAt: 1_700_000_000)
        ]
    }

    func order(_ order: NodeOrder, telling: (String) -> Void) -> NodeOrderOutcome {
        for line in told.withLock({ $0 }) { telling(line) }
        deeds.withLock { $0.orders.append(order) }
        return outcome.withLock { $0 }
    }

    func stop(_ mode: ShutdownMode) { deeds.withLock { $0.stops.append(mode) } }
    func reload() { deeds.withLock { $0.reloads += 1 } }
    func rotateLog() -> Bool { hasCollector }
}
