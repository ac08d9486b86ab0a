/// Bytes of a peer or a file as text for a log line: at most 64 bytes of it, controls replaced, so
/// that nobody can forge a line of its own.
func logText(_ bytes: [UInt8]) -> String {
    let shown = bytes.prefix(64).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
    return String(decoding: shown, as: UTF8.self)
}
