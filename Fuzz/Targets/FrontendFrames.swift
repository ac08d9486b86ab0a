import PostgresWire
import SQLSyntax
import Sessions

/// What a logged-in client can send: framed, its names read, statements remembered.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: data, count: count).bytes
    var machine = ServerMachine()
    var registry = StatementRegistry()
    var position = 0
    var node = 0
    while case .header(let header) = FrameHeader.read(bytes, at: position) {
        guard count - position >= header.total else { break }
        if FrameClass.frontend(header.type) == .unknown { break }
        let start = position + FrameHeader.byteCount
        position += header.total
        var reader = WireReader(bytes, from: start, to: position)
        switch header.type {
        case FrontendType.parse where !machine.isSkipping:
            guard let name = reader.string(bytes), let text = reader.stringRange(bytes) else {
                registry.otherSent(node: node)
                break
            }
            precondition(text.upperBound < position && text.lowerBound >= start)
            if !name.isEmpty { insert(registry.prepare(name, on: node), &machine) }
            registry.parseSent(name, [1], analysis: .tooLong, node: node)
        case FrontendType.bind where !machine.isSkipping:
            guard reader.string(bytes) != nil, let name = reader.string(bytes) else { break }
            insert(registry.prepare(name, on: node), &machine)
            _ = registry.statement(name)
        case FrontendType.close where !machine.isSkipping:
            if reader.uint8(bytes) == 0x53, let name = reader.string(bytes) {
                registry.closeSent(name, node: node)
            } else {
                registry.otherSent(node: node)
            }
        case FrontendType.functionCall: node = (node + 1) % 3
        default: break
        }
        machine.forwarded(header.type)
        if header.total % 3 == 0 { answer(&machine, &registry) }
    }
    machine.disown()
    answer(&machine, &registry)
    return 0
}

private func insert(
    _ preparation: StatementRegistry.Preparation, _ machine: inout ServerMachine
) {
    if preparation.closes { machine.inserted(.insertedClose) }
    if preparation.parse != nil { machine.inserted(.insertedParse) }
}

/// The next answer as a server gives it; nothing that is owed may be a violation.
private func answer(_ machine: inout ServerMachine, _ registry: inout StatementRegistry) {
    let type: UInt8
    switch machine.owed.first {
    case nil, .copyEnd: return
    case .parse, .insertedParse: type = BackendType.parseComplete
    case .bind, .insertedBind: type = BackendType.errorResponse
    case .describe, .insertedDescribe: type = BackendType.noData
    case .execute, .insertedExecute: type = BackendType.commandComplete
    case .close, .insertedClose: type = BackendType.closeComplete
    case .query, .sync, .functionCall, .insertedQuery, .insertedSync:
        type = BackendType.readyForQuery
    case .insertedPrepare:
        settle(BackendType.commandComplete, &machine, &registry)
        type = BackendType.readyForQuery
    }
    settle(type, &machine, &registry)
}

private func settle(
    _ type: UInt8, _ machine: inout ServerMachine, _ registry: inout StatementRegistry
) {
    let outcome = machine.received(type, detail: TransactionStatus.idle.rawValue)
    precondition(outcome.verdict == .forward || outcome.verdict == .swallow)
    switch outcome.effect {
    case .statementSettled: registry.settled()
    case .clientError: registry.refused(machine.lastRefusal)
    case .none, .clientReady, .insertedReady, .insertedError: break
    }
}
