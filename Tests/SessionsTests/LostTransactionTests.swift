import PostgresWire
import Sessions
import Testing

@Suite("Lost transactions")
struct LostTransactionTests {
    private struct Exchange: Sendable {
        var name: String
        var isTold = false
        var isSkipping = false
        var messages: [(LostTransaction.Message, [LostTransaction.Answer])]
        var isOver: Bool

        init(
            _ name: String, isTold: Bool = false, isSkipping: Bool = false, isOver: Bool,
            _ messages: [(LostTransaction.Message, [LostTransaction.Answer])]
        ) {
            self.name = name
            self.isTold = isTold
            self.isSkipping = isSkipping
            self.messages = messages
            self.isOver = isOver
        }
    }

    private static let exchanges: [Exchange] = [
        Exchange(
            "a statement hears of the loss once, ROLLBACK ends it", isOver: true,
            [
                (.query(.other), [.lost, .ready(.failed)]),
                (.query(.other), [.failed, .ready(.failed)]),
                (.query(.rollback), [.rolledBack, .ready(.idle)]),
            ]),
        Exchange(
            "ROLLBACK needs no error", isOver: true,
            [(.query(.rollback), [.rolledBack, .ready(.idle)])]),
        Exchange(
            "COMMIT of who does not know is an error, and the transaction is over", isOver: true,
            [(.query(.commit), [.lost, .ready(.idle)])]),
        Exchange(
            "COMMIT of who knows is a ROLLBACK", isTold: true, isOver: true,
            [(.query(.commit), [.rolledBack, .ready(.idle)])]),
        Exchange(
            "COMMIT after the error is a ROLLBACK", isOver: true,
            [
                (.query(.other), [.lost, .ready(.failed)]),
                (.query(.commit), [.rolledBack, .ready(.idle)]),
            ]),
        Exchange(
            "a lone Sync answers nothing but where it stands", isOver: false,
            [(.sync, [.ready(.failed)]), (.flush, [])]),
        Exchange(
            "an extended statement fails at Parse, the rest of the segment is ignored",
            isOver: false,
            [
                (.parse(.other), [.lost]), (.bind(.other), []), (.describe(isStatement: false), []),
                (.execute, []), (.close, []), (.flush, []), (.query(.rollback), []),
                (.sync, [.ready(.failed)]), (.parse(.other), [.failed]),
                (.sync, [.ready(.failed)]),
            ]),
        Exchange(
            "one that was parsed before fails at Bind", isOver: false,
            [(.bind(.other), [.lost]), (.execute, []), (.sync, [.ready(.failed)])]),
        Exchange(
            "an extended ROLLBACK", isOver: true,
            [
                (.parse(.rollback), [.parseComplete]),
                (.describe(isStatement: true), [.noData(withParameters: true)]),
                (.bind(.rollback), [.bindComplete]),
                (.describe(isStatement: false), [.noData(withParameters: false)]),
                (.execute, [.rolledBack]), (.close, [.closeComplete]),
                (.sync, [.ready(.idle)]),
            ]),
        Exchange(
            "an extended COMMIT of who does not know", isOver: true,
            [
                (.parse(.commit), [.parseComplete]), (.bind(.commit), [.bindComplete]),
                (.execute, [.lost]), (.execute, []), (.sync, [.ready(.idle)]),
            ]),
        Exchange(
            "an extended COMMIT of who knows", isTold: true, isOver: true,
            [
                (.bind(.commit), [.bindComplete]), (.execute, [.rolledBack]),
                (.sync, [.ready(.idle)]),
            ]),
        Exchange(
            "the error answered a segment whose Sync is still to come", isTold: true,
            isSkipping: true, isOver: false,
            [
                (.bind(.other), []), (.execute, []), (.sync, [.ready(.failed)]),
                (.query(.other), [.failed, .ready(.failed)]),
            ]),
        Exchange(
            "a ROLLBACK that is skipped is none", isTold: true, isSkipping: true, isOver: false,
            [(.bind(.rollback), []), (.execute, []), (.sync, [.ready(.failed)])]),
        Exchange(
            "a pipeline: each segment by itself", isOver: true,
            [
                (.parse(.other), [.lost]), (.bind(.other), []), (.execute, []),
                (.sync, [.ready(.failed)]),
                (.parse(.other), [.failed]), (.execute, []), (.sync, [.ready(.failed)]),
                (.parse(.rollback), [.parseComplete]), (.bind(.rollback), [.bindComplete]),
                (.execute, [.rolledBack]), (.sync, [.ready(.idle)]),
            ]),
        Exchange(
            "what comes after the end in one segment is not run", isOver: true,
            [
                (.bind(.rollback), [.bindComplete]), (.execute, [.rolledBack]),
                (.bind(.other), [.lost]), (.execute, []), (.sync, [.ready(.idle)]),
            ]),
        Exchange(
            "a portal of an earlier segment is none", isOver: false,
            [
                (.bind(.rollback), [.bindComplete]), (.sync, [.ready(.failed)]),
                (.execute, [.lost]), (.sync, [.ready(.failed)]),
            ]),
        Exchange(
            "what returns rows does not pass for something that returns none", isOver: false,
            [
                (.describe(isStatement: true), [.lost]), (.describe(isStatement: false), []),
                (.sync, [.ready(.failed)]), (.describe(isStatement: false), [.failed]),
                (.sync, [.ready(.failed)]),
            ]),
    ]

    @Test("what is answered for the lost server", arguments: exchanges.indices)
    func exchange(_ index: Int) {
        let exchange = Self.exchanges[index]
        var loss = LostTransaction(isTold: exchange.isTold, isSkipping: exchange.isSkipping)
        for (number, (message, answers)) in exchange.messages.enumerated() {
            #expect(!loss.isOver, "\(exchange.name): \(number)")
            #expect(loss.received(message) == answers, "\(exchange.name): \(number) \(message)")
        }
        #expect(loss.isOver == exchange.isOver, "\(exchange.name)")
    }

    @Test("every simple query and every Sync is answered by exactly one ReadyForQuery")
    func readies() {
        let messages: [LostTransaction.Message] = [
            .query(.other), .query(.commit), .parse(.other), .parse(.rollback), .bind(.other),
            .bind(.commit), .describe(isStatement: true), .execute, .close, .flush, .sync,
        ]
        for first in messages {
            for second in messages {
                for third in messages {
                    var loss = LostTransaction(isTold: false)
                    var isSkipping = false
                    for message in [first, second, third] where !loss.isOver {
                        let answers = loss.received(message)
                        let readies = answers.count { if case .ready = $0 { true } else { false } }
                        let isQuery = if case .query = message { true } else { false }
                        let expected = message == .sync || (isQuery && !isSkipping) ? 1 : 0
                        #expect(readies == expected, "\(first) \(second) \(third)")
                        if message == .sync { isSkipping = false }
                        let hasFailed = answers.contains(.lost) || answers.contains(.failed)
                        if hasFailed, readies == 0 { isSkipping = true }
                    }
                }
            }
        }
    }
}
