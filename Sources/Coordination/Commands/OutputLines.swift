/// Cuts a command's output into lines, whatever pieces it arrives in.
///
/// A line longer than `bytesMax` goes on as the next one, so that a command without line ends
/// cannot fill the memory.
struct OutputLines {
    /// Bytes of the longest line, unless somebody needs longer ones.
    static let bytesMax = 8 << 10

    private let bytesMax: Int
    private var open: [UInt8] = []

    init(bytesMax: Int = Self.bytesMax) { self.bytesMax = bytesMax }

    /// Bytes arrived; hands over every line that is complete now, without its end.
    mutating func received(_ bytes: some Sequence<UInt8>, _ onLine: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                hand(over: onLine)
                continue
            }
            if open.count == bytesMax { hand(over: onLine) }
            open.append(byte)
        }
    }

    /// Nothing more will come: hands over a last line that has no end.
    mutating func ended(_ onLine: (String) -> Void) {
        if !open.isEmpty { hand(over: onLine) }
    }

    private mutating func hand(over onLine: (String) -> Void) {
        if open.last == UInt8(ascii: "\r") { open.removeLast() }
        onLine(String(decoding: open, as: UTF8.self))
        open.removeAll(keepingCapacity: true)
    }
}
