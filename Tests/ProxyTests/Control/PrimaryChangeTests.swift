import ClusterModel
import Operations
import Testing

@testable import Proxy

@Suite("What goes on, as it is called")
struct PrimaryChangeTests {
    private static func failover(isOrdered: Bool) -> Failover {
        Failover(
            id: 1, oldPrimary: 0, oldTimeline: 1, members: [1], isOrdered: isOrdered,
            rules: FailoverRules(), now: 0)
    }

    private static let switchover = Switchover(
        id: 1, oldPrimary: 0, oldTimeline: 1, target: 1, drainLimit: 0, now: 0)

    @Test("an ordered change is a switchover, whichever way it goes")
    func kinds() {
        var change = PrimaryChange()
        #expect(change.kind == nil && change.words == nil)
        change.operation = .failover(Self.failover(isOrdered: false))
        #expect(change.kind == .failover && change.words == "failover is in progress")
        for operation in [
            PrimaryChange.Operation.switchover(Self.switchover),
            .failover(Self.failover(isOrdered: true)),
        ] {
            change.operation = operation
            #expect(change.kind == .switchover)
            #expect(change.words == "promote node operation is in progress")
        }
    }

    @Test("a failover that waits for somebody is in nobody's way")
    func blocked() {
        var failover = Self.failover(isOrdered: false)
        _ = failover.begin(now: 0)
        _ = failover.fenceFailed(now: 0)
        var change = PrimaryChange()
        change.operation = .failover(failover)
        #expect(change.kind == .failover && change.words == nil)
    }
}
