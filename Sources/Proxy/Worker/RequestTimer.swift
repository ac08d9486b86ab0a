/// When the oldest request that a server owes its client left, and whether it only reads: one word,
/// read and written with the clock of the batch.
///
/// Of requests that are sent before the answers to earlier ones came, each is timed from the answer
/// before it, and as what the first one is.
struct RequestTimer {
    /// The time with its lowest bit taken for the kind. Below 2 nothing is on its way.
    private var word: UInt64 = 0

    /// It only reads.
    var isRead: Bool { word & 1 != 0 }

    /// What the next request is.
    @inline(__always)
    mutating func judged(isRead: Bool) {
        if word < 2 { word = isRead ? 1 : 0 }
    }

    /// Bytes of a request went to the server.
    @inline(__always)
    mutating func sent(at now: UInt64) {
        if word < 2 { word |= now & ~1 }
    }

    /// A ReadyForQuery came.
    ///
    /// - Parameter isLast: nothing else is on its way.
    /// - Returns: The time that it took, in nanoseconds; nil if nobody knows when it began.
    @inline(__always)
    mutating func answered(at now: UInt64, isLast: Bool) -> UInt64? {
        guard word >= 2 else { return nil }
        let began = word & ~1
        word = isLast ? 0 : now & ~1 | word & 1
        return now >= began ? now - began : nil
    }
}
