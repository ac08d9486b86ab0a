/// The body of an Authentication message.
public enum AuthenticationRequest: Equatable, Sendable {
    case ok
    case clearText
    case md5(salt: [UInt8])
    case sasl(mechanisms: [String])
    case saslContinue([UInt8])
    case saslFinal([UInt8])
    /// Kerberos, GSS, SSPI ... by its number.
    case unsupported(UInt32)

    /// Reads the body; nil where it is cut short.
    public static func read(_ bytes: RawSpan) -> AuthenticationRequest? {
        var reader = WireReader(bytes)
        guard let code = reader.uint32(bytes) else { return nil }
        switch code {
        case 0: return .ok
        case 3: return .clearText
        case 5:
            guard let salt = reader.take(4, bytes) else { return nil }
            return .md5(salt: salt)
        case 10:
            var mechanisms: [String] = []
            while let name = reader.string(bytes), !name.isEmpty {
                mechanisms.append(String(decoding: name, as: UTF8.self))
            }
            return .sasl(mechanisms: mechanisms)
        case 11: return .saslContinue(reader.rest(bytes))
        case 12: return .saslFinal(reader.rest(bytes))
        default: return .unsupported(code)
        }
    }
}

/// SASLInitialResponse: the chosen mechanism and the first message of the exchange.
public struct SASLInitialResponse: Equatable, Sendable {
    public var mechanism: String
    public var data: [UInt8]

    /// Reads the body of a `p` message; nil where it is malformed.
    public static func read(_ bytes: RawSpan) -> SASLInitialResponse? {
        var reader = WireReader(bytes)
        guard let name = reader.string(bytes), let length = reader.uint32(bytes),
            length != .max, Int(length) == reader.remaining
        else { return nil }
        return SASLInitialResponse(
            mechanism: String(decoding: name, as: UTF8.self), data: reader.rest(bytes))
    }
}

/// The fields of an ErrorResponse or NoticeResponse that we look at.
public struct ReportFields: Equatable, Sendable {
    public var severity = ""
    public var code = ""
    public var message = ""
    /// What tells more than the message; empty where nothing does.
    public var detail = ""

    /// Message and detail.
    public var words: String { detail.isEmpty ? message : "\(message): \(detail)" }

    /// An administrator shuts the server down, or ended this one connection: PostgreSQL says both
    /// alike.
    public var isOrderlyShutdown: Bool {
        code == "57P01" && message.contains("administrator command")
    }

    /// The server ends, or has to start over: its crash, an immediate shutdown, a lost postmaster.
    public var isServersEnd: Bool {
        code == "57P02" || (code == "57P01" && !isOrderlyShutdown)
    }

    public static func read(_ bytes: RawSpan) -> ReportFields {
        var fields = ReportFields()
        var reader = WireReader(bytes)
        while let code = reader.uint8(bytes), code != 0, let value = reader.string(bytes) {
            let text = String(decoding: value, as: UTF8.self)
            switch code {
            case 0x53: if fields.severity.isEmpty { fields.severity = text }
            case 0x56: fields.severity = text
            case 0x43: fields.code = text
            case 0x4D: fields.message = text
            case 0x44: fields.detail = text
            default: break
            }
        }
        return fields
    }
}
