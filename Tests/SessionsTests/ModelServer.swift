import PostgresWire

/// What a statement does when a ``ModelServer`` runs it.
enum ModelStatement: Equatable {
    case rows(Int)
    case command
    case empty
    case fails
    /// Runs until it has sent this many rows, then fails.
    case failsLate(Int)
    case begin
    case end
    case copyOut(Int)
    /// Fails after this many CopyData messages; -1: before it reads anything, as a trigger does.
    case copyIn(failsAfter: Int?)
}

/// A frontend message as a ``ModelServer`` understands it.
enum ModelMessage: Equatable {
    case query([ModelStatement])
    case functionCall(fails: Bool)
    case parse(fails: Bool)
    case bind(fails: Bool)
    /// `rows` false: NoData. `ofStatement`: ParameterDescription comes first.
    case describe(ofStatement: Bool, rows: Bool, fails: Bool)
    case execute(ModelStatement, suspends: Bool)
    case close
    case flush
    case sync
    case copyData
    case copyDone
    case copyFail

    var type: UInt8 {
        switch self {
        case .query: FrontendType.query
        case .functionCall: FrontendType.functionCall
        case .parse: FrontendType.parse
        case .bind: FrontendType.bind
        case .describe: FrontendType.describe
        case .execute: FrontendType.execute
        case .close: FrontendType.close
        case .flush: FrontendType.flush
        case .sync: FrontendType.sync
        case .copyData: FrontendType.copyData
        case .copyDone: FrontendType.copyDone
        case .copyFail: FrontendType.copyFail
        }
    }
}

/// One backend message and which frontend message it answers.
struct ModelReply: Equatable {
    var type: UInt8
    var detail: UInt8 = 0
    var cause: Int
    var isForClient: Bool
}

/// Answers frontend messages one by one exactly as PostgreSQL's main loop does
/// (PostgreSQL documentation, section 55.2), without SQL, time or sockets.
struct ModelServer {
    struct Sent: Equatable {
        var id: Int
        var message: ModelMessage
        var isClients: Bool
    }

    private struct Copy {
        var failsAfter: Int?
        /// The statements of the same Query behind it; nil in the extended protocol.
        var rest: [ModelStatement]?
        var sent: Sent
    }

    private(set) var status = TransactionStatus.idle
    /// Ignores everything up to Sync.
    private(set) var isSkipping = false
    /// Extended-protocol messages were read and no Sync since.
    private(set) var hasOpenSegment = false
    /// Parse and Close messages that were done.
    private(set) var done: Set<Int> = []
    private var copy: Copy?
    private var replies: [ModelReply] = []

    var isIdle: Bool { !isSkipping && !hasOpenSegment && copy == nil }
    var isCopyingIn: Bool { copy != nil }

    mutating func receive(_ sent: Sent) -> [ModelReply] {
        replies = []
        if copy != nil {
            copying(sent)
        } else if isSkipping, sent.message != .sync {
            return []
        } else {
            handle(sent)
        }
        return replies
    }

    private mutating func handle(_ sent: Sent) {
        switch sent.message {
        case .query(let statements):
            hasOpenSegment = false
            run(statements[...], sent)
        case .functionCall(let fails):
            hasOpenSegment = false
            if fails { error(sent) } else { say(BackendType.functionCallResponse, sent) }
            ready(sent)
        case .sync:
            isSkipping = false
            hasOpenSegment = false
            ready(sent)
        case .parse(let fails):
            extended(sent, fails: fails, BackendType.parseComplete)
        case .bind(let fails): extended(sent, fails: fails, BackendType.bindComplete)
        case .close: extended(sent, fails: false, BackendType.closeComplete)
        case .describe(let ofStatement, let rows, let fails):
            if ofStatement, !fails { say(BackendType.parameterDescription, sent) }
            extended(
                sent, fails: fails, rows ? BackendType.rowDescription : BackendType.noData)
        case .execute(let statement, let suspends): execute(statement, suspends, sent)
        case .flush, .copyData, .copyDone, .copyFail: break
        }
    }

    private mutating func extended(_ sent: Sent, fails: Bool, _ answer: UInt8) {
        hasOpenSegment = true
        if fails {
            isSkipping = true
            return error(sent)
        }
        switch sent.message {
        case .parse, .close: done.insert(sent.id)
        default: break
        }
        say(answer, sent)
    }

    private mutating func execute(_ statement: ModelStatement, _ suspends: Bool, _ sent: Sent) {
        hasOpenSegment = true
        guard run(statement, sent, rest: nil) else {
            isSkipping = true
            return
        }
        if case .copyIn = statement { return }
        switch statement {
        case .empty: say(BackendType.emptyQueryResponse, sent)
        case .rows where suspends: say(BackendType.portalSuspended, sent)
        default: say(BackendType.commandComplete, sent)
        }
    }

    /// The statements of a Query, up to its end, an error or a COPY that waits for data.
    private mutating func run(_ statements: ArraySlice<ModelStatement>, _ sent: Sent) {
        var rest = statements
        while let statement = rest.popFirst() {
            if case .rows = statement, status != .failed { say(BackendType.rowDescription, sent) }
            guard run(statement, sent, rest: Array(rest)) else { return ready(sent) }
            if case .copyIn = statement { return }
            say(
                statement == .empty
                    ? BackendType.emptyQueryResponse : BackendType.commandComplete, sent)
        }
        ready(sent)
    }

    /// - Returns: false after an error.
    private mutating func run(
        _ statement: ModelStatement, _ sent: Sent, rest: [ModelStatement]?
    ) -> Bool {
        if status == .failed, statement != .end {
            error(sent)
            return false
        }
        switch statement {
        case .rows(let count): for _ in 0..<count { say(BackendType.dataRow, sent) }
        case .command, .empty: break
        case .begin: status = .inTransaction
        case .end: status = .idle
        case .fails:
            error(sent)
            return false
        case .failsLate(let count):
            for _ in 0..<count { say(BackendType.dataRow, sent) }
            error(sent)
            return false
        case .copyOut(let count):
            say(BackendType.copyOutResponse, sent)
            for _ in 0..<count { say(BackendType.copyData, sent) }
            say(BackendType.copyDone, sent)
        case .copyIn(let failsAfter):
            say(BackendType.copyInResponse, sent)
            if failsAfter == -1 {
                error(sent)
                return false
            }
            copy = Copy(failsAfter: failsAfter, rest: rest, sent: sent)
        }
        return true
    }

    /// COPY FROM STDIN reads the connection itself and knows five messages.
    private mutating func copying(_ sent: Sent) {
        guard var copy else { return }
        switch sent.message {
        case .flush, .sync: return
        case .copyData:
            guard let failsAfter = copy.failsAfter else { return }
            if failsAfter > 0 {
                copy.failsAfter = failsAfter - 1
                self.copy = copy
                return
            }
            copyFailed(copy)
        case .copyDone:
            self.copy = nil
            say(BackendType.commandComplete, copy.sent)
            if let rest = copy.rest { run(rest[...], copy.sent) }
        default: copyFailed(copy)
        }
    }

    private mutating func copyFailed(_ copy: Copy) {
        self.copy = nil
        error(copy.sent)
        if copy.rest != nil { ready(copy.sent) } else { isSkipping = true }
    }

    private mutating func error(_ sent: Sent) {
        if status == .inTransaction { status = .failed }
        replies.append(
            ModelReply(
                // Whoever's message of a segment fails: the segment is the client's.
                type: BackendType.errorResponse, cause: sent.id,
                isForClient: sent.isClients || sent.message.type == FrontendType.parse))
    }

    private mutating func ready(_ sent: Sent) {
        replies.append(
            ModelReply(
                type: BackendType.readyForQuery, detail: status.rawValue, cause: sent.id,
                isForClient: sent.isClients))
    }

    private mutating func say(_ type: UInt8, _ sent: Sent) {
        replies.append(ModelReply(type: type, cause: sent.id, isForClient: sent.isClients))
    }
}
