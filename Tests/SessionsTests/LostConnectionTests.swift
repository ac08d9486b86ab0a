import Sessions
import Testing

@Suite("Lost connections")
struct LostConnectionTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fate: LostConnection.Fate
        var lost: LostConnection

        init(
            _ name: String, _ fate: LostConnection.Fate,
            _ change: (inout LostConnection) -> Void = { _ in }
        ) {
            testDescription = name
            self.fate = fate
            lost = LostConnection()
            change(&lost)
        }
    }

    private static let cases: [Case] = [
        Case("idle", .goOn),
        Case("another connection's business", .goOn) {
            $0.concernsSession = false
            $0.isQuiet = false
            $0.state = .bound
        },
        Case("idle, bound by state", .end(isUnknown: false)) { $0.state = .bound },
        Case("idle, state is given up", .goOn) { $0.state = .dispensable },
        Case("BEGIN is held", .goOn) { $0.transaction = .held },
        Case("BEGIN is held, its first read on its way", .repeatRead) {
            $0.transaction = .held
            $0.isQuiet = false
            $0.canRepeat = true
        },
        Case("has read in a transaction that can move", .goOn) { $0.transaction = .movable },
        Case("reads in a transaction that can move", .repeatRead) {
            $0.transaction = .movable
            $0.isQuiet = false
            $0.canRepeat = true
        },
        Case("has a part of an answer in a transaction that can move", .loseTransaction) {
            $0.transaction = .movable
            $0.isQuiet = false
        },
        Case("in a transaction", .loseTransaction) { $0.transaction = .settled },
        Case("in a transaction, a write on its way", .loseTransaction) {
            $0.transaction = .settled
            $0.isQuiet = false
            $0.mayWrite = true
            $0.changesSession = true
        },
        Case("in a transaction, COMMIT on its way", .end(isUnknown: true)) {
            $0.transaction = .settled
            $0.isQuiet = false
            $0.changesSession = true
            $0.endsTransaction = true
        },
        Case("in a transaction, within a message", .end(isUnknown: true)) {
            $0.transaction = .settled
            $0.isQuiet = false
            $0.isHalfAsked = true
        },
        Case("in a transaction, bound by state", .end(isUnknown: false)) {
            $0.transaction = .settled
            $0.state = .bound
        },
        Case("in a transaction, state is given up", .loseTransaction) {
            $0.transaction = .settled
            $0.state = .dispensable
        },
        Case("a read without an answer", .repeatRead) {
            $0.isQuiet = false
            $0.canRepeat = true
        },
        Case("a read without an answer that the server would not finish", .repeatRead) {
            $0.isQuiet = false
            $0.canRepeat = true
            $0.saidGoodbye = true
        },
        Case("a read with a part of its answer", .failRead) { $0.isQuiet = false },
        Case("a read of what is lost as well", .failRead) {
            $0.isQuiet = false
            $0.state = .dispensable
        },
        Case("a read of a batch without its Sync", .end(isUnknown: true)) {
            $0.isQuiet = false
            $0.isMidSegment = true
        },
        Case("a write", .end(isUnknown: true)) {
            $0.isQuiet = false
            $0.mayWrite = true
        },
        Case("SET", .end(isUnknown: true)) {
            $0.isQuiet = false
            $0.changesSession = true
        },
        Case("a statement that is not all there", .end(isUnknown: true)) {
            $0.isQuiet = false
            $0.isHalfAsked = true
        },
        Case("a read, bound by state", .end(isUnknown: true)) {
            $0.isQuiet = false
            $0.canRepeat = true
            $0.state = .bound
        },
        Case("the server has said why", .end(isUnknown: true)) {
            $0.isQuiet = false
            $0.saidGoodbye = true
        },
        Case("in the middle of a row", .cut) {
            $0.isQuiet = false
            $0.isMidMessage = true
            $0.canRepeat = true
        },
        Case("in the middle of a notification", .cut) {
            $0.isMidMessage = true
            $0.concernsSession = false
        },
    ]

    @Test("what was on its way decides, and what lived there", arguments: cases)
    private func fate(_ one: Case) {
        #expect(one.lost.fate == one.fate)
    }

    @Test("who goes on without the state is told, and nobody else")
    func state() {
        for one in Self.cases {
            let ends =
                switch one.fate {
                case .end, .cut: true
                case .goOn, .repeatRead, .failRead, .loseTransaction: false
                }
            let isTold = one.lost.state == .dispensable && !ends
            #expect(one.lost.losesState == isTold, "\(one.testDescription)")
        }
    }
}
