package import ClusterModel

/// A replication slot that was made for a node, and what it keeps.
package struct NodeSlotFacts: Equatable, Sendable {
    package var slot: NodeSlot
    /// WAL that is kept for it, in bytes; nil where unknown.
    package var keptBytes: Int64?

    package init(slot: NodeSlot, keptBytes: Int64? = nil) {
        self.slot = slot
        self.keptBytes = keptBytes
    }

    /// `active`, `idle` or `dropped`.
    package var state: String {
        if slot.dropped != nil { return "dropped" }
        return slot.idleSince == nil ? "active" : "idle"
    }
}

/// `SHOW pool_slots`
package enum NodeSlotReport {
    package static let columns = [
        "node_id", "slot_name", "holder_node_id", "state", "kept_bytes", "idle_since", "reason",
    ]

    package static func table(
        _ slots: [NodeSlotFacts], local: (Int64) -> LogMoment = LogMoment.local
    ) -> ReportTable {
        ReportTable(columns: columns, rows: slots.map { row($0, local) })
    }

    private static func row(_ facts: NodeSlotFacts, _ local: (Int64) -> LogMoment) -> [String] {
        let slot = facts.slot
        return [
            "\(slot.node)", slot.name, "\(slot.holder)", facts.state,
            facts.keptBytes.map { "\($0)" } ?? "", ReportText.moment(slot.idleSince, local),
            slot.dropped ?? "",
        ]
    }
}
