import PostgresWire

/// What anybody can send before anything is known of them.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: data, count: count).bytes
    switch StartupPacket.read(bytes) {
    case .incomplete, .malformed: break
    case .packet(let packet, let used):
        precondition(used >= 8 && used <= count && used <= StartupPacket.lengthMax)
        guard case .startup(let message) = packet else { break }
        _ = message.value("user")
        _ = message.protocolExtensions
        // What was read can be written and is read again as the same.
        var writer = WireWriter()
        writer.startup(message.parameters)
        let again = StartupMessage(minorVersion: 0, parameters: message.parameters)
        precondition(
            StartupPacket.read(writer.bytes.span.bytes)
                == .packet(.startup(again), byteCount: writer.bytes.count))
    }
    return 0
}
