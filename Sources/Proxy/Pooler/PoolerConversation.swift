internal import Operations
internal import PostgresWire
internal import SQLSyntax

/// The extended protocol of one client about statements that the proxy answers itself: their
/// names, portals, and the silence between an error and the Sync.
///
/// Shown the client's messages it says whose they are and writes the answers.
struct PoolerConversation {
    /// Whose the next messages are, up to a Sync, a Flush or a message of another kind.
    enum Run: Equatable {
        case servers
        /// Begins as ours; the end has not come yet.
        case incomplete
        /// - Parameter needsSessions: a report about all sessions is among them.
        case ours(end: Int, needsSessions: Bool)
        /// Ours and a server's.
        ///
        /// - Parameter head: where ours begin, if all that comes before is a server's and nothing
        ///   behind it.
        case mixed(end: Int, head: Int?)
    }

    /// What was written, and what servers have to hear all the same.
    struct Reply {
        var writer = WireWriter()
        /// Close messages about names that are not ours.
        var closes: [Range<Int>] = []
    }

    private struct Portal {
        var command: PoolerCommand
        /// As in Bind: none for text, one for all columns, or one for each.
        var formats: [UInt16]
        /// Nil until it is executed.
        var rows: [[String]]?
        var sent = 0
        var tag: String?

        func isBinary(_ column: Int) -> Bool {
            if formats.count == 1 { return formats[0] == 1 }
            return formats.indices.contains(column) && formats[column] == 1
        }
    }

    private var statements: [[UInt8]: PoolerCommand] = [:]
    private var portals: [[UInt8]: Portal] = [:]
    /// Messages were answered and their Sync has not come yet.
    private(set) var isOpen = false
    /// An error was answered: everything up to the Sync is ignored.
    private(set) var isSkipping = false

    init() {}

    /// Nothing is remembered: a message that is no Parse cannot be ours.
    var isEmpty: Bool { statements.isEmpty && portals.isEmpty && !isOpen }

    // MARK: What else happens

    /// No transaction is open any more, and with it no portal.
    mutating func transactionEnded() { if !isOpen { portals.removeAll() } }

    /// `DEALLOCATE ALL`, `DISCARD ALL`
    mutating func deallocatedAll() {
        statements.removeAll()
        portals.removeAll()
    }

    /// A simple Query came before the Sync: it ends what was before it.
    mutating func queryCame() {
        isOpen = false
        portals[[]] = nil
    }

    // MARK: Looking ahead

    /// Says whose the messages from `start` on are. Names that a server gets are forgotten here.
    mutating func look(_ bytes: RawSpan, from start: Int, dialect: TextDialect) -> Run {
        var statements: [[UInt8]: PoolerCommand?] = [:]
        var portals: [[UInt8]: PoolerCommand?] = [:]
        var position = start
        var isOurs = isOpen
        var isServers = false
        var needsSessions = false
        var isWhole = false
        var closesOurs = false
        var head: Int?
        var isHeadAlone = true
        func note(_ command: PoolerCommand?, at position: Int) {
            if command != nil {
                isOurs = true
                head = head ?? position
            } else {
                isServers = true
                if head != nil { isHeadAlone = false }
            }
        }
        while case .header(let header) = FrameHeader.read(bytes, at: position),
            header.isExtended
        {
            let begin = position
            let end = position + header.total
            guard end <= bytes.byteCount else { return isOurs ? .incomplete : .servers }
            var reader = WireReader(bytes, from: position + FrameHeader.byteCount, to: end)
            position = end
            switch header.type {
            case FrontendType.parse:
                let name = reader.string(bytes) ?? []
                let command = Self.command(reader.string(bytes) ?? [], dialect)
                statements[name] = .some(command)
                note(command, at: begin)
            case FrontendType.bind:
                let portal = reader.string(bytes) ?? []
                let name = reader.string(bytes) ?? []
                let command = statements[name] ?? self.statements[name]
                portals[portal] = .some(command)
                note(command, at: begin)
            case FrontendType.describe:
                let isStatement = reader.uint8(bytes) == Self.statementLetter
                let name = reader.string(bytes) ?? []
                note(
                    isStatement
                        ? statements[name] ?? self.statements[name]
                        : portals[name] ?? self.portals[name]?.command, at: begin)
            case FrontendType.execute:
                let name = reader.string(bytes) ?? []
                let command = portals[name] ?? self.portals[name]?.command
                note(command, at: begin)
                let isFresh = portals[name] != nil || self.portals[name]?.rows == nil
                if isFresh, command?.needsSessions == true { needsSessions = true }
            case FrontendType.close:
                // Either may come with anything: drivers close late.
                let isStatement = reader.uint8(bytes) == Self.statementLetter
                let name = reader.string(bytes) ?? []
                if isStatement {
                    closesOurs = closesOurs || self.statements[name] != nil
                    statements[name] = .some(nil)
                } else {
                    closesOurs = closesOurs || self.portals[name] != nil
                    portals[name] = .some(nil)
                }
            default: break
            }
            isWhole = header.type == FrontendType.sync || header.type == FrontendType.flush
            if isWhole { break }
        }
        guard position > start else { return .servers }
        if case .incomplete = FrameHeader.read(bytes, at: position), !isWhole {
            return isOurs ? .incomplete : .servers
        }
        if isSkipping { return .ours(end: position, needsSessions: false) }
        if closesOurs, !isServers { isOurs = true }
        if isOurs, isServers {
            return .mixed(end: position, head: isHeadAlone && !isOpen ? head : nil)
        }
        if isOurs { return .ours(end: position, needsSessions: needsSessions) }
        for (name, command) in statements where command == nil { self.statements[name] = nil }
        for (name, command) in portals where command == nil { self.portals[name] = nil }
        return .servers
    }

    /// The one statement of a Parse that is ours; of several the first, so that it is refused.
    private static func command(_ text: [UInt8], _ dialect: TextDialect) -> PoolerCommand? {
        guard PoolerCommand.mayBegin(text.span),
            case .commands(let commands) = PoolerCommand.read(message: text.span, dialect: dialect)
        else { return nil }
        return commands.first
    }

    private static let statementLetter = UInt8(ascii: "S")

    // MARK: Answering

    /// Answers the messages of a run.
    ///
    /// - Parameters:
    ///   - isMixed: it is a server's, too: refused.
    ///   - status: of the client's transaction.
    mutating func answer(
        _ bytes: RawSpan, _ run: Range<Int>, isMixed: Bool = false, status: TransactionStatus,
        dialect: TextDialect, columns: (PoolerCommand) -> PoolerColumns,
        execute: (PoolerCommand) -> PoolerAnswer
    ) -> Reply {
        var reply = Reply()
        var position = run.lowerBound
        if isMixed, !isSkipping { fail(.cannotCombine, &reply) }
        while position < run.upperBound,
            case .header(let header) = FrameHeader.read(bytes, at: position)
        {
            let frame = position..<position + header.total
            position = frame.upperBound
            if header.type == FrontendType.sync {
                synced(status, &reply)
            } else if !isSkipping,
                let failure = answer(
                    header.type, bytes, frame, status, dialect, columns, execute, &reply)
            {
                fail(failure, &reply)
            }
        }
        return reply
    }

    private mutating func fail(_ report: ServerReport, _ reply: inout Reply) {
        reply.writer.report(report)
        isOpen = true
        isSkipping = true
    }

    private mutating func synced(_ status: TransactionStatus, _ reply: inout Reply) {
        isOpen = false
        isSkipping = false
        // A named portal lives as long as its transaction.
        portals[[]] = nil
        if status == .idle { portals.removeAll() }
        reply.writer.readyForQuery(status)
    }

    /// One message; the error, if it is one.
    private mutating func answer(
        _ type: UInt8, _ bytes: RawSpan, _ frame: Range<Int>, _ status: TransactionStatus,
        _ dialect: TextDialect, _ columns: (PoolerCommand) -> PoolerColumns,
        _ execute: (PoolerCommand) -> PoolerAnswer, _ reply: inout Reply
    ) -> ServerReport? {
        isOpen = true
        var reader = WireReader(
            bytes, from: frame.lowerBound + FrameHeader.byteCount, to: frame.upperBound)
        switch type {
        case FrontendType.parse:
            if status == .failed { return .transactionFailed }
            return parse(bytes, &reader, dialect, &reply)
        case FrontendType.bind:
            if status == .failed { return .transactionFailed }
            return bind(bytes, &reader, &reply)
        case FrontendType.describe:
            if status == .failed { return .transactionFailed }
            return describe(bytes, &reader, columns, &reply)
        case FrontendType.execute:
            if status == .failed { return .transactionFailed }
            return self.execute(bytes, &reader, execute, &reply)
        case FrontendType.close: return close(bytes, &reader, frame, &reply)
        default: return nil
        }
    }

    private mutating func parse(
        _ bytes: RawSpan, _ reader: inout WireReader, _ dialect: TextDialect, _ reply: inout Reply
    ) -> ServerReport? {
        guard let name = reader.string(bytes), let text = reader.string(bytes) else {
            return .malformed
        }
        guard
            case .commands(let commands) = PoolerCommand.read(message: text.span, dialect: dialect),
            let command = commands.first
        else { return .cannotCombine }
        if commands.count > 1 { return .multipleCommands }
        if !name.isEmpty, statements[name] != nil { return .duplicateStatement(name) }
        statements[name] = command
        reply.writer.empty(BackendType.parseComplete)
        return nil
    }

    private mutating func bind(
        _ bytes: RawSpan, _ reader: inout WireReader, _ reply: inout Reply
    ) -> ServerReport? {
        guard let portal = reader.string(bytes), let name = reader.string(bytes),
            let parameterFormats = reader.uint16s(bytes), parameterFormats.count <= 1,
            let parameters = reader.uint16(bytes)
        else { return .malformed }
        guard let command = statements[name] else { return .unknownStatement(name) }
        guard parameters == 0 else { return .parameterCount(Int(parameters), of: name) }
        guard let formats = reader.uint16s(bytes) else { return .malformed }
        if !portal.isEmpty, portals[portal] != nil { return .duplicatePortal(portal) }
        portals[portal] = Portal(command: command, formats: formats)
        reply.writer.empty(BackendType.bindComplete)
        return nil
    }

    private func describe(
        _ bytes: RawSpan, _ reader: inout WireReader, _ columns: (PoolerCommand) -> PoolerColumns,
        _ reply: inout Reply
    ) -> ServerReport? {
        guard let kind = reader.uint8(bytes), let name = reader.string(bytes) else {
            return .malformed
        }
        let isStatement = kind == Self.statementLetter
        let portal = isStatement ? nil : portals[name]
        guard let command = isStatement ? statements[name] : portal?.command else {
            return isStatement ? .unknownStatement(name) : .unknownPortal(name)
        }
        let described = columns(command)
        if case .failed(let report) = described { return report }
        if isStatement { reply.writer.noParameters() }
        if case .named(let names) = described {
            reply.writer.rowDescription(names, type: .text) { portal?.isBinary($0) == true }
        } else {
            reply.writer.empty(BackendType.noData)
        }
        return nil
    }

    private mutating func execute(
        _ bytes: RawSpan, _ reader: inout WireReader, _ execute: (PoolerCommand) -> PoolerAnswer,
        _ reply: inout Reply
    ) -> ServerReport? {
        guard let name = reader.string(bytes), let limit = reader.uint32(bytes) else {
            return .malformed
        }
        guard var portal = portals[name] else { return .unknownPortal(name) }
        if portal.rows == nil, portal.tag == nil {
            switch execute(portal.command) {
            case .table(let table): portal.rows = table.rows
            case .done(let tag, let notice):
                if let notice { reply.writer.report(notice) }
                portal.tag = tag
            case .failed(let report): return report
            }
        }
        let rows = portal.rows ?? []
        let rest = rows.count - portal.sent
        let wanted = limit == 0 || limit > UInt32(Int32.max) ? rest : min(rest, Int(limit))
        for row in rows[portal.sent..<portal.sent + wanted] { reply.writer.dataRow(row) }
        portal.sent += wanted
        if wanted < rest {
            reply.writer.empty(BackendType.portalSuspended)
        } else {
            reply.writer.commandComplete(portal.tag ?? "SELECT \(wanted)")
        }
        portals[name] = portal
        return nil
    }

    private mutating func close(
        _ bytes: RawSpan, _ reader: inout WireReader, _ frame: Range<Int>, _ reply: inout Reply
    ) -> ServerReport? {
        guard let kind = reader.uint8(bytes), let name = reader.string(bytes) else {
            return .malformed
        }
        let isKnown =
            kind == Self.statementLetter
            ? statements.removeValue(forKey: name) != nil
            : portals.removeValue(forKey: name) != nil
        if !isKnown { reply.closes.append(frame) }
        reply.writer.empty(BackendType.closeComplete)
        return nil
    }
}

extension FrameHeader {
    /// Whether it is a message of the extended protocol.
    fileprivate var isExtended: Bool {
        switch type {
        case FrontendType.parse, FrontendType.bind, FrontendType.describe, FrontendType.execute,
            FrontendType.close, FrontendType.flush, FrontendType.sync:
            true
        default: false
        }
    }
}

extension WireReader {
    /// A counted list.
    fileprivate mutating func uint16s(_ bytes: RawSpan) -> [UInt16]? {
        guard let count = uint16(bytes), remaining >= 2 * Int(count) else { return nil }
        return (0..<count).compactMap { _ in uint16(bytes) }
    }
}

/// PostgreSQL's own words.
extension ServerReport {
    fileprivate static let malformed = ServerReport(
        .error, .protocolViolation, "invalid message format")
    fileprivate static let multipleCommands = ServerReport(
        .error, SQLState("42601"), "cannot insert multiple commands into a prepared statement")

    fileprivate static func duplicateStatement(_ name: [UInt8]) -> ServerReport {
        ServerReport(
            .error, SQLState("42P05"), "prepared statement \(quoted(name)) already exists")
    }

    fileprivate static func unknownStatement(_ name: [UInt8]) -> ServerReport {
        ServerReport(
            .error, SQLState("26000"),
            name.isEmpty
                ? "unnamed prepared statement does not exist"
                : "prepared statement \(quoted(name)) does not exist")
    }

    fileprivate static func parameterCount(_ count: Int, of name: [UInt8]) -> ServerReport {
        ServerReport(
            .error, .protocolViolation,
            "bind message supplies \(count) parameters, but prepared statement \(quoted(name)) "
                + "requires 0")
    }

    fileprivate static func duplicatePortal(_ name: [UInt8]) -> ServerReport {
        ServerReport(.error, SQLState("42P03"), "cursor \(quoted(name)) already exists")
    }

    fileprivate static func unknownPortal(_ name: [UInt8]) -> ServerReport {
        ServerReport(.error, SQLState("34000"), "portal \(quoted(name)) does not exist")
    }

    private static func quoted(_ name: [UInt8]) -> String {
        "\"\(String(decoding: name, as: UTF8.self))\""
    }
}
