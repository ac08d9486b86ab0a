import Settings

/// An entry of a pattern list, then a line end and a text that it is compared with.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let end = bytes.firstIndex(of: 0x0A) ?? bytes.count
    guard let pattern = try? Pattern(String(decoding: bytes[..<end], as: UTF8.self)) else {
        return 0
    }
    // An entry may need long for a long text, which is its author's affair.
    _ = pattern.matches(Array(bytes[end...].dropFirst().prefix(64)), undecided: false)
    return 0
}
