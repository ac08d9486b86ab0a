internal import Operations
internal import PostgresWire
internal import Settings

/// What `log_statement`, `log_per_node_statement`, `notice_per_node_statement` and
/// `log_client_messages` write (command reference, section 11). Off the hot path: with all of them
/// off nothing here is called.
extension Worker {
    func logStatement(
        _ client: ClientRef, _ word: String, _ bytes: UnsafeRawBufferPointer, _ position: Int,
        _ header: FrameHeader, isHeld: Bool
    ) {
        guard settings.wantsTexts else { return }
        let end = min(position + header.total, bytes.count)
        let text = Self.text(bytes, position + FrameHeader.byteCount, end - 1)
        let shown = isHeld ? text : text + "..."
        if settings.settings.logClientMessages {
            log(.log, client, "\(word) message from frontend.", detail: "query: \"\(shown)\"")
        }
        report(client, statement: shown, perNode: shown)
    }

    func logExtended(
        _ client: ClientRef, _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer,
        _ position: Int
    ) {
        let end = min(position + header.total, bytes.count)
        var reader = WireReader(bytes.bytes, from: position + FrameHeader.byteCount, to: end)
        func string() -> String {
            reader.string(bytes.bytes).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        var detail: String?
        var word = ""
        switch header.type {
        case FrontendType.parse:
            word = "Parse"
            let name = string()
            let text = string()
            detail = "statement: \"\(name)\", query: \"\(text)\""
            report(client, statement: text, perNode: "Parse: \(text)")
        case FrontendType.bind:
            word = "Bind"
            let portal = string()
            detail = "portal: \"\(portal)\", statement: \"\(string())\""
        case FrontendType.execute:
            word = "Execute"
            detail = "portal: \"\(string())\""
        case FrontendType.describe, FrontendType.close:
            word = header.type == FrontendType.describe ? "Describe" : "Close"
            let kind = reader.uint8(bytes.bytes)
            detail = "\(kind == 0x53 ? "statement" : "portal"): \"\(string())\""
        case FrontendType.sync: word = "Sync"
        case FrontendType.flush: word = "Flush"
        default: return
        }
        if settings.settings.logClientMessages {
            log(.log, client, "\(word) message from frontend.", detail: detail)
        }
    }

    private func report(_ client: ClientRef, statement: String, perNode: String) {
        if settings.settings.logStatement { log(.log, client, "statement: \(statement)") }
        guard let server = client.pointee.active else { return }
        let node = server.pointee.node
        if settings.settings.logPerNodeStatement {
            let pid = server.pointee.cancelKey.processID
            log(.log, client, "DB node id: \(node) backend pid: \(pid) statement: \(perNode)")
        }
        if settings.settings.noticePerNodeStatement {
            var writer = WireWriter()
            writer.report(
                ServerReport(
                    .notice, SQLState("00000"), "DB node id: \(node) statement: \(perNode)"))
            send(client, writer.bytes)
        }
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> String {
        guard start <= end, end <= bytes.count else { return "" }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
