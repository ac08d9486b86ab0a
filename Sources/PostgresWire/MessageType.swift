/// Type bytes of messages that a client sends (PostgreSQL documentation, section 55.7).
package enum FrontendType {
    package static let bind: UInt8 = 0x42  // B
    package static let close: UInt8 = 0x43  // C
    package static let copyData: UInt8 = 0x64  // d
    package static let copyDone: UInt8 = 0x63  // c
    package static let copyFail: UInt8 = 0x66  // f
    package static let describe: UInt8 = 0x44  // D
    package static let execute: UInt8 = 0x45  // E
    package static let flush: UInt8 = 0x48  // H
    package static let functionCall: UInt8 = 0x46  // F
    package static let parse: UInt8 = 0x50  // P
    package static let password: UInt8 = 0x70  // p: password, SASL and GSS answers
    package static let query: UInt8 = 0x51  // Q
    package static let sync: UInt8 = 0x53  // S
    package static let terminate: UInt8 = 0x58  // X
}

/// Type bytes of messages that a server sends.
package enum BackendType {
    package static let authentication: UInt8 = 0x52  // R
    package static let backendKeyData: UInt8 = 0x4B  // K
    package static let bindComplete: UInt8 = 0x32  // 2
    package static let closeComplete: UInt8 = 0x33  // 3
    package static let commandComplete: UInt8 = 0x43  // C
    package static let copyData: UInt8 = 0x64  // d
    package static let copyDone: UInt8 = 0x63  // c
    package static let copyInResponse: UInt8 = 0x47  // G
    package static let copyOutResponse: UInt8 = 0x48  // H
    package static let copyBothResponse: UInt8 = 0x57  // W
    package static let dataRow: UInt8 = 0x44  // D
    package static let emptyQueryResponse: UInt8 = 0x49  // I
    package static let errorResponse: UInt8 = 0x45  // E
    package static let functionCallResponse: UInt8 = 0x56  // V
    package static let negotiateProtocolVersion: UInt8 = 0x76  // v
    package static let noData: UInt8 = 0x6E  // n
    package static let noticeResponse: UInt8 = 0x4E  // N
    package static let notificationResponse: UInt8 = 0x41  // A
    package static let parameterDescription: UInt8 = 0x74  // t
    package static let parameterStatus: UInt8 = 0x53  // S
    package static let parseComplete: UInt8 = 0x31  // 1
    package static let portalSuspended: UInt8 = 0x73  // s
    package static let readyForQuery: UInt8 = 0x5A  // Z
    package static let rowDescription: UInt8 = 0x54  // T
}

/// The status byte of ReadyForQuery.
package enum TransactionStatus: UInt8, Sendable {
    /// No transaction is open.
    case idle = 0x49  // I
    /// A transaction is open.
    case inTransaction = 0x54  // T
    /// A transaction is open and failed: only its end is accepted.
    case failed = 0x45  // E
}

/// How a relay has to treat a message before any of its bytes may leave.
package enum FrameClass: UInt8, Sendable {
    /// Forwarded in maximal ranges, complete or not.
    case pass
    /// Nothing leaves before the whole message has been seen and judged.
    case hold
    /// Not a message of this direction: a protocol violation.
    case unknown
}

extension FrameClass {
    /// Messages of clients after login. `password` is unknown there: it belongs to the login.
    package static func frontend(_ type: UInt8) -> FrameClass {
        switch type {
        case FrontendType.copyData: .pass
        case FrontendType.query, FrontendType.parse, FrontendType.bind, FrontendType.describe,
            FrontendType.execute, FrontendType.close, FrontendType.sync, FrontendType.flush,
            FrontendType.functionCall, FrontendType.copyDone, FrontendType.copyFail,
            FrontendType.terminate:
            .hold
        default: .unknown
        }
    }

    /// Messages of servers after login.
    package static func backend(_ type: UInt8) -> FrameClass {
        switch type {
        case BackendType.dataRow, BackendType.copyData, BackendType.rowDescription,
            BackendType.parameterDescription, BackendType.noticeResponse,
            BackendType.notificationResponse, BackendType.functionCallResponse:
            .pass
        case BackendType.readyForQuery, BackendType.errorResponse, BackendType.commandComplete,
            BackendType.parameterStatus, BackendType.parseComplete, BackendType.bindComplete,
            BackendType.closeComplete, BackendType.noData, BackendType.portalSuspended,
            BackendType.emptyQueryResponse, BackendType.copyInResponse,
            BackendType.copyOutResponse, BackendType.copyBothResponse, BackendType.copyDone,
            BackendType.backendKeyData, BackendType.authentication,
            BackendType.negotiateProtocolVersion:
            .hold
        default: .unknown
        }
    }
}
