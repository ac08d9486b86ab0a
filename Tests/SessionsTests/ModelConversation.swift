import PostgresWire
import TestSupport

/// A client that speaks in whole units: it always ends a COPY that it began, and mostly its
/// segments.
struct ModelConversation {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &generator) < percent
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// The messages of the next thing that the client wants.
    mutating func unit() -> [ModelMessage] {
        switch number(0...19) {
        case 0...5: [.query((0..<number(1...3)).map { _ in statement() })]
        case 6...12: segment()
        case 13...14: simpleCopy()
        case 15...16: extendedCopy()
        case 17: [.functionCall(fails: chance(30))]
        case 18: [.sync]
        default: [[.flush], [.copyDone], [.copyFail], [.copyData, .copyDone]][number(0...3)]
        }
    }

    private mutating func statement() -> ModelStatement {
        switch number(0...11) {
        case 0...3: .rows(number(0...3))
        case 4...5: .command
        case 6: .empty
        case 7: .fails
        case 8: .failsLate(number(0...2))
        case 9: .begin
        case 10: .end
        default: .copyOut(number(0...3))
        }
    }

    private mutating func segment() -> [ModelMessage] {
        var messages: [ModelMessage] = []
        for _ in 0..<number(1...6) {
            switch number(0...9) {
            case 0...1: messages.append(.parse(fails: chance(12)))
            case 2...3: messages.append(.bind(fails: chance(12)))
            case 4:
                messages.append(
                    .describe(ofStatement: chance(50), rows: chance(50), fails: chance(12)))
            case 5...7: messages.append(.execute(statement(), suspends: chance(20)))
            case 8: messages.append(.close)
            default: messages.append(.flush)
            }
        }
        if chance(8) { return messages + [.query([statement()]), .sync] }
        if chance(4) { return messages + [.functionCall(fails: chance(30)), .sync] }
        return messages + [.sync] + (chance(5) ? [.sync] : [])
    }

    private mutating func copyIn() -> ModelStatement {
        .copyIn(failsAfter: chance(40) ? number(-1...3) : nil)
    }

    private mutating func data(syncs: Int) -> [ModelMessage] {
        var messages: [ModelMessage] = []
        for _ in 0..<number(0...4) {
            messages.append(.copyData)
            if chance(10) { messages.append(.flush) }
            if chance(syncs) { messages.append(.sync) }
        }
        return messages + [chance(80) ? .copyDone : .copyFail]
    }

    private mutating func simpleCopy() -> [ModelMessage] {
        var statements = [copyIn()]
        var tail = data(syncs: 6)
        if chance(20) {
            statements.append(copyIn())
            tail += data(syncs: 0)
        }
        if chance(20) { statements.append(statement()) }
        return [.query(statements)] + tail
    }

    private mutating func extendedCopy() -> [ModelMessage] {
        let head: [ModelMessage] = [
            .parse(fails: chance(10)), .bind(fails: chance(10)),
            .execute(copyIn(), suspends: false),
        ]
        // libpq sends a Sync before it knows that the statement is a COPY.
        return head + (chance(50) ? [.sync] : []) + data(syncs: 6) + [.sync]
    }
}
