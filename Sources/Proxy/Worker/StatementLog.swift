internal import Operations

/// What the log has to remember of one session while statements or messages are logged.
final class StatementLog {
    var texts: StatementTexts
    /// CopyData messages since the COPY began.
    var copyDataCount = 0
    /// The client's messages are on their way for a second time, unseen by the client: they are
    /// logged as sent to a node and not as received.
    var isRepeating = false
    /// NOTICE messages that wait for the end of a server's message.
    var notices: [UInt8] = []

    init(statementsMax: Int) { texts = StatementTexts(countMax: statementsMax) }
}
