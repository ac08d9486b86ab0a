import Coordination
import Glibc

/// What one machine has of a cluster: this machine's folder, or that of a host.
struct ClusterPart: Sendable {
    let folder: String
    /// Of the cluster.
    let id: String
    /// The node of a host; nil: this machine.
    let node: Int?
    /// For messages.
    let host: String?
    private let ssh: SSHCommand?

    /// This machine.
    init(folder: String, id: String) {
        self.folder = folder
        self.id = id
        node = nil
        host = nil
        ssh = nil
    }

    /// The host of a node.
    ///
    /// - Parameter account: becomes the account that runs the proxy, whose keys a recovery has, too.
    init(folder: String, id: String, node: Int, _ hosts: ClusterHosts, account: [String]) {
        self.folder = folder
        self.id = id
        self.node = node
        let name = hosts.names.indices.contains(node) ? hosts.names[node] : ""
        host = name
        ssh = SSHCommand(
            host: name, user: hosts.user, command: "\(hosts.program) cluster part",
            options: hosts.key.map(SSHCommand.options(key:)) ?? [], prefix: account)
    }

    /// Has it done, and waits.
    func perform(_ task: ClusterOrder.Task) throws -> ClusterAnswer {
        let order = ClusterOrder(folder: folder, id: id, node: node, task: task)
        guard let ssh, let host else { return try order.perform() }
        let answer: ClusterAnswer
        do throws(HostFailure) {
            answer = try Self.ask(ssh, order)
        } catch {
            throw LocalClusterError(
                error.isUnreachable ? .unreachable : .cannotStart,
                "\(host): \(error.reason)" + (error.hint.map { "\n\($0)" } ?? ""))
        }
        guard case .failed(let error) = answer else { return answer }
        throw LocalClusterError(error.code, "\(host): \(error.description)")
    }

    private static func ask(_ ssh: SSHCommand, _ order: ClusterOrder) throws(HostFailure)
        -> ClusterAnswer
    {
        guard let line = ClusterWire.line(order) else {
            throw HostFailure("the order is too long")
        }
        // What is not one of our answers is a greeting, or the answer of another program.
        return try ssh.ask(line, seconds: order.task.secondsMax) {
            ClusterWire.answer(Array($0.utf8))
        }
    }

    /// An answer of another kind than the one that was asked for.
    private func misfit(_ answer: ClusterAnswer) -> LocalClusterError {
        LocalClusterError(.cannotStart, "\(host ?? folder): an answer to something else: \(answer)")
    }

    func look(_ plan: ClusterPlan, programs: String?) throws -> ClusterAnswer.Look {
        let answer = try perform(.look(plan, programs: programs))
        guard case .looked(let look) = answer else { throw misfit(answer) }
        return look
    }

    /// - Returns: whether the folder itself was made, too.
    func make(_ make: ClusterOrder.Make) throws -> Bool {
        let answer = try perform(.make(make))
        guard case .made(let isNewFolder) = answer else { throw misfit(answer) }
        return isNewFolder
    }

    func examine(asks: Bool) throws -> [ServerFacts] {
        let answer = try perform(.examine(asks: asks))
        guard case .examined(let facts) = answer else { throw misfit(answer) }
        return facts
    }

    /// - Returns: the names that stay; nil if another cluster is there now.
    func discard(keepsFolder: Bool = false) throws -> [String]? {
        let answer = try perform(.discard(keepsFolder: keepsFolder))
        if case .foreign = answer { return nil }
        guard case .discarded(let others) = answer else { throw misfit(answer) }
        return others
    }
}

extension ClusterOrder.Task {
    /// How long a host may take to answer, with what its programs may take.
    fileprivate var secondsMax: Int {
        switch self {
        case .look, .complete, .examine: 60
        case .make, .start, .prepare, .awaitStandbys, .synchronize, .stop: 180
        case .initialize, .copy: 660
        // Terabytes are not removed at once.
        case .discard: 3600
        }
    }
}
