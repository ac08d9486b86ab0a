import PostgresWire
import Sessions
import TestSupport
import Testing

/// A client, a ``ServerMachine`` and a ``ModelServer`` with queues between them, as far apart as
/// chance wants.
private struct Relay {
    var conversation: ModelConversation
    var machine = ServerMachine()
    var server = ModelServer()
    var toServer: [ModelServer.Sent] = []
    var toMachine: [ModelReply] = []
    var waiting: [ModelMessage] = []
    var isClientGone = false
    /// Parse and Close messages on their way, as a registry would remember them.
    var statements: [Int] = []
    var nextID = 0
    var faults: [String] = []
    var log: [String] = []

    init(seed: UInt64) { conversation = ModelConversation(seed: seed) }

    mutating func clientSends(_ message: ModelMessage) {
        note(message)
        machine.forwarded(message.type)
        send(message, isClients: true)
    }

    mutating func weSend(_ message: ModelMessage, _ kind: OwedReplies.Kind) {
        note(message)
        machine.inserted(kind)
        send(message, isClients: false)
    }

    private mutating func note(_ message: ModelMessage) {
        switch message {
        case .parse, .close: if !machine.isSkipping { statements.append(nextID) }
        default: break
        }
    }

    private mutating func send(_ message: ModelMessage, isClients: Bool) {
        log.append("\(nextID) > \(message)\(isClients ? "" : " (ours)")")
        toServer.append(ModelServer.Sent(id: nextID, message: message, isClients: isClients))
        nextID += 1
    }

    mutating func serverReads() {
        guard !toServer.isEmpty else { return }
        toMachine += server.receive(toServer.removeFirst())
    }

    mutating func machineReads() {
        guard !toMachine.isEmpty else { return }
        let reply = toMachine.removeFirst()
        let outcome = machine.received(reply.type, detail: reply.detail)
        let character = Character(UnicodeScalar(reply.type))
        log.append("  < \(character) for \(reply.cause): \(outcome.verdict) \(outcome.effect)")
        let isForClient = reply.isForClient && !isClientGone
        if outcome.verdict != (isForClient ? .forward : .swallow) {
            faults.append("\(character) for \(reply.cause) became \(outcome.verdict)")
        }
        check(reply, outcome, isForClient: isForClient)
    }

    private mutating func check(
        _ reply: ModelReply, _ outcome: ServerMachine.Outcome, isForClient: Bool
    ) {
        switch reply.type {
        case BackendType.readyForQuery:
            if outcome.effect != (isForClient ? .clientReady : .insertedReady) {
                faults.append("ReadyForQuery had the effect \(outcome.effect)")
            }
            if machine.status.rawValue != reply.detail { faults.append("wrong status") }
        case BackendType.parseComplete, BackendType.closeComplete:
            if outcome.effect != .statementSettled
                || (!isClientGone && statements.first != reply.cause)
            {
                faults.append("\(reply.cause) settled \(statements.first ?? -1)")
            }
            if !statements.isEmpty { statements.removeFirst() }
        case BackendType.errorResponse:
            if outcome.effect != (isForClient ? .clientError : .insertedError) {
                faults.append("ErrorResponse had the effect \(outcome.effect)")
            }
            refuse(reply)
        default:
            if outcome.effect != .none { faults.append("an effect: \(outcome.effect)") }
        }
    }

    private mutating func refuse(_ reply: ModelReply) {
        guard !isClientGone else { return }
        let refusal = machine.lastRefusal
        let refused = statements.prefix(refusal.statementCount)
        if refused.count != refusal.statementCount { faults.append("too many refused") }
        if refused.contains(where: server.done.contains) { faults.append("a done one refused") }
        if refusal.isFirstTried != (refused.first == reply.cause) {
            faults.append("wrong culprit")
        }
        statements.removeFirst(refused.count)
    }

    mutating func drain() {
        while !toServer.isEmpty || !toMachine.isEmpty {
            serverReads()
            while !toMachine.isEmpty { machineReads() }
        }
        if machine.isQuiet != server.isIdle {
            faults.append("quiet \(machine.isQuiet), but the server is idle \(server.isIdle)")
        }
        if machine.isSkipping != server.isSkipping, !machine.isInDoubt {
            faults.append("skipping \(machine.isSkipping)")
        }
        if machine.isCopyingIn != server.isCopyingIn { faults.append("wrong about COPY") }
        if !statements.isEmpty, !isClientGone { faults.append("forgotten: \(statements)") }
    }

    /// One random step; the client's units follow each other with or without waiting.
    mutating func step() {
        switch conversation.number(0...9) {
        case 0...3:
            if waiting.isEmpty {
                if conversation.chance(25) { drain() }
                if machine.isQuiet, toServer.isEmpty, conversation.chance(10) {
                    weSend(.query([.command]), .insertedQuery)
                }
                waiting = conversation.unit()
            }
            insertSometimes()
            clientSends(waiting.removeFirst())
        case 4...6: serverReads()
        default: machineReads()
        }
    }

    /// Parse and Close of ours go before a Bind or Parse of the client's.
    private mutating func insertSometimes() {
        guard let next = waiting.first, conversation.chance(15) else { return }
        switch next {
        case .bind, .parse:
            if conversation.chance(30) { weSend(.close, .insertedClose) }
            weSend(.parse(fails: conversation.chance(10)), .insertedParse)
        default: break
        }
    }

    /// The client dies here; the connection is made clean for the next one.
    mutating func abandon() {
        isClientGone = true
        machine.disown()
        for _ in 0..<8 where !machine.isQuiet {
            if machine.isCopyingIn { weSend(.copyFail, .copyEnd) }
            if machine.hasOpenSegment || machine.owed.readyCount == 0 {
                weSend(.sync, .insertedSync)
            }
            while !toServer.isEmpty || !toMachine.isEmpty {
                serverReads()
                while !toMachine.isEmpty { machineReads() }
            }
        }
        if !machine.isQuiet, !machine.isInDoubt { faults.append("never quiet again") }
        if machine.isQuiet, !server.isIdle { faults.append("given away while not idle") }
    }

    func report(_ seed: UInt64) -> String {
        "seed \(seed): \(faults.prefix(3))\n" + log.suffix(40).joined(separator: "\n")
    }
}

@Suite("A server machine between a client and a server")
struct ServerMachineConversationTests {
    @Test("every answer goes to whoever asked", arguments: 0..<150 as Range<UInt64>)
    func answers(_ seed: UInt64) {
        var relay = Relay(seed: seed)
        for _ in 0..<400 where relay.faults.isEmpty { relay.step() }
        while !relay.waiting.isEmpty { relay.clientSends(relay.waiting.removeFirst()) }
        relay.drain()
        #expect(relay.faults.isEmpty, "\(relay.report(seed))")
    }

    @Test("a client may die anywhere", arguments: 0..<300 as Range<UInt64>)
    func death(_ seed: UInt64) {
        var relay = Relay(seed: seed &+ 1_000_000)
        for _ in 0..<relay.conversation.number(1...60) where relay.faults.isEmpty {
            relay.step()
        }
        relay.abandon()
        #expect(relay.faults.isEmpty, "\(relay.report(seed))")
    }
}
