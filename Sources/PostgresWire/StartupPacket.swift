/// What a client says first: it has no type byte, only a length and a code
/// (PostgreSQL documentation, section 55.7, StartupMessage, CancelRequest, SSLRequest).
public enum StartupPacket: Equatable, Sendable {
    case ssl
    case gssEncryption
    case cancel(CancelKey)
    case startup(StartupMessage)
    /// Protocol 2.0, gone since PostgreSQL 14.
    case protocol2
    /// Another major version.
    case unsupported(major: UInt16, minor: UInt16)

    /// Bytes of the longest packet that is read (PostgreSQL's `MAX_STARTUP_PACKET_LENGTH`).
    public static let lengthMax = 10_000

    public enum Reading: Equatable, Sendable {
        case incomplete
        /// The packet and how many bytes it took.
        case packet(StartupPacket, byteCount: Int)
        case malformed(StartupFault)
    }

    /// Reads one packet from the front of `bytes`.
    public static func read(_ bytes: RawSpan) -> Reading {
        var reader = WireReader(bytes)
        guard let length = reader.uint32(bytes) else { return .incomplete }
        guard length >= 8, length <= lengthMax else { return .malformed(.length(length)) }
        guard bytes.byteCount >= Int(length) else { return .incomplete }
        var body = WireReader(bytes, from: 4, to: Int(length))
        guard let code = body.uint32(bytes) else { return .malformed(.length(length)) }
        let packet: StartupPacket
        switch code {
        case 80_877_103:
            packet = .ssl
        case 80_877_104:
            packet = .gssEncryption
        case 80_877_102:
            guard let pid = body.uint32(bytes), body.remaining >= 1, body.remaining <= 256 else {
                return .malformed(.cancelKey)
            }
            packet = .cancel(CancelKey(processID: Int32(bitPattern: pid), secret: body.rest(bytes)))
        default:
            let major = UInt16(code >> 16)
            let minor = UInt16(truncatingIfNeeded: code)
            if major == 2 {
                packet = .protocol2
            } else if major != 3 {
                packet = .unsupported(major: major, minor: minor)
            } else {
                guard let parameters = readParameters(&body, bytes) else {
                    return .malformed(.parameters)
                }
                packet = .startup(StartupMessage(minorVersion: minor, parameters: parameters))
            }
        }
        return .packet(packet, byteCount: Int(length))
    }

    private static func readParameters(
        _ body: inout WireReader, _ bytes: RawSpan
    ) -> [StartupMessage.Parameter]? {
        var parameters: [StartupMessage.Parameter] = []
        while let name = body.string(bytes) {
            // An empty name ends the list; libpq sends nothing behind it.
            if name.isEmpty { return body.remaining == 0 ? parameters : nil }
            guard let value = body.string(bytes) else { return nil }
            parameters.append(StartupMessage.Parameter(name: name, value: value))
        }
        return nil
    }
}

/// Why a startup packet cannot be read.
public enum StartupFault: Equatable, Sendable {
    case length(UInt32)
    case cancelKey
    case parameters
}

/// StartupMessage of protocol 3.x.
public struct StartupMessage: Equatable, Sendable {
    public struct Parameter: Equatable, Sendable {
        public var name: [UInt8]
        public var value: [UInt8]

        public init(name: [UInt8], value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// 0 for protocol 3.0, 2 for 3.2.
    public var minorVersion: UInt16
    /// In the client's order, `user` and `database` included.
    public var parameters: [Parameter]

    public init(minorVersion: UInt16, parameters: [Parameter]) {
        self.minorVersion = minorVersion
        self.parameters = parameters
    }

    /// The last value given for a name, as PostgreSQL takes it.
    public func value(_ name: StaticString) -> [UInt8]? {
        let wanted = name.withUTF8Buffer { Array($0) }
        return parameters.last { $0.name == wanted }?.value
    }

    /// Names of the `_pq_.` protocol extensions that the client asks for; we know none.
    public var protocolExtensions: [[UInt8]] {
        parameters.map(\.name).filter { $0.starts(with: Array("_pq_.".utf8)) }
    }
}

/// What identifies the session that a CancelRequest means: 4 bytes of secret up to protocol 3.0,
/// up to 256 with 3.2.
public struct CancelKey: Equatable, Sendable, Hashable {
    public var processID: Int32
    public var secret: [UInt8]

    public init(processID: Int32, secret: [UInt8]) {
        self.processID = processID
        self.secret = secret
    }
}
