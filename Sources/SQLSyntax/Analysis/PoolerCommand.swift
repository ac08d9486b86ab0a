/// A statement that the proxy answers itself: `SHOW POOL_...` and `PGPOOL ...`.
///
/// Everything that is not exactly one of these is for a server, which says what is wrong with it.
public enum PoolerCommand: Equatable, Sendable {
    /// What `SHOW` of the name tells about.
    public enum Report: String, Sendable, CaseIterable {
        case status = "pool_status"
        case nodes = "pool_nodes"
        case processes = "pool_processes"
        case pools = "pool_pools"
        case version = "pool_version"
        case cache = "pool_cache"
        case healthCheckStats = "pool_health_check_stats"
        case backendStats = "pool_backend_stats"
        case recovery = "pool_recovery"
        case slots = "pool_slots"
    }

    case report(Report)
    /// `PGPOOL SHOW name`; the name is folded unless it was quoted.
    case show(String)
    case showAll
    /// `PGPOOL SET name TO value`; nil for DEFAULT. Items of a list are joined by a comma and a
    /// blank.
    case set(String, String?)
    case reset(String)
    case resetAll
    /// `PGPOOL SET CACHE DELETE 'text'`: the text whose cached result is to be forgotten.
    case deleteCached([UInt8])
}

extension PoolerCommand {
    /// What a whole message holds.
    public enum Reading: Equatable, Sendable {
        /// Nothing for the proxy.
        case none
        /// Commands only, in order.
        case commands([PoolerCommand])
        /// Commands and statements for a server.
        case mixed
    }

    /// Reads all statements of a message.
    public static func read(
        message text: Span<UInt8>, dialect: TextDialect = .standard
    ) -> Reading {
        var commands: [PoolerCommand] = []
        var hasOthers = false
        for range in StatementSplitter.split(text, dialect: dialect) {
            if let command = PoolerCommand(text.extracting(range), dialect: dialect) {
                commands.append(command)
            } else {
                hasOthers = true
            }
        }
        if commands.isEmpty { return .none }
        return hasOthers ? .mixed : .commands(commands)
    }

    /// Whether the first statement of a text can be a command, by its first two letters. Cheap:
    /// for the path of every message.
    ///
    /// - Parameter isWhole: false for a text whose end has not come yet: where it depends on that,
    ///   it can.
    public static func mayBegin(_ text: Span<UInt8>, isWhole: Bool = true) -> Bool {
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") {
                var lexer = Lexer(position: at)
                let token = lexer.next(in: text)
                guard token.followsComment, token.start > at else {
                    return !isWhole && (token.followsComment || token.end == text.count)
                }
                at = token.start
            } else if byte == UInt8(ascii: ";") || ByteClass.isBlank(byte) {
                at &+= 1
            } else if at &+ 1 < text.count {
                return text.spells("sh", at: at) || text.spells("pg", at: at)
            } else {
                return !isWhole
            }
        }
        return !isWhole
    }

    /// Reads one statement; nil where it is for a server.
    public init?(_ text: Span<UInt8>, dialect: TextDialect = .standard) {
        guard Self.mayBegin(text), Self.isReadable(text, dialect) else { return nil }
        var reader = CommandReader(text, dialect: dialect)
        let command: PoolerCommand?
        if reader.takes("show", in: text) {
            command = reader.report(in: text)
        } else if reader.takes("pgpool", in: text) {
            command = reader.pgpool(in: text)
        } else {
            command = nil
        }
        guard let command, reader.isAtEnd(in: text) else { return nil }
        self = command
    }
}

extension PoolerCommand {
    /// Whether bytes are what they seem: commands in other encodings are ASCII.
    private static func isReadable(_ text: Span<UInt8>, _ dialect: TextDialect) -> Bool {
        guard dialect.encoding.mayHideASCII else { return true }
        for index in text.indices where text[index] >= 0x80 { return false }
        return true
    }
}

extension Span<UInt8> {
    /// Whether the bytes at `start` are these small letters, or the same capitals.
    fileprivate func spells(_ word: StaticString, at start: Int) -> Bool {
        guard start >= 0, word.utf8CodeUnitCount <= self.count &- start else { return false }
        for offset in 0..<word.utf8CodeUnitCount
        where self[start &+ offset] | 0x20 != word.utf8Start[offset] {
            return false
        }
        return true
    }
}

/// Walks the tokens of one statement. Shown the text at each step.
private struct CommandReader {
    private var lexer: Lexer
    private var token: Token

    init(_ text: Span<UInt8>, dialect: TextDialect) {
        lexer = Lexer(dialect: dialect)
        repeat { token = lexer.next(in: text) } while token.kind == .semicolon
    }

    mutating func isAtEnd(in text: Span<UInt8>) -> Bool {
        while token.kind == .semicolon { advance(in: text) }
        return token.kind == .end
    }

    mutating func report(in text: Span<UInt8>) -> PoolerCommand? {
        identifier(in: text).flatMap { PoolerCommand.Report(rawValue: $0) }.map { .report($0) }
    }

    mutating func pgpool(in text: Span<UInt8>) -> PoolerCommand? {
        if takes("show", in: text) {
            if takes("all", in: text) { return .showAll }
            return name(in: text).map { .show($0) }
        }
        if takes("reset", in: text) {
            if takes("all", in: text) { return .resetAll }
            return name(in: text).map { .reset($0) }
        }
        guard takes("set", in: text) else { return nil }
        let rest = self
        if takes("cache", in: text), takes("delete", in: text) { return deletion(in: text) }
        self = rest
        guard let name = name(in: text) else { return nil }
        guard takes("to", in: text) || takesOperator("=", in: text) else { return nil }
        if takes("default", in: text) { return .set(name, nil) }
        return values(in: text).map { .set(name, $0) }
    }

    private mutating func deletion(in text: Span<UInt8>) -> PoolerCommand? {
        guard token.kind == .string,
            let value = StringLiteral.value(of: token, in: text, dialect: lexer.dialect)
        else { return nil }
        advance(in: text)
        return .deleteCached(value)
    }

    // MARK: Tokens

    private mutating func advance(in text: Span<UInt8>) { token = lexer.next(in: text) }

    /// Goes on if this is the word.
    mutating func takes(_ word: StaticString, in text: Span<UInt8>) -> Bool {
        guard token.kind == .word, token.end - token.start == word.utf8CodeUnitCount,
            text.spells(word, at: token.start)
        else { return false }
        advance(in: text)
        return true
    }

    private mutating func takesOperator(_ symbol: StaticString, in text: Span<UInt8>) -> Bool {
        guard token.kind == .operation, token.end - token.start == symbol.utf8CodeUnitCount,
            text[token.start] == symbol.utf8Start[0]
        else { return false }
        advance(in: text)
        return true
    }

    /// `name` or `prefix.name`.
    private mutating func name(in text: Span<UInt8>) -> String? {
        guard var name = identifier(in: text) else { return nil }
        while token.kind == .dot {
            advance(in: text)
            guard let next = identifier(in: text) else { return nil }
            name += "." + next
        }
        return name
    }

    private mutating func identifier(in text: Span<UInt8>) -> String? {
        let name: String
        switch token.kind {
        case .word: name = folded(in: text)
        case .quotedName: name = unquoted(in: text)
        default: return nil
        }
        advance(in: text)
        return name
    }

    private mutating func values(in text: Span<UInt8>) -> String? {
        guard var values = value(in: text) else { return nil }
        while token.kind == .comma {
            advance(in: text)
            guard let next = value(in: text) else { return nil }
            values += ", " + next
        }
        return values
    }

    private mutating func value(in text: Span<UInt8>) -> String? {
        var sign = ""
        if takesOperator("-", in: text) {
            sign = "-"
        } else if takesOperator("+", in: text) {
            sign = "+"
        }
        let value: String
        switch token.kind {
        case .number: value = sign + written(in: text)
        case .word where sign.isEmpty: value = folded(in: text)
        case .quotedName where sign.isEmpty: value = unquoted(in: text)
        case .string where sign.isEmpty:
            guard let bytes = StringLiteral.value(of: token, in: text, dialect: lexer.dialect)
            else { return nil }
            value = String(decoding: bytes, as: UTF8.self)
        default: return nil
        }
        advance(in: text)
        return value
    }

    private func written(in text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        for index in token.start..<token.end { bytes.append(text[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func folded(in text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        for index in token.start..<token.end {
            let byte = text[index]
            bytes.append(ByteClass.isLetter(byte) ? byte | 0x20 : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func unquoted(in text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        var at = token.start + 1
        while at < token.end - 1 {
            bytes.append(text[at])
            at += text[at] == UInt8(ascii: "\"") ? 2 : 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
