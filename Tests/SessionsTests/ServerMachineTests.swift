import PostgresWire
import Sessions
import Testing

/// A conversation in letters: what the client sends, and what the server answers with what should
/// become of it.
private enum Line {
    /// Type letters of the client's messages.
    case client(String)
    case ours(OwedReplies.Kind)
    /// Type letters of the server's messages; Z stands for ReadyForQuery with status I.
    case forwarded(String)
    case swallowed(String)
    case unasked(String)
    case violation(String)
    /// ReadyForQuery with another status, forwarded.
    case ready(TransactionStatus)
    case quiet(Bool)
    case disowned
}

@Suite("Server machine")
struct ServerMachineTests {
    private static let idle = UInt8(ascii: "I")

    private func play(_ name: String, _ lines: [Line]) {
        var machine = ServerMachine()
        for (index, line) in lines.enumerated() {
            func check(_ letters: String, _ verdict: ServerMachine.Verdict) {
                for letter in letters.utf8 {
                    let outcome = machine.received(letter, detail: Self.idle)
                    #expect(
                        outcome.verdict == verdict,
                        "\(name), line \(index): \(UnicodeScalar(letter))")
                }
            }
            switch line {
            case .client(let letters): for letter in letters.utf8 { machine.forwarded(letter) }
            case .ours(let kind): machine.inserted(kind)
            case .forwarded(let letters): check(letters, .forward)
            case .swallowed(let letters): check(letters, .swallow)
            case .unasked(let letters): check(letters, .unasked)
            case .violation(let letters): check(letters, .violation)
            case .ready(let status):
                let outcome = machine.received(0x5A, detail: status.rawValue)
                #expect(outcome == ServerMachine.Outcome(.forward, .clientReady), "\(name)")
                #expect(machine.status == status, "\(name), line \(index)")
            case .quiet(let isQuiet): #expect(machine.isQuiet == isQuiet, "\(name), line \(index)")
            case .disowned: machine.disown()
            }
        }
    }

    @Test("simple queries")
    func simple() {
        play("rows", [.client("Q"), .quiet(false), .forwarded("TDDCZ"), .quiet(true)])
        play("several statements", [.client("Q"), .forwarded("TDCTDCICZ"), .quiet(true)])
        play("error", [.client("Q"), .forwarded("TDEZ"), .quiet(true)])
        play("pipeline", [.client("QQQ"), .forwarded("CZEZ"), .quiet(false), .forwarded("TDCZ")])
        play("function call", [.client("F"), .forwarded("VZ"), .client("F"), .forwarded("EZ")])
        play(
            "statuses",
            [
                .client("QQQ"), .forwarded("C"), .ready(.inTransaction), .forwarded("E"),
                .ready(.failed), .forwarded("C"), .ready(.idle), .quiet(true),
            ])
    }

    @Test("extended queries")
    func extended() {
        play(
            "all messages",
            [
                .client("PBDECS"), .quiet(false), .forwarded("12TDDC3Z"), .quiet(true),
            ])
        play("describe statement", [.client("PDS"), .forwarded("1tnZ"), .quiet(true)])
        play("suspended", [.client("BES"), .forwarded("2DsZ")])
        play("empty", [.client("PBES"), .forwarded("12IZ")])
        play(
            "flush without sync",
            [
                .client("PH"), .forwarded("1"), .quiet(false), .client("S"), .forwarded("Z"),
                .quiet(true),
            ])
        play("a lone flush asks for nothing", [.client("H"), .quiet(true)])
        play("several syncs", [.client("PBESPBESSS"), .forwarded("12CZ12CZZZ"), .quiet(true)])
        play("a query ends the segment", [.client("BQ"), .forwarded("2CZ"), .quiet(true)])
        play("commit fails at sync", [.client("BES"), .forwarded("2CEZ"), .quiet(true)])
    }

    @Test("errors skip to Sync and no further")
    func errors() {
        play("rest of the segment", [.client("PBDECS"), .forwarded("1EZ"), .quiet(true)])
        play(
            "not the next segment",
            [
                .client("PBESPBES"), .forwarded("EZ12CZ"), .quiet(true),
            ])
        play("a query is skipped too", [.client("BQS"), .forwarded("EZ"), .quiet(true)])
        play("not the query behind the sync", [.client("BSQ"), .forwarded("EZTCZ"), .quiet(true)])
        play(
            "what is sent after the error",
            [
                .client("PH"), .forwarded("E"), .quiet(false), .client("BEQFC"), .quiet(false),
                .client("S"), .forwarded("Z"), .quiet(true),
            ])
    }

    @Test("COPY out")
    func copyOut() {
        play("simple", [.client("Q"), .forwarded("HdddcCZ"), .quiet(true)])
        play("extended", [.client("PBES"), .forwarded("12HddcCZ"), .quiet(true)])
        play("failing", [.client("Q"), .forwarded("HdEZ"), .quiet(true)])
    }

    @Test("COPY in")
    func copyIn() {
        play(
            "simple",
            [
                .client("Q"), .forwarded("G"), .client("dddc"), .quiet(false), .forwarded("CZ"),
                .quiet(true),
            ])
        play("given up", [.client("Q"), .forwarded("G"), .client("df"), .forwarded("EZ")])
        play(
            "failing, the rest of the data is ignored",
            [
                .client("Q"), .forwarded("G"), .client("dd"), .forwarded("EZ"), .client("ddc"),
                .quiet(true), .client("Q"), .forwarded("TDCZ"), .quiet(true),
            ])
        play("pipelined", [.client("QdcQ"), .forwarded("GCZ"), .quiet(false), .forwarded("CZ")])
        play(
            "extended, as libpq does it",
            [
                .client("PBDES"), .forwarded("12nG"), .client("dd"), .quiet(false), .client("cS"),
                .forwarded("CZ"), .quiet(true),
            ])
        play(
            "extended with flush",
            [
                .client("PBEH"), .forwarded("12G"), .client("dcS"), .forwarded("CZ"), .quiet(true),
            ])
        play(
            "syncs within the data are ignored",
            [
                .client("PBE"), .forwarded("12G"), .client("dSdSc"), .forwarded("C"), .quiet(false),
                .client("S"), .forwarded("Z"), .quiet(true),
            ])
        play(
            "extended, failing",
            [
                .client("PBES"), .forwarded("12G"), .client("d"), .forwarded("E"), .client("dcS"),
                .forwarded("Z"), .quiet(true),
            ])
        play(
            "a trigger fails before the first Sync is ignored",
            [
                .client("PBES"), .forwarded("12GEZ"), .quiet(true), .client("dcS"), .forwarded("Z"),
                .quiet(true),
            ])
        play(
            "both answers come late",
            [
                .client("PBESdcSQ"), .forwarded("12GEZZTDCZ"), .quiet(true),
            ])
        play(
            "the end of a COPY that never began", [.client("Qdc"), .forwarded("EZ"), .quiet(true)])
    }

    @Test("COPY both")
    func copyBoth() {
        play(
            "replication",
            [
                .client("Q"), .forwarded("Wdd"), .client("dd"), .forwarded("d"), .quiet(false),
                .client("c"), .forwarded("cCZ"), .quiet(true),
            ])
    }

    @Test("exchanges of ours are swallowed and the client's are not")
    func inserted() {
        play("query", [.ours(.insertedQuery), .client("Q"), .swallowed("TDCNZ"), .forwarded("CZ")])
        play(
            "prepared again",
            [
                .ours(.insertedClose), .ours(.insertedParse), .client("BES"), .swallowed("31"),
                .forwarded("2CZ"), .quiet(true),
            ])
        play(
            "the client gets the error of what we put in",
            [
                .ours(.insertedParse), .client("BES"), .forwarded("EZ"), .quiet(true),
            ])
        play("sync", [.ours(.insertedSync), .swallowed("Z"), .quiet(true)])
    }

    @Test("after the client left everything is ours")
    func disowned() {
        play("busy", [.client("QPBDES"), .disowned, .swallowed("TDCZ12tTCZ"), .quiet(true)])
        play("failing", [.client("PBES"), .disowned, .swallowed("1EZ"), .quiet(true)])
        play(
            "open segment",
            [
                .client("PB"), .disowned, .swallowed("12"), .quiet(false), .ours(.insertedSync),
                .swallowed("Z"), .quiet(true),
            ])
        play(
            "copy",
            [
                .client("Q"), .forwarded("G"), .disowned, .quiet(false), .ours(.copyEnd),
                .swallowed("EZ"), .quiet(true),
            ])
        play(
            "a doubt is nobody else's",
            [
                .client("PBES"), .forwarded("12G"), .disowned, .ours(.copyEnd),
                .ours(.insertedSync),
                .swallowed("EZ"), .quiet(false), .swallowed("Z"), .quiet(true),
            ])
    }

    @Test("what nobody asked for is told apart from a broken protocol")
    func unasked() {
        play("idle", [.unasked("NSAE"), .quiet(true)])
        play("busy", [.client("Q"), .unasked("SA"), .forwarded("N"), .forwarded("CZ")])
        for letter in "123CDdcGHWITntsVZRKvx?" { play("idle", [.violation(String(letter))]) }
        play("parse", [.client("P"), .violation("2")])
        play("bind", [.client("B"), .violation("D")])
        play("ready too early", [.client("BS"), .violation("Z")])
        play("wrong order", [.client("BE"), .violation("C")])
        play("function call", [.client("F"), .violation("D")])
    }

    @Test("a status byte that does not exist is a violation")
    func badStatus() {
        var machine = ServerMachine()
        machine.forwarded(FrontendType.query)
        #expect(
            machine.received(BackendType.readyForQuery, detail: 0) == .init(.violation, .none))
    }

    @Test("effects come with the messages that they belong to")
    func effects() {
        var machine = ServerMachine()
        for type in Array("PBCES".utf8) { machine.forwarded(type) }
        #expect(machine.received(0x31, detail: 0).effect == .statementSettled)
        #expect(machine.received(0x32, detail: 0).effect == .none)
        #expect(machine.received(0x45, detail: 0).effect == .clientError)
        #expect(machine.lastRefusal == .init(statementCount: 1, isFirstTried: true))
        #expect(machine.received(0x5A, detail: Self.idle).effect == .clientReady)
        machine.inserted(.insertedQuery)
        #expect(machine.received(0x45, detail: 0).effect == .insertedError)
        #expect(machine.insertedFailed)
        #expect(machine.received(0x5A, detail: Self.idle).effect == .insertedReady)
    }

    @Test("a cancel request means the connection that works for the client")
    func busy() {
        var machine = ServerMachine()
        #expect(!machine.isBusyForClient)
        machine.inserted(.insertedQuery)
        machine.forwarded(FrontendType.query)
        #expect(!machine.isBusyForClient, "our own statement runs")
        _ = machine.received(BackendType.readyForQuery, detail: Self.idle)
        #expect(machine.isBusyForClient)
        machine.disown()
        #expect(!machine.isBusyForClient)
        var segment = ServerMachine()
        segment.inserted(.insertedParse)
        segment.forwarded(FrontendType.execute)
        #expect(segment.isBusyForClient)
    }

    @Test("any message in any state gives an answer")
    func total() {
        for first in UInt8.min...UInt8.max {
            for second in "ZEGHWC123TnDdcIsVNSA".utf8 {
                for sent in ["", "Q", "PBDECS", "F", "S", "ES", "QdcS"] {
                    var machine = ServerMachine()
                    for type in sent.utf8 { machine.forwarded(type) }
                    _ = machine.received(second, detail: first)
                    _ = machine.received(first, detail: Self.idle)
                    machine.disown()
                    _ = machine.received(second, detail: Self.idle)
                    #expect(machine.owed.readyCount <= machine.owed.count)
                }
            }
        }
    }
}
