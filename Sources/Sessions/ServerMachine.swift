package import PostgresWire

/// One logged-in server connection: what it owes, in which transaction it is, and whether it is
/// clean enough to serve somebody else. Knows no sockets and carries no bytes.
package struct ServerMachine: Equatable, Sendable {
    /// What becomes of a message that the server sent.
    package enum Verdict: UInt8, Sendable, BitwiseCopyable {
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
    package enum Effect: UInt8, Sendable, BitwiseCopyable {
        case none
        /// A ReadyForQuery of the client's was settled.
        case clientReady
        /// A ReadyForQuery of ours was settled.
        case insertedReady
        /// A Parse of the client's succeeded.
        case parsed
        /// An error ended the client's segment or query: Parses behind it did not happen.
        case clientError
        /// An error answered an exchange of ours.
        case insertedError
    }

    package struct Outcome: Equatable, Sendable, BitwiseCopyable {
        package let verdict: Verdict
        package let effect: Effect

        package init(_ verdict: Verdict, _ effect: Effect = .none) {
            self.verdict = verdict
            self.effect = effect
        }
    }

    package private(set) var owed = OwedReplies()
    /// As of the last ReadyForQuery.
    package private(set) var status = TransactionStatus.idle
    /// Extended-protocol messages went out and no Sync behind them.
    package private(set) var hasOpenSegment = false
    /// The server waits for CopyData.
    package private(set) var isCopyingIn = false
    /// The server streams CopyData.
    package private(set) var isCopyingOut = false
    /// An exchange of ours got an error that nobody has looked at yet.
    package private(set) var insertedFailed = false

    package init(status: TransactionStatus = .idle) { self.status = status }

    /// Nothing is owed, half-sent or copying: the next message may be anything.
    package var isQuiet: Bool { owed.isEmpty && !hasOpenSegment && !isCopyingIn && !isCopyingOut }

    /// The server works for the client right now: a cancel request means this connection.
    package var isBusyForClient: Bool {
        owed.hasClients || isCopyingIn || isCopyingOut || hasOpenSegment
    }

    // MARK: What was sent

    /// A message of the client's went to the server.
    @inline(__always)
    package mutating func forwarded(_ type: UInt8) {
        switch type {
        case FrontendType.query: owed.append(.query)
        case FrontendType.sync: syncSent(.sync)
        case FrontendType.parse:
            owed.append(.parse)
            hasOpenSegment = true
        case FrontendType.close:
            owed.append(.close)
            hasOpenSegment = true
        case FrontendType.bind, FrontendType.describe, FrontendType.execute, FrontendType.flush:
            hasOpenSegment = true
        case FrontendType.functionCall: owed.append(.functionCall)
        case FrontendType.copyDone, FrontendType.copyFail: copyEnded()
        default: break
        }
    }

    /// A message of our own went to the server.
    package mutating func inserted(_ kind: OwedReplies.Kind) {
        switch kind {
        case .insertedParse, .insertedClose:
            owed.append(kind)
            hasOpenSegment = true
        case .insertedSync: syncSent(kind)
        case .insertedQuery: owed.append(kind)
        case .copyEnd: copyEnded()
        case .query, .sync, .functionCall, .parse, .close: owed.append(kind)
        }
    }

    private mutating func syncSent(_ kind: OwedReplies.Kind) {
        hasOpenSegment = false
        // A server in COPY ignores it: no ReadyForQuery will come for this one.
        if !isCopyingIn { owed.append(kind) }
    }

    private mutating func copyEnded() {
        if isCopyingIn {
            isCopyingIn = false
        } else if !owed.isEmpty {
            owed.append(.copyEnd)
        }
    }

    /// The client is gone: what is still owed is ours to swallow.
    package mutating func disown() { owed.disown() }

    // MARK: What came back

    /// A message of the server's, whose first body byte is `detail` (ReadyForQuery's status).
    @inline(__always)
    package mutating func received(_ type: UInt8, detail: UInt8) -> Outcome {
        switch type {
        case BackendType.readyForQuery: return ready(detail)
        case BackendType.commandComplete:
            isCopyingOut = false
            return answer()
        case BackendType.dataRow, BackendType.rowDescription, BackendType.copyData,
            BackendType.bindComplete, BackendType.noData, BackendType.parameterDescription,
            BackendType.emptyQueryResponse, BackendType.portalSuspended,
            BackendType.functionCallResponse:
            return answer()
        case BackendType.parseComplete: return settled(.parse, .insertedParse, .parsed)
        case BackendType.closeComplete: return settled(.close, .insertedClose, .none)
        case BackendType.errorResponse: return failed()
        case BackendType.copyInResponse:
            isCopyingIn = !owed.copyInBegan()
            return answer()
        case BackendType.copyOutResponse:
            isCopyingOut = true
            return answer()
        case BackendType.copyBothResponse:
            isCopyingIn = true
            isCopyingOut = true
            return answer()
        case BackendType.copyDone:
            isCopyingOut = false
            return answer()
        case BackendType.noticeResponse:
            return owed.isEmpty && !hasOpenSegment ? Outcome(.unasked) : answer()
        case BackendType.parameterStatus, BackendType.notificationResponse:
            return Outcome(.unasked)
        default: return Outcome(.violation)
        }
    }

    @inline(__always)
    private func answer() -> Outcome {
        guard let first = owed.first else {
            // Flush without Sync: the segment is open and answers are the client's. CopyData after
            // an answered COPY (walsender) likewise.
            if hasOpenSegment || isCopyingIn || isCopyingOut { return Outcome(.forward) }
            return Outcome(.violation)
        }
        return Outcome(first == .insertedQuery ? .swallow : .forward)
    }

    private mutating func settled(
        _ clients: OwedReplies.Kind, _ ours: OwedReplies.Kind, _ effect: Effect
    ) -> Outcome {
        skipCopyEnds()
        switch owed.first {
        case clients:
            owed.removeFirst()
            return Outcome(.forward, effect)
        case ours:
            owed.removeFirst()
            return Outcome(.swallow)
        default: return Outcome(.violation)
        }
    }

    private mutating func skipCopyEnds() {
        while owed.first == .copyEnd { owed.removeFirst() }
    }

    private mutating func failed() -> Outcome {
        isCopyingIn = false
        isCopyingOut = false
        guard let first = owed.first else {
            if hasOpenSegment { return Outcome(.forward, .clientError) }
            return Outcome(.unasked)  // e.g. terminated by an administrator
        }
        if first == .insertedQuery || first == .insertedSync {
            insertedFailed = true
            return Outcome(.swallow, .insertedError)
        }
        // The server skips everything up to the next Sync, ours included: the client gets the one
        // error, whosever message it was.
        while let next = owed.first, !next.endsWithReady { owed.removeFirst() }
        return Outcome(.forward, .clientError)
    }

    private mutating func ready(_ detail: UInt8) -> Outcome {
        guard let status = TransactionStatus(rawValue: detail) else { return Outcome(.violation) }
        isCopyingIn = false
        isCopyingOut = false
        while let next = owed.first, !next.endsWithReady { owed.removeFirst() }
        guard let kind = owed.removeFirst() else { return Outcome(.violation) }
        self.status = status
        return kind.isInserted ? Outcome(.swallow, .insertedReady) : Outcome(.forward, .clientReady)
    }
}
