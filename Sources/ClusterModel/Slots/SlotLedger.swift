/// The replication slots that the proxy has made, and what becomes of those that nobody uses
/// (OR-29, OR-30): a slot keeps WAL for a node that is down, until the disk of the primary is full.
///
/// Slots of others are never touched. Nor is one dropped because of a decision about its node: who
/// is detached and streams has one in use. Reports in, actions out.
public struct SlotLedger: Equatable, Sendable {
    public struct Rules: Equatable, Sendable {
        /// `slot_max_retain`, in bytes; 0: half of the room that is left, at least 1 GiB.
        public var retainMax: Int64 = 0
        /// `slot_max_age`, in seconds; 0 = no limit.
        public var ageMaxSeconds: Int64 = 86_400

        public init() {}
    }

    public enum Action: Equatable, Sendable {
        /// - Parameter needsCopy: the node lacks what it kept, as far as anybody knows.
        case drop(NodeSlot, reason: String, needsCopy: Bool)
        /// How much room there is on the host of this node: it decides.
        case askRoom(holder: Int)
    }

    /// Where the room decides, no slot is dropped for less than this, in bytes.
    static let retainMin: Int64 = 1 << 30

    public private(set) var slots: [NodeSlot]
    /// WAL that is kept for each, in bytes, when it was asked last.
    private var kept: [NodeSlot.Key: Int64] = [:]
    /// Those that their server did not name when it was asked last. It may have been asked before
    /// they were made.
    private var missing: Set<NodeSlot.Key> = []

    public init(_ slots: [NodeSlot] = []) { self.slots = slots }

    /// A slot that was not there before is made for a node. Its earlier ones are of the past.
    public mutating func made(_ slot: NodeSlot) {
        guard !slots.contains(where: { $0.key == slot.key && $0.dropped == nil }) else { return }
        slots.removeAll { $0.key == slot.key || ($0.node == slot.node && $0.dropped != nil) }
        slots.append(slot)
        slots.sort { ($0.node, $0.holder, $0.name) < ($1.node, $1.holder, $1.name) }
    }

    /// It is gone, and nobody misses it.
    public mutating func removed(_ slot: NodeSlot) {
        slots.removeAll { $0.key == slot.key }
        kept[slot.key] = nil
        missing.remove(slot.key)
    }

    /// The node has another server, or none any more.
    public mutating func replaced(_ node: Int) {
        slots.removeAll { $0.node == node || $0.holder == node }
    }

    /// Whether this node's server has slots that are there for all that is known.
    public func isHolder(_ node: Int) -> Bool {
        slots.contains { $0.holder == node && $0.dropped == nil }
    }

    /// In bytes; nil where nobody asked yet.
    public func keptBytes(_ slot: NodeSlot) -> Int64? { kept[slot.key] }

    /// A server has told of its slots.
    ///
    /// - Parameters:
    ///   - isPrimary: false: another one is, and this one is its standby.
    ///   - busy: nodes that are being recovered.
    ///   - freeBytes: room on its host; nil where nobody asked.
    ///   - seconds: since 1970.
    public mutating func reported(
        by holder: Int, isPrimary: Bool, _ reports: [SlotReport], busy: Set<Int>,
        freeBytes: Int64?, rules: Rules, seconds: Int64
    ) -> [Action] {
        var actions: [Action] = []
        var mustAsk = false
        for slot in slots where slot.holder == holder && slot.dropped == nil {
            guard let report = reports.first(where: { $0.name == slot.name }) else {
                // A recovery writes down first what it makes then.
                guard !busy.contains(slot.node) else { continue }
                if !missing.insert(slot.key).inserted { removed(slot) }
                continue
            }
            missing.remove(slot.key)
            kept[slot.key] = report.keptBytes
            let idleSince = report.isActive ? nil : slot.idleSince ?? seconds
            if let place = slots.firstIndex(where: { $0.key == slot.key }) {
                slots[place].idleSince = idleSince
            }
            guard let idleSince, !busy.contains(slot.node) else { continue }
            guard isPrimary else {
                actions.append(
                    .drop(slot, reason: "node \(holder) is the primary no more", needsCopy: false))
                continue
            }
            if report.isLost {
                actions.append(.drop(slot, reason: "its WAL is gone already", needsCopy: true))
            } else if rules.ageMaxSeconds > 0, seconds &- idleSince > rules.ageMaxSeconds {
                actions.append(
                    .drop(
                        slot, reason: "nobody has used it for slot_max_age",
                        needsCopy: true))
            } else if rules.retainMax > 0 ? report.keptBytes > rules.retainMax : false {
                actions.append(Self.tooMuch(slot, report, "slot_max_retain"))
            } else if rules.retainMax == 0, report.keptBytes > Self.retainMin {
                guard let freeBytes else {
                    mustAsk = true
                    continue
                }
                if report.keptBytes > freeBytes / 2 {
                    actions.append(
                        Self.tooMuch(
                            slot, report, "half of the \(ByteText.words(freeBytes)) that are free"))
                }
            }
        }
        return actions + (mustAsk ? [.askRoom(holder: holder)] : [])
    }

    private static func tooMuch(_ slot: NodeSlot, _ report: SlotReport, _ limit: String) -> Action {
        .drop(
            slot, reason: "it keeps \(ByteText.words(report.keptBytes)) of WAL, more than \(limit)",
            needsCopy: true)
    }

    /// It was dropped: what its node lacks is remembered until the node has another one.
    public mutating func dropped(_ slot: NodeSlot, reason: String, needsCopy: Bool) {
        guard needsCopy, let place = slots.firstIndex(where: { $0.key == slot.key }) else {
            return removed(slot)
        }
        slots[place].dropped = reason
        kept[slot.key] = nil
    }
}

extension NodeSlot {
    /// A server has only one slot of a name.
    fileprivate struct Key: Hashable {
        var holder: Int
        var name: String
    }

    fileprivate var key: Key { Key(holder: holder, name: name) }
}
