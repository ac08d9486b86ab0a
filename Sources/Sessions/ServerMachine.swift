public import PostgresWire

/// One logged-in server connection: what it owes, in which transaction it is, and whether it is
/// clean enough to serve somebody else. Knows no sockets and carries no bytes.
public struct ServerMachine: Equatable, Sendable {
    /// What becomes of a message that the server sent.
    public enum Verdict: UInt8, Sendable, BitwiseCopyable {
        /// The client gets it.
        case forward
        /// It was ours.
        case swallow
        /// Asynchronous: nobody asked. The caller decides whether a client is interested.
        case unasked
        /// The server broke the protocol: the connection is of no use.
        case violation
    }

    /// A rarer thing that a message meant, besides its verdict.
    public enum Effect: UInt8, Sendable, BitwiseCopyable {
        case none
        /// A ReadyForQuery of the client's was settled.
        case clientReady
        /// A ReadyForQuery of ours was settled.
        case insertedReady
        /// The oldest Parse or Close on its way, the client's or ours, or a PREPARE of ours was done:
        /// ``StatementRegistry/settled()``.
        case statementSettled
        /// An error ended the client's segment or query: ``lastRefusal`` tells what did not happen.
        case clientError
        /// An error answered an exchange of ours.
        case insertedError
    }

    /// Parse and Close messages, the client's and ours, that an error prevented.
    public struct Refusal: Equatable, Sendable, BitwiseCopyable {
        public var statementCount = 0
        /// The first of them is what failed; the others were skipped.
        public var isFirstTried = false

        public init(statementCount: Int = 0, isFirstTried: Bool = false) {
            self.statementCount = statementCount
            self.isFirstTried = isFirstTried
        }
    }

    public struct Outcome: Equatable, Sendable, BitwiseCopyable {
        public let verdict: Verdict
        public let effect: Effect

        public init(_ verdict: Verdict, _ effect: Effect = .none) {
            self.verdict = verdict
            self.effect = effect
        }
    }

    public private(set) var owed = OwedReplies()
    /// As of the last ReadyForQuery.
    public private(set) var status = TransactionStatus.idle
    /// Extended-protocol messages went out and no Sync behind them.
    public private(set) var hasOpenSegment = false
    /// An error was answered and no Sync has been sent since: the server ignores everything else.
    public private(set) var isSkipping = false
    /// The server waits for CopyData.
    public private(set) var isCopyingIn = false
    /// The server streams CopyData.
    public private(set) var isCopyingOut = false
    /// An exchange of ours got an error that nobody has looked at yet.
    public private(set) var insertedFailed = false
    /// What the last ``Effect/clientError`` prevented.
    public private(set) var lastRefusal = Refusal()
    /// The client left, and no other one has asked for anything yet.
    private var isDisowned = false
    /// Syncs that were sent while the server was in COPY, which ignores them.
    private var copySyncs = 0
    /// Of a COPY that failed: Syncs that the server ignored if it read them before it failed, and
    /// answers otherwise. Nobody can know, but their answers precede those of later messages.
    private var doubtfulSyncs = 0
    /// The first owed reply is the statement that failed: its ReadyForQuery comes before theirs.
    private var isDoubtBehindFirst = false

    public init(status: TransactionStatus = .idle) { self.status = status }

    /// Nothing is owed, half-sent or copying: the next message may be anything. For the next
    /// client a doubt counts too.
    public var isQuiet: Bool {
        owed.isEmpty && !hasOpenSegment && !isCopyingIn && !isCopyingOut
            && !(isDisowned && doubtfulSyncs > 0)
    }

    /// The server works for the client right now: a cancel request means this connection.
    public var isBusyForClient: Bool {
        guard !isDisowned else { return false }
        switch owed.first {
        case nil: return hasOpenSegment || isCopyingIn || isCopyingOut
        case .insertedQuery, .insertedPrepare, .insertedSync: return isCopyingIn || isCopyingOut
        default: return true
        }
    }

    /// The client's next message belongs to what it began here: no other node may get it.
    public var isMidSegment: Bool { hasOpenSegment || isCopyingIn }

    /// The client waits for something from this connection, be it behind an exchange of ours.
    public var owesClient: Bool {
        if isDisowned { return false }
        if hasOpenSegment || isCopyingIn || isCopyingOut { return true }
        return !owed.isEmpty && owed.hasClients
    }

    /// Whether more or fewer ReadyForQuery may come than are owed: nobody else can have it.
    public var isInDoubt: Bool { doubtfulSyncs > 0 }

    // MARK: What was sent

    /// A message of the client's went to the server.
    @inline(__always)
    public mutating func forwarded(_ type: UInt8) {
        isDisowned = false
        switch type {
        case FrontendType.query: simpleSent(.query)
        case FrontendType.sync: syncSent(.sync)
        case FrontendType.parse: extendedSent(.parse)
        case FrontendType.bind: extendedSent(.bind)
        case FrontendType.describe: extendedSent(.describe)
        case FrontendType.execute: extendedSent(.execute)
        case FrontendType.close: extendedSent(.close)
        case FrontendType.functionCall: simpleSent(.functionCall)
        case FrontendType.copyDone, FrontendType.copyFail: copyEnded()
        // Flush asks for no answer of its own; CopyData and Terminate for none at all.
        default: break
        }
    }

    /// A message of our own went to the server.
    public mutating func inserted(_ kind: OwedReplies.Kind) {
        switch kind {
        case .query, .functionCall, .insertedQuery, .insertedPrepare: simpleSent(kind)
        case .sync, .insertedSync: syncSent(kind)
        case .copyEnd: copyEnded()
        case .parse, .bind, .describe, .execute, .close, .insertedParse, .insertedBind,
            .insertedDescribe, .insertedExecute, .insertedClose:
            extendedSent(kind)
        }
    }

    /// A Query ends the segment before it, as a Sync would, unless that segment failed.
    private mutating func simpleSent(_ kind: OwedReplies.Kind) {
        guard !isSkipping else { return }
        owed.append(kind)
        hasOpenSegment = false
    }

    @inline(__always)
    private mutating func extendedSent(_ kind: OwedReplies.Kind) {
        guard !isSkipping else { return }
        owed.append(kind)
        hasOpenSegment = true
    }

    private mutating func syncSent(_ kind: OwedReplies.Kind) {
        if isCopyingIn {
            copySyncs += 1
        } else {
            hasOpenSegment = false
            isSkipping = false
            owed.append(kind)
        }
    }

    private mutating func copyEnded() {
        if isCopyingIn {
            isCopyingIn = false
        } else if !owed.isEmpty {
            owed.append(.copyEnd)
        }
    }

    /// An exchange of ours begins whose failure somebody will look at.
    public mutating func exchangeBegins() { insertedFailed = false }

    /// The client is gone: what is still owed is ours to swallow.
    public mutating func disown() {
        isDisowned = true
        owed.disown()
    }

    // MARK: What came back

    /// A message of the server's, whose first body byte is `detail` (ReadyForQuery's status).
    @inline(__always)
    public mutating func received(_ type: UInt8, detail: UInt8) -> Outcome {
        switch type {
        case BackendType.dataRow: return rows()
        case BackendType.readyForQuery: return ready(detail)
        case BackendType.commandComplete:
            endCopy()
            return settled(.execute, .insertedExecute)
        case BackendType.bindComplete: return settled(.bind, .insertedBind)
        case BackendType.rowDescription, BackendType.noData:
            return settled(.describe, .insertedDescribe)
        case BackendType.emptyQueryResponse, BackendType.portalSuspended:
            return settled(.execute, .insertedExecute)
        case BackendType.parseComplete: return settled(.parse, .insertedParse)
        case BackendType.closeComplete: return settled(.close, .insertedClose)
        case BackendType.errorResponse: return failed()
        case BackendType.parameterDescription: return described()
        case BackendType.functionCallResponse: return answer()
        case BackendType.copyData: return rows()
        case BackendType.copyInResponse: return copyInBegan()
        case BackendType.copyOutResponse:
            isCopyingOut = true
            return rows()
        case BackendType.copyBothResponse:
            isCopyingOut = true
            return copyInBegan()
        case BackendType.copyDone:
            isCopyingOut = false
            return rows()
        case BackendType.noticeResponse:
            guard let first = owed.first else { return Outcome(.unasked) }
            return Outcome(first.isInserted || isDisowned ? .swallow : .forward)
        case BackendType.parameterStatus, BackendType.notificationResponse:
            return Outcome(.unasked)
        default: return Outcome(.violation)
        }
    }

    /// A part of the answer to a statement.
    @inline(__always)
    private mutating func rows() -> Outcome {
        doubtfulSyncs = 0
        switch owed.first {
        case .query, .execute: return Outcome(.forward)
        case .insertedQuery, .insertedExecute: return Outcome(.swallow)
        default: return Outcome(.violation)
        }
    }

    /// A part of the answer to whatever ends with a ReadyForQuery.
    private mutating func answer() -> Outcome {
        doubtfulSyncs = 0
        switch owed.first {
        case .query, .functionCall: return Outcome(.forward)
        case .insertedQuery: return Outcome(.swallow)
        default: return Outcome(.violation)
        }
    }

    private func described() -> Outcome {
        switch owed.first {
        case .describe: Outcome(.forward)
        case .insertedDescribe: Outcome(.swallow)
        default: Outcome(.violation)
        }
    }

    /// The whole answer to a message of a segment, or a part of the answer to a Query.
    private mutating func settled(
        _ clients: OwedReplies.Kind, _ ours: OwedReplies.Kind
    ) -> Outcome {
        let effect = clients.isStatement ? Effect.statementSettled : .none
        doubtfulSyncs = 0
        switch owed.first {
        case clients:
            owed.removeFirst()
            return Outcome(.forward, effect)
        case ours:
            owed.removeFirst()
            return Outcome(.swallow, effect)
        case .query, .insertedQuery:
            // A Query's statements need no Parse, Bind or Close.
            if clients == .execute || clients == .describe { return answer() }
            return Outcome(.violation)
        case .insertedPrepare where clients == .execute: return Outcome(.swallow, .statementSettled)
        default: return Outcome(.violation)
        }
    }

    private mutating func copyInBegan() -> Outcome {
        let outcome = rows()
        guard outcome.verdict != .violation else { return outcome }
        let start = owed.copyInBegan()
        isCopyingIn = !start.hasEnded
        copySyncs = start.ignoredSyncs
        // The Sync that ended the segment is among those that were ignored.
        if owed.readyCount == 0 { hasOpenSegment = true }
        return outcome
    }

    /// A COPY came to its good end: what was ignored was ignored.
    private mutating func endCopy() {
        isCopyingIn = false
        isCopyingOut = false
        copySyncs = 0
    }

    private mutating func failed() -> Outcome {
        let syncsInCopy = copySyncs
        endCopy()
        lastRefusal = Refusal()
        guard let first = owed.first else {
            // Nobody asked: e.g. terminated by an administrator.
            return hasOpenSegment && !isDisowned
                ? Outcome(.forward, .clientError) : Outcome(.unasked)
        }
        doubtfulSyncs = syncsInCopy
        isDoubtBehindFirst = syncsInCopy > 0 && first.endsWithReady
        switch first {
        case .query, .functionCall, .sync: return Outcome(.forward, .clientError)
        case .insertedQuery, .insertedSync:
            insertedFailed = true
            return Outcome(.swallow, .insertedError)
        case .insertedPrepare:
            lastRefusal = Refusal(statementCount: 1, isFirstTried: true)
            insertedFailed = true
            return Outcome(.swallow, .insertedError)
        default: return segmentFailed(first)
        }
    }

    /// The server skips everything up to the next Sync, ours included: the client gets the one
    /// error, whosever message it was.
    private mutating func segmentFailed(_ first: OwedReplies.Kind) -> Outcome {
        let skipped = owed.skipToSync()
        lastRefusal = Refusal(
            statementCount: skipped.statementCount, isFirstTried: first.isStatement)
        if skipped.end == nil {
            // Without a Sync in sight: one that a COPY took in may or may not end the skipping.
            isSkipping = true
            hasOpenSegment = true
        }
        if isDisowned || skipped.end == .insertedSync {
            insertedFailed = true
            return Outcome(.swallow, .insertedError)
        }
        return Outcome(.forward, .clientError)
    }

    private mutating func ready(_ detail: UInt8) -> Outcome {
        guard let status = TransactionStatus(rawValue: detail) else { return Outcome(.violation) }
        guard let kind = owed.first, !isAnswerInDoubt(kind) else {
            return doubtfulReady(status)
        }
        guard kind.endsWithReady else { return Outcome(.violation) }
        owed.removeFirst()
        isDoubtBehindFirst = false
        endCopy()
        self.status = status
        return kind.isInserted ? Outcome(.swallow, .insertedReady) : Outcome(.forward, .clientReady)
    }

    /// Only a Sync is answered by ReadyForQuery alone: this one belongs to a doubtful Sync.
    private func isAnswerInDoubt(_ first: OwedReplies.Kind) -> Bool {
        guard doubtfulSyncs > 0, !isDoubtBehindFirst else { return false }
        return first != .sync && first != .insertedSync
    }

    private mutating func doubtfulReady(_ status: TransactionStatus) -> Outcome {
        guard doubtfulSyncs > 0 else { return Outcome(.violation) }
        doubtfulSyncs -= 1
        if isSkipping {
            isSkipping = false
            hasOpenSegment = false
        }
        self.status = status
        return isDisowned ? Outcome(.swallow, .insertedReady) : Outcome(.forward, .clientReady)
    }
}
