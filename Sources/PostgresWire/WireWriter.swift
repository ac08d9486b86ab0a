/// Builds messages into one byte array. Lengths are filled in when a message ends.
public struct WireWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Adds one message of the given type; `body` writes its fields.
    public mutating func message(_ type: UInt8, _ body: (inout WireWriter) -> Void) {
        bytes.append(type)
        lengthPrefixed(body)
    }

    /// Adds a length word and what `body` writes: the shape of startup packets.
    public mutating func lengthPrefixed(_ body: (inout WireWriter) -> Void) {
        let start = bytes.count
        uint32(0)
        body(&self)
        let length = UInt32(truncatingIfNeeded: bytes.count - start)
        for index in 0..<4 {
            bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index)))
        }
    }

    public mutating func uint8(_ value: UInt8) { bytes.append(value) }

    public mutating func uint16(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    public mutating func uint32(_ value: UInt32) {
        uint16(UInt16(truncatingIfNeeded: value >> 16))
        uint16(UInt16(truncatingIfNeeded: value))
    }

    public mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    /// A string and its NUL. An embedded NUL would end it early for the peer: it is cut there.
    public mutating func string(_ value: some Sequence<UInt8>) {
        for byte in value {
            if byte == 0 { break }
            bytes.append(byte)
        }
        bytes.append(0)
    }

    public mutating func string(_ value: String) { string(value.utf8) }
}

// MARK: What we say to clients

extension WireWriter {
    /// ErrorResponse or NoticeResponse with the fields that PostgreSQL always sends: S V C M D H.
    public mutating func report(_ report: ServerReport) {
        let isError = report.severity == .error || report.severity == .fatal
        message(isError ? BackendType.errorResponse : BackendType.noticeResponse) { body in
            func field(_ code: UInt8, _ value: String?) {
                guard let value else { return }
                body.uint8(code)
                body.string(value)
            }
            field(0x53, report.severity.rawValue)
            field(0x56, report.severity.rawValue)
            field(0x43, report.state.code)
            field(0x4D, report.message)
            field(0x44, report.detail)
            field(0x48, report.hint)
            body.uint8(0)
        }
    }

    public mutating func readyForQuery(_ status: TransactionStatus) {
        message(BackendType.readyForQuery) { $0.uint8(status.rawValue) }
    }

    public mutating func parameterStatus(
        _ name: some Sequence<UInt8>, _ value: some Sequence<UInt8>
    ) {
        message(BackendType.parameterStatus) { body in
            body.string(name)
            body.string(value)
        }
    }

    public mutating func backendKeyData(_ key: CancelKey) {
        message(BackendType.backendKeyData) { body in
            body.uint32(UInt32(bitPattern: key.processID))
            body.raw(key.secret)
        }
    }

    /// NegotiateProtocolVersion: the newest minor version we speak and what we do not know.
    public mutating func negotiateProtocolVersion(minor: UInt16, unknown: [[UInt8]]) {
        message(BackendType.negotiateProtocolVersion) { body in
            body.uint32(3 << 16 | UInt32(minor))
            body.uint32(UInt32(truncatingIfNeeded: unknown.count))
            for name in unknown { body.string(name) }
        }
    }

    public mutating func authentication(_ request: AuthenticationRequest) {
        message(BackendType.authentication) { body in
            switch request {
            case .ok: body.uint32(0)
            case .clearText: body.uint32(3)
            case .md5(let salt):
                body.uint32(5)
                body.raw(salt)
            case .sasl(let mechanisms):
                body.uint32(10)
                for mechanism in mechanisms { body.string(mechanism) }
                body.uint8(0)
            case .saslContinue(let data):
                body.uint32(11)
                body.raw(data)
            case .saslFinal(let data):
                body.uint32(12)
                body.raw(data)
            case .unsupported(let code): body.uint32(code)
            }
        }
    }
}

// MARK: What we say to servers

extension WireWriter {
    /// StartupMessage of protocol 3.0: servers are asked for nothing newer.
    public mutating func startup(_ parameters: [StartupMessage.Parameter]) {
        lengthPrefixed { body in
            body.uint32(3 << 16)
            for parameter in parameters {
                body.string(parameter.name)
                body.string(parameter.value)
            }
            body.uint8(0)
        }
    }

    public mutating func cancelRequest(_ key: CancelKey) {
        lengthPrefixed { body in
            body.uint32(80_877_102)
            body.uint32(UInt32(bitPattern: key.processID))
            body.raw(key.secret)
        }
    }

    public mutating func query(_ text: some Sequence<UInt8>) {
        message(FrontendType.query) { $0.string(text) }
    }

    public mutating func password(_ answer: some Sequence<UInt8>) {
        message(FrontendType.password) { $0.string(answer) }
    }

    public mutating func saslInitialResponse(mechanism: String, data: [UInt8]) {
        message(FrontendType.password) { body in
            body.string(mechanism)
            body.uint32(UInt32(truncatingIfNeeded: data.count))
            body.raw(data)
        }
    }

    public mutating func saslResponse(_ data: [UInt8]) {
        message(FrontendType.password) { $0.raw(data) }
    }

    /// A message without a body: Sync, Flush, CopyDone, Terminate.
    public mutating func empty(_ type: UInt8) { message(type) { _ in } }

    public mutating func copyFail(_ reason: String) {
        message(FrontendType.copyFail) { $0.string(reason) }
    }

    /// Close of a prepared statement.
    public mutating func closeStatement(_ name: some Sequence<UInt8>) {
        message(FrontendType.close) { body in
            body.uint8(0x53)
            body.string(name)
        }
    }
}
