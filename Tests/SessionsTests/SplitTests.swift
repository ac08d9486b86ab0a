import PostgresWire
import Sessions
import TestSupport
import Testing

/// What a relay did with one message of a server's.
private struct Judged: Equatable {
    var type: UInt8
    var verdict: ServerMachine.Verdict
    var effect: ServerMachine.Effect
}

/// Cuts a server's bytes into messages and has the machine judge each, chunk by chunk: what the
/// worker does with a receive buffer and a stash, without sockets.
private struct BackendFramer {
    var machine: ServerMachine
    private var stash: [UInt8] = []
    private var passRemaining = 0
    private var passIsForwarded = false
    private(set) var forwarded: [UInt8] = []
    private(set) var swallowedBytes = 0
    private(set) var judged: [Judged] = []
    private(set) var isBroken = false

    init(machine: ServerMachine) { self.machine = machine }

    var isAtRest: Bool { stash.isEmpty && passRemaining == 0 }

    mutating func receive(_ chunk: ArraySlice<UInt8>) {
        stash.append(contentsOf: chunk)
        stash.removeFirst(consume(stash))
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, isForwarded: Bool) {
        if isForwarded { forwarded += bytes } else { swallowedBytes += bytes.count }
    }

    private mutating func consume(_ bytes: [UInt8]) -> Int {
        var position = min(passRemaining, bytes.count)
        take(bytes[..<position], isForwarded: passIsForwarded)
        passRemaining -= position
        while position < bytes.count, !isBroken {
            guard case .header(let header) = FrameHeader.read(bytes.span.bytes, at: position)
            else { return position }
            let available = bytes.count - position
            if FrameClass.backend(header.type) == .hold, available < header.total {
                return position
            }
            let detail =
                header.type == BackendType.readyForQuery
                ? bytes[position + FrameHeader.byteCount] : 0
            let outcome = machine.received(header.type, detail: detail)
            judged.append(
                Judged(type: header.type, verdict: outcome.verdict, effect: outcome.effect))
            isBroken = outcome.verdict == .violation
            let taken = min(header.total, available)
            passIsForwarded = outcome.verdict == .forward
            take(bytes[position..<position + taken], isForwarded: passIsForwarded)
            passRemaining = header.total - taken
            position += taken
        }
        return position
    }
}

/// A conversation as it was recorded: both directions, in the order in which they met the proxy.
private struct Recording {
    enum Event {
        case sent(UInt8)
        case inserted(OwedReplies.Kind)
        case received([UInt8], isForClient: Bool)
    }

    var events: [Event] = []

    init(seed: UInt64) {
        var conversation = ModelConversation(seed: seed)
        var machine = ServerMachine()
        var server = ModelServer()
        var id = 0
        for _ in 0..<25 {
            var unit = conversation.unit()
            if server.isIdle, conversation.chance(20) {
                machine.inserted(.insertedQuery)
                events.append(.inserted(.insertedQuery))
                answer(&server, .init(id: id, message: .query([.rows(1)]), isClients: false))
                id += 1
            }
            unit.reverse()
            while let message = unit.popLast() {
                events.append(.sent(message.type))
                answer(&server, .init(id: id, message: message, isClients: true))
                id += 1
            }
        }
    }

    private mutating func answer(_ server: inout ModelServer, _ sent: ModelServer.Sent) {
        for (index, reply) in server.receive(sent).enumerated() {
            var body: [UInt8] = []
            switch reply.type {
            case BackendType.readyForQuery: body = [reply.detail]
            case BackendType.dataRow, BackendType.copyData, BackendType.rowDescription:
                body = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: sent.id % 40)
            case BackendType.commandComplete: body = Array("SELECT 1\0".utf8)
            case BackendType.errorResponse: body = Array("SERROR\0C42601\0Mno\0\0".utf8)
            default: break
            }
            var writer = WireWriter()
            writer.message(reply.type) { $0.raw(body) }
            events.append(.received(writer.bytes, isForClient: reply.isForClient))
        }
    }

    var bytesForClient: [UInt8] {
        events.flatMap { event in
            if case .received(let bytes, isForClient: true) = event { bytes } else { [UInt8]() }
        }
    }

    var swallowedBytes: Int {
        events.reduce(0) { sum, event in
            if case .received(let bytes, isForClient: false) = event {
                sum + bytes.count
            } else {
                sum
            }
        }
    }

    /// Plays it with the server's bytes cut by `cut`, which is told how many are at hand and says
    /// how many of them come at once.
    func play(_ cut: (Int) -> Int) -> BackendFramer {
        var framer = BackendFramer(machine: ServerMachine())
        var arriving: [UInt8] = []
        func deliver(_ framer: inout BackendFramer) {
            var rest = arriving[...]
            while !rest.isEmpty {
                let count = min(max(cut(rest.count), 1), rest.count)
                framer.receive(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            arriving = []
        }
        for event in events {
            switch event {
            case .sent(let type):
                deliver(&framer)
                framer.machine.forwarded(type)
            case .inserted(let kind):
                deliver(&framer)
                framer.machine.inserted(kind)
            case .received(let bytes, _): arriving += bytes
            }
        }
        deliver(&framer)
        return framer
    }
}

@Suite("Splits of a conversation")
struct SplitTests {
    @Test("any split gives the same verdicts and loses no byte", arguments: 0..<40 as Range<UInt64>)
    func splits(_ seed: UInt64) {
        let recording = Recording(seed: seed)
        let whole = recording.play { $0 }
        #expect(!whole.isBroken && whole.isAtRest, "seed \(seed)")
        #expect(whole.forwarded == recording.bytesForClient, "seed \(seed)")
        #expect(whole.swallowedBytes == recording.swallowedBytes, "seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let cuts: [(Int) -> Int] = [
            { _ in 1 }, { _ in 3 }, { _ in 5 }, { $0 - 1 },
            { Int.random(in: 1...$0, using: &generator) },
            { min($0, Int.random(in: 1...9, using: &generator)) },
        ]
        for cut in cuts {
            let split = recording.play(cut)
            #expect(split.judged == whole.judged, "seed \(seed)")
            #expect(split.forwarded == whole.forwarded, "seed \(seed)")
            #expect(split.swallowedBytes == whole.swallowedBytes, "seed \(seed)")
            #expect(split.machine == whole.machine, "seed \(seed)")
        }
    }

    @Test("every prefix gives a prefix of the verdicts and of the bytes")
    func prefixes() {
        for seed in 0..<4 as Range<UInt64> {
            let recording = Recording(seed: seed)
            let whole = recording.play { $0 }
            var answers: [UInt8] = []
            var machine = ServerMachine()
            for event in recording.events.prefix(60) {
                switch event {
                case .sent(let type): machine.forwarded(type)
                case .inserted(let kind): machine.inserted(kind)
                case .received(let bytes, _): answers += bytes
                }
            }
            for count in 0...answers.count {
                var framer = BackendFramer(machine: machine)
                framer.receive(answers[..<count])
                var reference = BackendFramer(machine: machine)
                reference.receive(answers[...])
                #expect(reference.judged.starts(with: framer.judged), "seed \(seed), \(count)")
                #expect(
                    reference.forwarded.starts(with: framer.forwarded), "seed \(seed), \(count)")
                let kept = count - framer.forwarded.count - framer.swallowedBytes
                #expect(kept >= 0, "seed \(seed), \(count)")
            }
            #expect(!whole.isBroken, "seed \(seed)")
        }
    }

    @Test("a client's bytes give the same messages when cut anywhere")
    func frontend() {
        var writer = WireWriter()
        for type in "QPBDECSHFdcf".utf8 {
            writer.message(type) { $0.raw([UInt8](repeating: type, count: Int(type) % 17)) }
        }
        let bytes = writer.bytes
        var types: [UInt8] = []
        var position = 0
        while case .header(let header) = FrameHeader.read(bytes.span.bytes, at: position) {
            types.append(header.type)
            position += header.total
        }
        #expect(types == Array("QPBDECSHFdcf".utf8))
        #expect(position == bytes.count)
        for cut in 0...bytes.count {
            let prefix = Array(bytes[..<cut])
            var found: [UInt8] = []
            var at = 0
            while case .header(let header) = FrameHeader.read(prefix.span.bytes, at: at) {
                guard cut - at >= header.total || FrameClass.frontend(header.type) == .pass
                else { break }
                found.append(header.type)
                at += header.total
            }
            #expect(types.starts(with: found), "cut at \(cut)")
        }
    }
}
