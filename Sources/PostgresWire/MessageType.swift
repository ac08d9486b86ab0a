/// Type bytes of messages that a client sends (PostgreSQL documentation, section 55.7).
package enum FrontendType {
    @inlinable package static var bind: UInt8 { 0x42 }  // B
    @inlinable package static var close: UInt8 { 0x43 }  // C
    @inlinable package static var copyData: UInt8 { 0x64 }  // d
    @inlinable package static var copyDone: UInt8 { 0x63 }  // c
    @inlinable package static var copyFail: UInt8 { 0x66 }  // f
    @inlinable package static var describe: UInt8 { 0x44 }  // D
    @inlinable package static var execute: UInt8 { 0x45 }  // E
    @inlinable package static var flush: UInt8 { 0x48 }  // H
    @inlinable package static var functionCall: UInt8 { 0x46 }  // F
    @inlinable package static var parse: UInt8 { 0x50 }  // P
    @inlinable package static var password: UInt8 { 0x70 }  // p: password, SASL and GSS answers
    @inlinable package static var query: UInt8 { 0x51 }  // Q
    @inlinable package static var sync: UInt8 { 0x53 }  // S
    @inlinable package static var terminate: UInt8 { 0x58 }  // X
}

/// Type bytes of messages that a server sends.
package enum BackendType {
    @inlinable package static var authentication: UInt8 { 0x52 }  // R
    @inlinable package static var backendKeyData: UInt8 { 0x4B }  // K
    @inlinable package static var bindComplete: UInt8 { 0x32 }  // 2
    @inlinable package static var closeComplete: UInt8 { 0x33 }  // 3
    @inlinable package static var commandComplete: UInt8 { 0x43 }  // C
    @inlinable package static var copyData: UInt8 { 0x64 }  // d
    @inlinable package static var copyDone: UInt8 { 0x63 }  // c
    @inlinable package static var copyInResponse: UInt8 { 0x47 }  // G
    @inlinable package static var copyOutResponse: UInt8 { 0x48 }  // H
    @inlinable package static var copyBothResponse: UInt8 { 0x57 }  // W
    @inlinable package static var dataRow: UInt8 { 0x44 }  // D
    @inlinable package static var emptyQueryResponse: UInt8 { 0x49 }  // I
    @inlinable package static var errorResponse: UInt8 { 0x45 }  // E
    @inlinable package static var functionCallResponse: UInt8 { 0x56 }  // V
    @inlinable package static var negotiateProtocolVersion: UInt8 { 0x76 }  // v
    @inlinable package static var noData: UInt8 { 0x6E }  // n
    @inlinable package static var noticeResponse: UInt8 { 0x4E }  // N
    @inlinable package static var notificationResponse: UInt8 { 0x41 }  // A
    @inlinable package static var parameterDescription: UInt8 { 0x74 }  // t
    @inlinable package static var parameterStatus: UInt8 { 0x53 }  // S
    @inlinable package static var parseComplete: UInt8 { 0x31 }  // 1
    @inlinable package static var portalSuspended: UInt8 { 0x73 }  // s
    @inlinable package static var readyForQuery: UInt8 { 0x5A }  // Z
    @inlinable package static var rowDescription: UInt8 { 0x54 }  // T
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
