import PostgresWire
import SQLSyntax
import Sessions
import TestSupport
import Testing

/// The prepared statements of one server and how it treats messages that name them.
private struct StatementServer {
    enum Message {
        case parse([UInt8], version: UInt8, isGood: Bool)
        case bind([UInt8])
        case close([UInt8])
        case fails
        case sync
    }

    enum Answer: Equatable {
        case done
        /// Bound to this version of the statement.
        case bound(UInt8)
        case error
        case skipped
    }

    private(set) var statements: [[UInt8]: UInt8] = [:]
    private var isSkipping = false

    mutating func receive(_ message: Message) -> Answer {
        if case .sync = message {
            isSkipping = false
            return .done
        }
        if isSkipping { return .skipped }
        let answer = run(message)
        if answer == .error { isSkipping = true }
        return answer
    }

    private mutating func run(_ message: Message) -> Answer {
        switch message {
        case .parse(let name, let version, let isGood):
            if name.isEmpty { statements[name] = nil }
            guard isGood, statements[name] == nil else { return .error }
            statements[name] = version
            return .done
        case .bind(let name): return statements[name].map(Answer.bound) ?? .error
        case .close(let name):
            statements[name] = nil
            return .done
        case .fails: return .error
        case .sync: return .done
        }
    }

    mutating func discardAll() { statements = [:] }
}

/// One session whose segments go to random nodes, and a lone server with the same history.
private struct Session {
    var generator: SeededGenerator
    var registry = StatementRegistry()
    var nodes: [(server: StatementServer, machine: ServerMachine)]
    var lone = StatementServer()
    var version: UInt8 = 0
    var faults: [String] = []
    var log: [String] = []

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        nodes = (0..<3).map { _ in (StatementServer(), ServerMachine()) }
    }

    private mutating func number(_ range: Range<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    private mutating func name() -> [UInt8] {
        [[], Array("a".utf8), Array("b".utf8), Array("c".utf8)][number(0..<4)]
    }

    mutating func segment() {
        let node = number(0..<nodes.count)
        switch number(0..<25) {
        case 0:
            log.append("node \(node) is lost")
            nodes[node] = (StatementServer(), ServerMachine())
            return registry.lost(node)
        case 1:
            log.append("DISCARD ALL on \(node)")
            nodes[node].server.discardAll()
            lone.discardAll()
            return registry.deallocatedAll(on: node)
        case 2...4: return prepareByText(name(), isGood: number(0..<8) > 0, node)
        default: break
        }
        // The segment may name any of them.
        for name in registry.textNames { prepareText(name, node) }
        for _ in 0..<number(1..<7) {
            switch number(0..<12) {
            case 0...3: parse(name(), isGood: number(0..<8) > 0, node)
            case 4...8: bind(name(), node)
            case 9...10: close(name(), node)
            default: client(.fails, FrontendType.execute, node)
            }
        }
        client(.sync, FrontendType.sync, node)
        if !nodes[node].machine.isQuiet { faults.append("the segment is not over") }
    }

    private mutating func parse(_ name: [UInt8], isGood: Bool, _ node: Int) {
        version &+= 1
        if !nodes[node].machine.isSkipping {
            if !name.isEmpty { prepare(name, node) }
            registry.parseSent(
                name, [version], analysis: .sample(isReadOnly: version % 2 == 0), node: node)
        }
        client(.parse(name, version: version, isGood: isGood), FrontendType.parse, node)
        // The lone server's opinion: the last statement under this name.
        if let known = lone.statements[name],
            !registry.isText(name),
            registry.statement(name)?.analysis.isReadOnly != (known % 2 == 0)
        {
            faults.append("wrong about \(name)")
        }
    }

    private mutating func bind(_ name: [UInt8], _ node: Int) {
        if !nodes[node].machine.isSkipping { prepare(name, node) }
        client(.bind(name), FrontendType.bind, node)
    }

    private mutating func close(_ name: [UInt8], _ node: Int) {
        if !nodes[node].machine.isSkipping { registry.closeSent(name, node: node) }
        client(.close(name), FrontendType.close, node)
    }

    /// The client's PREPARE, a message of its own.
    private mutating func prepareByText(_ name: [UInt8], isGood: Bool, _ node: Int) {
        if name.isEmpty { return }
        version &+= 1
        if registry.isText(name) {
            prepareText(name, node)
        } else {
            prepare(name, node)
            nodes[node].machine.inserted(.insertedSync)
            expect(send(.sync, node), .done, "our Sync")
        }
        let message = StatementServer.Message.parse(name, version: version, isGood: isGood)
        nodes[node].machine.forwarded(FrontendType.query)
        let answer = lone.receive(message)
        expect(send(message, node, isText: true), answer, "the client's PREPARE")
        if answer == .done { registry.prepared(name, text: [version], on: node) }
        _ = lone.receive(.sync)
    }

    /// What PREPARE made elsewhere, between two segments.
    private mutating func prepareText(_ name: [UInt8], _ node: Int) {
        let preparation = registry.prepare(name, on: node)
        if preparation.parse != nil { faults.append("a Parse for a text") }
        guard let text = preparation.text else { return }
        if preparation.closes {
            nodes[node].machine.inserted(.insertedClose)
            expect(send(.close(name), node), .done, "our Close")
            nodes[node].machine.inserted(.insertedSync)
            expect(send(.sync, node), .done, "our Sync")
        }
        nodes[node].machine.inserted(.insertedPrepare)
        let message = StatementServer.Message.parse(name, version: text[0], isGood: true)
        expect(send(message, node, isText: true), .done, "our PREPARE")
    }

    private mutating func prepare(_ name: [UInt8], _ node: Int) {
        if registry.isText(name) { return }
        let preparation = registry.prepare(name, on: node)
        if preparation.closes {
            nodes[node].machine.inserted(.insertedClose)
            expect(send(.close(name), node), .done, "our Close")
        }
        if let parse = preparation.parse {
            nodes[node].machine.inserted(.insertedParse)
            expect(
                send(.parse(name, version: parse[0], isGood: true), node), .done, "our Parse")
        }
    }

    private mutating func client(
        _ message: StatementServer.Message, _ type: UInt8, _ node: Int
    ) {
        nodes[node].machine.forwarded(type)
        expect(send(message, node), lone.receive(message), "the client's")
    }

    private mutating func expect(
        _ answer: StatementServer.Answer, _ wanted: StatementServer.Answer, _ what: String
    ) {
        if answer != wanted { faults.append("\(what) message: \(answer), not \(wanted)") }
    }

    private mutating func send(
        _ message: StatementServer.Message, _ node: Int, isText: Bool = false
    ) -> StatementServer.Answer {
        let answer = nodes[node].server.receive(message)
        log.append("node \(node): \(message)\(isText ? " as a text" : ""): \(answer)")
        let type: UInt8
        switch (message, answer) {
        case (_, .skipped): return answer
        case (_, .error): type = BackendType.errorResponse
        case _ where isText: type = BackendType.commandComplete
        case (.parse, _): type = BackendType.parseComplete
        case (.bind, _): type = BackendType.bindComplete
        case (.close, _): type = BackendType.closeComplete
        default: type = BackendType.readyForQuery
        }
        received(type, node)
        if isText {
            // ReadyForQuery, behind an error as well.
            _ = nodes[node].server.receive(.sync)
            received(BackendType.readyForQuery, node)
        }
        return answer
    }

    private mutating func received(_ type: UInt8, _ node: Int) {
        let outcome = nodes[node].machine.received(type, detail: 0x49)
        switch outcome.effect {
        case .statementSettled: registry.settled()
        case .clientError: registry.refused(nodes[node].machine.lastRefusal)
        case .none, .clientReady, .insertedReady, .insertedError: break
        }
        if outcome.verdict == .violation { faults.append("a violation") }
    }
}

@Suite("Prepared statements as on a single server")
struct StatementRegistryPropertyTests {
    @Test("every Parse, Bind and Close has the same outcome", arguments: 0..<300 as Range<UInt64>)
    func sameOutcome(_ seed: UInt64) {
        var session = Session(seed: seed)
        for _ in 0..<60 where session.faults.isEmpty { session.segment() }
        #expect(
            session.faults.isEmpty,
            "seed \(seed): \(session.faults)\n\(session.log.suffix(30).joined(separator: "\n"))")
    }
}
