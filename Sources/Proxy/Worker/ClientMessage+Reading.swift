internal import Operations
internal import PostgresWire

extension ProcessLogTexts.ClientMessage {
    /// Reads what the log tells of a message; nil for one that is told otherwise, and for types
    /// that no client sends.
    ///
    /// - Parameter bytes: the message from its type byte on. A message that is too long to be held
    ///   is not all there; its text then ends with dots.
    init?(_ header: FrameHeader, _ bytes: UnsafeRawBufferPointer) {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(header.total))
        var reader = WireReader(bytes.bytes, from: FrameHeader.byteCount)
        func string() -> String {
            let start = reader.offset
            if let string = reader.string(bytes.bytes) {
                return String(decoding: string, as: UTF8.self)
            }
            return String(decoding: bytes[start...], as: UTF8.self) + "..."
        }
        func object() -> ProcessLogTexts.DescribedObject {
            reader.uint8(bytes.bytes) == 0x53 ? .statement(string()) : .portal(string())
        }
        switch header.type {
        case FrontendType.query: self = .query(string())
        case FrontendType.parse: self = .parse(statement: string(), query: string())
        case FrontendType.bind: self = .bind(portal: string(), statement: string())
        case FrontendType.execute: self = .execute(portal: string())
        case FrontendType.describe: self = .describe(object())
        case FrontendType.close: self = .close(object())
        case FrontendType.functionCall:
            self = .functionCall(oid: reader.uint32(bytes.bytes) ?? 0)
        case FrontendType.copyDone: self = .copyDone
        case FrontendType.copyFail: self = .copyFail
        case FrontendType.sync: self = .sync
        case FrontendType.flush: self = .flush
        case FrontendType.terminate: self = .terminate
        default: return nil
        }
    }
}
