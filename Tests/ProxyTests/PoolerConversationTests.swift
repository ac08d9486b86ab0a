import Operations
import PostgresWire
import SQLSyntax
import Testing

@testable import Proxy

/// The extended protocol about statements that the proxy answers itself.
@Suite struct PoolerConversationTests {
    private var conversation = PoolerConversation()
    private var status = TransactionStatus.idle
    /// What was executed, in order.
    private var executed: [PoolerCommand] = []

    // MARK: Messages

    private static func message(_ type: UInt8, _ body: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        writer.message(type, body)
        return writer.bytes
    }

    private static func parse(_ name: String, _ sql: String) -> [UInt8] {
        message(FrontendType.parse) {
            $0.string(name)
            $0.string(sql)
            $0.uint16(0)
        }
    }

    private static func bind(
        _ portal: String, _ name: String, parameters: Int = 0, formats: [UInt16] = []
    ) -> [UInt8] {
        message(FrontendType.bind) {
            $0.string(portal)
            $0.string(name)
            $0.uint16(0)
            $0.uint16(UInt16(parameters))
            for _ in 0..<parameters {
                $0.uint32(1)
                $0.uint8(0x31)
            }
            $0.uint16(UInt16(formats.count))
            for format in formats { $0.uint16(format) }
        }
    }

    private static func named(_ type: UInt8, _ kind: Character, _ name: String) -> [UInt8] {
        message(type) {
            $0.uint8(kind.asciiValue ?? 0)
            $0.string(name)
        }
    }

    private static func execute(_ portal: String, limit: UInt32 = 0) -> [UInt8] {
        message(FrontendType.execute) {
            $0.string(portal)
            $0.uint32(limit)
        }
    }

    private static let sync = message(FrontendType.sync) { _ in }
    private static let flush = message(FrontendType.flush) { _ in }
    private static let version = parse("", "show pool_version") + bind("", "") + execute("")

    /// The types of the answer's messages.
    private mutating func answer(_ bytes: [UInt8], isMixed: Bool = false) -> String {
        types(reply(bytes, isMixed: isMixed).writer.bytes)
    }

    private mutating func reply(
        _ bytes: [UInt8], isMixed: Bool = false
    ) -> PoolerConversation.Reply {
        var executed = self.executed
        let table = ReportTable(
            columns: ["a", "b"], rows: [["1", "2"], ["3", "4"], ["5", "6"]])
        let reply = conversation.answer(
            bytes.span.bytes, 0..<bytes.count, isMixed: isMixed, status: status,
            dialect: .standard,
            columns: { command in
                switch command {
                case .show("wrong"): .failed(ServerReport(.error, .internalError, "wrong"))
                case .report, .show, .showAll: .named(["a", "b"])
                case .set, .reset, .resetAll, .deleteCached: .none
                }
            },
            execute: { command in
                executed.append(command)
                switch command {
                case .report, .showAll: return .table(table)
                case .show(let name):
                    return name == "wrong"
                        ? .failed(ServerReport(.error, .internalError, "wrong"))
                        : .table(ReportTable(name, "value"))
                case .set, .reset, .resetAll, .deleteCached: return .done("SET")
                }
            })
        self.executed = executed
        return reply
    }

    private func types(_ bytes: [UInt8]) -> String {
        var types = ""
        var position = 0
        while case .header(let header) = FrameHeader.read(bytes.span.bytes, at: position) {
            types.unicodeScalars.append(Unicode.Scalar(header.type))
            position += header.total
        }
        return types
    }

    private mutating func look(_ bytes: [UInt8]) -> PoolerConversation.Run {
        conversation.look(bytes.span.bytes, from: 0, dialect: .standard)
    }

    /// The SQLSTATE of the one error that a run gets.
    private mutating func refusal(_ bytes: [UInt8]) -> String {
        let answer = reply(bytes).writer.bytes
        #expect(types(answer).hasSuffix("EZ"))
        var position = 0
        while case .header(let header) = FrameHeader.read(answer.span.bytes, at: position) {
            if header.type == BackendType.errorResponse {
                let body = Array(
                    answer[position + FrameHeader.byteCount..<position + header.total])
                return ReportFields.read(body.span.bytes).code
            }
            position += header.total
        }
        return ""
    }

    // MARK: Whose it is

    @Test("a segment is ours, a server's, or both")
    mutating func whose() {
        let ours = Self.version + Self.sync
        #expect(look(ours) == .ours(end: ours.count, needsSessions: false))
        let gathered = Self.parse("", "show pool_pools") + Self.bind("", "") + Self.execute("")
        #expect(
            look(gathered + Self.sync)
                == .ours(end: (gathered + Self.sync).count, needsSessions: true))
        let theirs = Self.parse("", "select 1") + Self.bind("", "") + Self.execute("")
        #expect(look(theirs + Self.sync) == .servers)
        let both = theirs + Self.version + Self.sync
        #expect(look(both) == .mixed(end: both.count, head: theirs.count))
        let other = Self.version + theirs + Self.sync
        #expect(look(other) == .mixed(end: other.count, head: nil))
        // What is behind the Sync does not matter.
        #expect(look(ours + theirs) == .ours(end: ours.count, needsSessions: false))
        #expect(look(Self.sync) == .servers)
        #expect(look(Self.bind("", "unknown") + Self.sync) == .servers)
    }

    @Test("every cut of a segment of ours waits for the rest, and the whole is ours")
    mutating func cuts() {
        let whole =
            Self.parse("s", "/* c */ show pool_version") + Self.bind("p", "s")
            + Self.named(FrontendType.describe, "P", "p") + Self.execute("p") + Self.sync
        let first = Self.parse("s", "/* c */ show pool_version").count
        for cut in first..<whole.count {
            #expect(look(Array(whole[..<cut])) == .incomplete, "\(cut)")
        }
        for cut in 0..<first {
            #expect(look(Array(whole[..<cut])) == .servers, "\(cut)")
        }
        #expect(look(whole) == .ours(end: whole.count, needsSessions: false))
        #expect(conversation.isEmpty, "looking remembers nothing of ours")
    }

    @Test("drivers close late: a Close belongs to whatever it comes with")
    mutating func closes() {
        #expect(answer(Self.parse("mine", "show pool_nodes") + Self.sync) == "1Z")
        let closesMine = Self.named(FrontendType.close, "S", "mine")
        let closesTheirs = Self.named(FrontendType.close, "S", "theirs")
        let run = closesTheirs + Self.version + Self.sync
        #expect(look(run) == .ours(end: run.count, needsSessions: false))
        let reply = reply(run)
        #expect(reply.closes == [0..<closesTheirs.count])
        #expect(types(reply.writer.bytes) == "312DDDCZ")
        let theirs = closesMine + Self.parse("", "select 1") + Self.sync
        #expect(look(theirs) == .servers)
        #expect(conversation.isEmpty, "a server is told to close it: it is forgotten")
        #expect(look(closesMine + Self.sync) == .servers)
    }

    @Test("a server's statement takes the name of ours")
    mutating func shadowed() {
        #expect(answer(Self.parse("", "show pool_nodes") + Self.sync) == "1Z")
        #expect(look(Self.parse("", "select 1") + Self.sync) == .servers)
        #expect(look(Self.bind("", "") + Self.execute("") + Self.sync) == .servers)
    }

    // MARK: Answers

    @Test("a segment is answered message by message")
    mutating func messages() {
        let described =
            Self.parse("s", "show pool_nodes")
            + Self.named(FrontendType.describe, "S", "s") + Self.bind("", "s")
            + Self.named(FrontendType.describe, "P", "") + Self.execute("")
            + Self.named(FrontendType.close, "P", "")
            + Self.named(FrontendType.close, "S", "s") + Self.sync
        #expect(answer(described) == "1tT2TDDDC33Z")
        let set =
            Self.parse("", "pgpool set log_statement to on")
            + Self.named(FrontendType.describe, "S", "") + Self.bind("", "")
            + Self.named(FrontendType.describe, "P", "") + Self.execute("") + Self.sync
        #expect(answer(set) == "1tn2nCZ")
        #expect(executed == [.report(.nodes), .set("log_statement", "on")])
        #expect(conversation.isOpen == false)
    }

    @Test("a portal is executed once, in portions, and lives as long as its transaction")
    mutating func portals() {
        status = .inTransaction
        let open = Self.parse("", "show pool_nodes") + Self.bind("door", "")
        #expect(answer(open + Self.execute("door", limit: 2) + Self.sync) == "12DDsZ")
        #expect(answer(Self.execute("door", limit: 2) + Self.sync) == "DCZ")
        #expect(answer(Self.execute("door") + Self.sync) == "CZ")
        #expect(executed == [.report(.nodes)])
        #expect(refusal(Self.bind("door", "") + Self.sync) == "42P03")
        conversation.transactionEnded()
        #expect(refusal(Self.execute("door") + Self.sync) == "34000")
        status = .idle
        #expect(answer(open + Self.execute("door", limit: 2) + Self.sync) == "12DDsZ")
        #expect(refusal(Self.execute("door", limit: 2) + Self.sync) == "34000")
    }

    @Test("an error silences everything up to the Sync")
    mutating func errors() {
        let wrong = Self.parse("", "pgpool show wrong") + Self.bind("", "") + Self.execute("")
        #expect(answer(wrong + Self.version + Self.flush) == "12E")
        #expect(conversation.isSkipping)
        let more = Self.version + Self.flush
        #expect(look(more) == .ours(end: more.count, needsSessions: false))
        #expect(answer(more).isEmpty)
        #expect(answer(Self.version + Self.sync) == "Z")
        #expect(answer(Self.version + Self.sync) == "12DDDCZ")
    }

    @Test("PostgreSQL's own codes for what does not fit")
    mutating func codes() {
        #expect(refusal(Self.bind("", "none") + Self.sync) == "26000")
        #expect(refusal(Self.execute("none") + Self.sync) == "34000")
        #expect(refusal(Self.named(FrontendType.describe, "P", "none") + Self.sync) == "34000")
        #expect(refusal(Self.parse("", "show pool_nodes; pgpool show all") + Self.sync) == "42601")
        #expect(refusal(Self.parse("", "select 1") + Self.sync) == "0A000")
        let two = Self.parse("s", "show pool_nodes") + Self.parse("s", "show pool_nodes")
        #expect(refusal(two + Self.sync) == "42P05")
        #expect(refusal(Self.bind("", "s", parameters: 1) + Self.sync) == "08P01")
        #expect(refusal(Self.message(FrontendType.bind) { $0.uint8(1) } + Self.sync) == "08P01")
        let described =
            Self.parse("", "pgpool show wrong")
            + Self.named(FrontendType.describe, "S", "")
        #expect(refusal(described + Self.sync) == "XX000")
        status = .failed
        #expect(refusal(Self.version + Self.sync) == "25P02")
    }

    @Test("a segment for both is refused as a whole, once")
    mutating func mixed() {
        let both = Self.version + Self.parse("", "select 1") + Self.sync
        #expect(answer(both, isMixed: true) == "EZ")
        #expect(executed.isEmpty && conversation.isEmpty)
    }

    @Test("binary columns are announced where they were asked for")
    mutating func formats() {
        func formats(_ description: [UInt8]) -> [UInt8] {
            // Two columns with names of one letter: 20 bytes each, the format last.
            [description[FrameHeader.byteCount + 21], description[FrameHeader.byteCount + 41]]
        }
        let columns = Self.named(FrontendType.describe, "P", "")
        for (asked, expected) in [([], [0, 0]), ([1], [1, 1]), ([0, 1], [0, 1])]
            as [([UInt16], [UInt8])]
        {
            let run = Self.parse("", "show pool_nodes") + Self.bind("", "", formats: asked)
            _ = reply(run)
            #expect(formats(reply(columns).writer.bytes) == expected)
        }
    }
}
