import Operations
import Testing

@Suite struct ClusterHistoryTests {
    @Test("the latest events are kept, numbered from the first one")
    func ring() {
        let history = ClusterHistory()
        for number in 1...ClusterHistory.lengthMax + 5 { history.note(.log, "event \(number)") }
        let events = history.events
        #expect(events.count == ClusterHistory.lengthMax)
        #expect(events.first?.text == "event 6" && events.first?.number == 6)
        #expect(events.last?.text == "event \(ClusterHistory.lengthMax + 5)")
        #expect(events.last?.severity == "LOG")
    }

    @Test("a long text is cut")
    func longText() {
        let history = ClusterHistory()
        history.note(.warning, String(repeating: "x", count: ClusterHistory.textBytesMax))
        history.note(.warning, String(repeating: "x", count: ClusterHistory.textBytesMax + 1))
        #expect(history.events.map(\.text.utf8.count) == [1000, 1000])
    }

    @Test("changes of the primary are counted by kind, with the last one")
    func changes() {
        let history = ClusterHistory()
        #expect(history.changes == PrimaryChangeCounts())
        history.changed(.failover, took: 180_000_000)
        history.changed(.failover, took: 250_999_999)
        history.failed(.switchover)
        #expect(history.changes[.failover].done == 2)
        #expect(history.changes[.failover].last?.milliseconds == 250)
        #expect(history.changes[.switchover].done == 0)
        #expect(history.changes[.switchover].failed == 1)
        #expect(history.changes[.switchover].last == nil)
    }
}
