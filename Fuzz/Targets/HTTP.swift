import Operations

/// What anybody can send to the HTTP port.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let reading = HTTPRequestReader.read(bytes)
    switch reading {
    case .incomplete: break
    case .request(let request, let length):
        precondition(length > 0 && length <= bytes.count)
        precondition(request.path.hasPrefix("/"))
        // It says the same whatever follows, and nothing before it is complete.
        precondition(HTTPRequestReader.read(Array(bytes.prefix(length))) == reading)
        precondition(HTTPRequestReader.read(Array(bytes.prefix(length - 1))) == .incomplete)
    case .bad(let status): precondition(status.rawValue >= 400)
    }
    return 0
}
