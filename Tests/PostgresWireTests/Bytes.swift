import PostgresWire

/// One message as it is on the wire.
func frame(_ type: UInt8, _ body: [UInt8] = []) -> [UInt8] {
    var writer = WireWriter()
    writer.message(type) { $0.raw(body) }
    return writer.bytes
}

/// A startup packet: length, code, body; `length` lies where a test wants it to.
func packet(_ code: UInt32, _ body: [UInt8] = [], length: UInt32? = nil) -> [UInt8] {
    var writer = WireWriter()
    writer.uint32(length ?? UInt32(8 + body.count))
    writer.uint32(code)
    writer.raw(body)
    return writer.bytes
}

/// Strings with their NULs.
func strings(_ values: String...) -> [UInt8] {
    values.flatMap { Array($0.utf8) + [0] }
}
