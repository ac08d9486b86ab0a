extension ClusterRecord {
    /// A node as the configuration has it.
    public struct Address: Equatable, Sendable {
        public var id: Int
        public var host: String
        public var port: Int

        public init(id: Int, host: String, port: Int) {
            self.id = id
            self.host = host
            self.port = port
        }
    }

    /// What of a record does not hold for the configuration.
    public enum Mismatch: Equatable, Sendable {
        /// No node has this host and port any more.
        case discarded(Backend)
        /// The server has another number now.
        case moved(Backend, to: Int)
        /// The recorded primary is among the discarded.
        case primaryUnknown(Int)
        /// The operation that was going on concerns a node that was discarded.
        case operationDropped(Operation)
    }

    /// The record for the nodes of a configuration, and what could not be taken over.
    ///
    /// What is known of a server follows its host and port to another number, and is never applied
    /// to another server.
    public func matched(to addresses: [Address]) -> (record: ClusterRecord, mismatches: [Mismatch])
    {
        var result = self
        result.backends = []
        var mismatches: [Mismatch] = []
        var ids: [Int: Int] = [:]
        let numbers = newNumbers(addresses)
        for (backend, id) in zip(backends, numbers) {
            guard let id else {
                mismatches.append(.discarded(backend))
                continue
            }
            ids[backend.id] = id
            if id != backend.id { mismatches.append(.moved(backend, to: id)) }
            var moved = backend
            moved.id = id
            result.backends.append(moved)
        }
        result.backends.sort { $0.id < $1.id }
        if let primary {
            result.primary = ids[primary]
            if result.primary == nil { mismatches.append(.primaryUnknown(primary)) }
        }
        if let operation {
            result.operation = operation.renumbered(ids)
            if result.operation == nil { mismatches.append(.operationDropped(operation)) }
        }
        // A host would be asked for another server's directories.
        result.recoveries = recoveries?.filter { ids[$0.node] == $0.node }.map { recovery in
            var moved = recovery
            moved.source = recovery.source.flatMap { ids[$0] }
            return moved
        }
        if result.recoveries?.isEmpty == true { result.recoveries = nil }
        result.slots = slots?.compactMap { slot in
            guard let node = ids[slot.node], let holder = ids[slot.holder] else { return nil }
            var moved = slot
            moved.node = node
            moved.holder = holder
            return moved
        }
        if result.slots?.isEmpty == true { result.slots = nil }
        return (result, mismatches)
    }

    /// For each backend the number that its server has now: its old one where that fits, else the
    /// first free one with this host and port.
    private func newNumbers(_ addresses: [Address]) -> [Int?] {
        var free = addresses
        var numbers: [Int?] = backends.map { _ in nil }
        for isExact in [true, false] {
            for (index, backend) in backends.enumerated() where numbers[index] == nil {
                let place = free.firstIndex {
                    $0.host == backend.host && $0.port == backend.port
                        && (!isExact || $0.id == backend.id)
                }
                if let place { numbers[index] = free.remove(at: place).id }
            }
        }
        return numbers
    }
}

extension ClusterRecord.Operation {
    /// Nil if a node that it concerns has no number any more.
    fileprivate func renumbered(_ ids: [Int: Int]) -> Self? {
        var result = self
        result.oldPrimary = oldPrimary.flatMap { ids[$0] }
        result.target = target.flatMap { ids[$0] }
        let isWhole =
            (result.oldPrimary == nil) == (oldPrimary == nil)
            && (result.target == nil) == (target == nil)
        return isWhole ? result : nil
    }
}

extension ClusterRecord.Mismatch: CustomStringConvertible {
    /// For the log.
    public var description: String {
        switch self {
        case .discarded(let backend):
            "what is recorded of node \(backend.id), \(backend.host):\(backend.port), is discarded:"
                + " the configuration has no such server"
        case .moved(let backend, let id):
            "what is recorded of node \(backend.id) goes to node \(id), which is"
                + " \(backend.host):\(backend.port) now"
        case .primaryUnknown(let id):
            "the recorded primary, node \(id), is not in the configuration any more"
        case .operationDropped(let operation):
            "the unfinished \(operation.kind) \(operation.id) is dropped: it concerns a server"
                + " that is not in the configuration any more"
        }
    }
}
