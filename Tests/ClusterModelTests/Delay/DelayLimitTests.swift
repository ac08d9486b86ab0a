import ClusterModel
import Testing

@Suite("Limits for delay")
struct DelayLimitTests {
    @Test(
        "time wins over bytes, and 0 is no limit",
        arguments: [
            (0, 0, DelayLimit.none), (100, 0, .bytes(100)), (0, 5000, .microseconds(5000)),
            (100, 5000, .microseconds(5000)), (-1, -1, .none),
        ] as [(Int64, Int64, DelayLimit)])
    func choice(bytes: Int64, microseconds: Int64, limit: DelayLimit) {
        #expect(DelayLimit(bytes: bytes, microseconds: microseconds) == limit)
    }

    @Test("a delay at the limit is within it, an unknown one is not")
    func exceeded() {
        for limit in [DelayLimit.bytes(100), .microseconds(100)] {
            #expect(!limit.isExceeded(by: 0))
            #expect(!limit.isExceeded(by: 100))
            #expect(limit.isExceeded(by: 101))
            #expect(limit.isExceeded(by: nil))
        }
        #expect(!DelayLimit.none.isExceeded(by: .max))
        #expect(!DelayLimit.none.isExceeded(by: nil))
    }

    @Test("the units are never mixed")
    func units() {
        var node = NodeView(id: 1, status: .up, role: .standby, weight: 1, lagBytes: 7)
        #expect(DelayLimit.none.delay(of: node) == 7)
        #expect(DelayLimit.bytes(1).delay(of: node) == 7)
        #expect(DelayLimit.microseconds(1).delay(of: node) == nil)
        node.lagTime = 9
        #expect(DelayLimit.bytes(1).delay(of: node) == 7)
        #expect(DelayLimit.microseconds(1).delay(of: node) == 9)
    }
}
