internal import PostgresWire

/// What a PCP server answers, ready to send: one message, or several for a list (PCP protocol,
/// sections 2 to 5).
package struct PCPReply: Equatable, Sendable {
    package let bytes: [UInt8]

    private init(_ build: (inout WireWriter) -> Void) {
        var writer = WireWriter()
        build(&writer)
        bytes = writer.bytes
    }

    private static let complete = "CommandComplete"
    private static let arraySize = "ArraySize"

    /// The salt for a login.
    static func salt(_ salt: [UInt8]) -> PCPReply {
        PCPReply { $0.message(UInt8(ascii: "m")) { $0.raw(salt) } }
    }

    static let authenticated = PCPReply {
        $0.message(UInt8(ascii: "r")) { $0.string("AuthenticationOK") }
    }

    /// The request was carried out, and these are the texts that it asked for.
    static func complete(_ request: PCPRequest, _ texts: [String] = []) -> PCPReply {
        PCPReply { writer in
            writer.message(request.replyType) { body in
                body.string(complete)
                for text in texts { body.string(text) }
            }
        }
    }

    /// `ArraySize`, a message for each row, and the end. The count is text but for the pool status,
    /// where it is a number of four bytes.
    private static func list(
        _ request: PCPRequest, _ label: String, _ rows: [[String]], isCountBinary: Bool = false
    ) -> PCPReply {
        PCPReply { writer in
            writer.message(request.replyType) { body in
                body.string(arraySize)
                if isCountBinary {
                    body.uint32(UInt32(clamping: rows.count))
                } else {
                    body.string(String(rows.count))
                }
            }
            for row in rows {
                writer.message(request.replyType) { body in
                    body.string(label)
                    for text in row { body.string(text) }
                }
            }
            writer.message(request.replyType) { $0.string(complete) }
        }
    }

    /// The rows of `SHOW pool_status`, cut to what clients have room for.
    static func poolStatus(_ rows: [[String]]) -> PCPReply {
        list(
            .poolStatus, "ProcessConfig",
            rows.map { row in zip(row, [63, 511, 79]).map { PCPText.cut($0, to: $1) } },
            isCountBinary: true)
    }

    static func nodes(_ nodes: [NodeFacts], form: PCPNodeInfoForm) -> PCPReply {
        list(.nodeInfo(node: nil), "NodeInfo", nodes.map { fields($0, form) })
    }

    /// The rows of `SHOW pool_pools`, whose columns have the same order.
    static func processes(_ rows: [[String]]) -> PCPReply {
        list(.processInfo(process: nil), "ProcessInfo", rows)
    }

    static func failure(_ failure: PCPFailure) -> PCPReply {
        report(
            UInt8(ascii: "E"), failure.severity.rawValue, code: "XX000",
            failure.message.isEmpty ? "request failed" : failure.message, failure.detail)
    }

    /// Something to tell in passing; the client goes on waiting for its answer.
    static func notice(_ text: String) -> PCPReply {
        report(UInt8(ascii: "N"), "NOTICE", code: "00000", text, nil)
    }

    private static func report(
        _ type: UInt8, _ severity: String, code: String, _ message: String, _ detail: String?
    ) -> PCPReply {
        PCPReply { writer in
            writer.message(type) { body in
                func field(_ letter: Unicode.Scalar, _ text: String) {
                    body.uint8(UInt8(ascii: letter))
                    body.string(PCPText.field(text))
                }
                field("S", severity)
                field("C", code)
                field("M", message)
                if let detail, !detail.isEmpty { field("D", detail) }
                field("F", "pcp")
                field("L", "0")
                body.uint8(0)
            }
        }
    }
}

/// Which fields of a node an answer has: nothing tells a server which client asks, and each reads
/// the other form wrongly.
package enum PCPNodeInfoForm: Equatable, Sendable {
    /// Twelve: clients of Pgpool-II 4.3 and before.
    case withoutDelayUnit
    /// Thirteen, since 4.4: whether the delay is a time comes before it.
    case withDelayUnit

    /// By `pcp_node_info_fields`.
    package init(fieldCount: Int) { self = fieldCount == 12 ? .withoutDelayUnit : .withDelayUnit }
}

extension PCPReply {
    /// What a weight of 1 is multiplied with.
    package static let weightUnit = 2_147_483_647.0

    private static func fields(_ node: NodeFacts, _ form: PCPNodeInfoForm) -> [String] {
        var fields = [
            node.host, String(node.port), statusNumber(node.status),
            node.status == "quarantine" ? "1" : "0", node.serverStatus,
            ReportText.fraction(node.weight * weightUnit), roleNumber(node.role), node.serverRole,
        ]
        switch node.delay {
        case .bytes(let bytes):
            if form == .withDelayUnit { fields.append("0") }
            fields.append(String(bytes))
        case .microseconds(let time):
            if form == .withDelayUnit { fields.append("1") }
            fields.append(String(time))
        }
        return fields + [
            node.replicationState, node.replicationSyncState, String(node.statusChangedAt ?? 0),
        ]
    }

    /// 3 for a node in quarantine, too.
    private static func statusNumber(_ status: String) -> String {
        switch status {
        case "waiting": "1"
        case "up": "2"
        case "down", "quarantine": "3"
        default: "0"
        }
    }

    private static func roleNumber(_ role: String) -> String {
        switch role {
        case "main": "0"
        case "primary": "2"
        case "standby": "3"
        default: "1"
        }
    }
}

/// Texts as the clients' reader needs them.
enum PCPText {
    /// Bytes of a field of an error, its letter included.
    private static let fieldByteCountMax = 255

    /// A text of an error. Clients look at its first letter again as if it were a field's: it must
    /// not be one of those that they search.
    static func field(_ text: String) -> String {
        guard let first = text.first else { return text }
        let isMisread = first == "M" || first == "S" || first == "D"
        return cut(
            isMisread ? first.lowercased() + text.dropFirst() : text, to: fieldByteCountMax - 1)
    }

    /// The beginning of a text, at most so many bytes of UTF-8.
    static func cut(_ text: String, to byteCount: Int) -> String {
        guard text.utf8.count > byteCount else { return text }
        var bytes = text.utf8.prefix(max(byteCount, 0))
        // Not in the middle of a character.
        if let next = text.utf8.dropFirst(byteCount).first, next & 0xC0 == 0x80 {
            while let last = bytes.last, last & 0xC0 == 0x80 { bytes = bytes.dropLast() }
            bytes = bytes.dropLast()
        }
        return String(Substring(bytes))
    }
}
