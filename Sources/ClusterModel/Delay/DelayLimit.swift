/// How far a standby may be behind before reads avoid it: a number of bytes or a time, never both.
public enum DelayLimit: Equatable, Sendable {
    case none
    /// `delay_threshold`.
    case bytes(Int64)
    /// `delay_threshold_by_time`, converted.
    case microseconds(Int64)

    /// The limit that two parameters make: time wins where both are set, 0 is none.
    public init(bytes: Int64, microseconds: Int64) {
        if microseconds > 0 {
            self = .microseconds(microseconds)
        } else {
            self = bytes > 0 ? .bytes(bytes) : .none
        }
    }

    /// The node's delay in the unit of this limit, bytes where there is none; nil where unknown.
    public func delay(of node: NodeView) -> Int64? {
        switch self {
        case .none, .bytes: node.lagBytes
        case .microseconds: node.lagTime
        }
    }

    /// Whether reads should avoid a standby that is this far behind. What is not known may be any
    /// delay.
    public func isExceeded(by delay: Int64?) -> Bool {
        switch self {
        case .none: false
        case .bytes(let most), .microseconds(let most): delay.map { $0 > most } ?? true
        }
    }
}
