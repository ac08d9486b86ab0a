/// Why a PCP request was not carried out, in Pgpool-II's words (PCP protocol, section 6).
package struct PCPFailure: Error, Equatable, Sendable {
    package enum Severity: String, Sendable {
        /// The connection stays usable.
        case error = "ERROR"
        /// The connection ends.
        case fatal = "FATAL"
    }

    package var severity: Severity
    package var message: String
    package var detail: String?

    package init(_ severity: Severity, _ message: String, detail: String? = nil) {
        self.severity = severity
        self.message = message
        self.detail = detail
    }
}

// MARK: Packets and logins

extension PCPFailure {
    static func invalidLength(_ length: UInt32) -> PCPFailure {
        PCPFailure(.fatal, "invalid PCP packet", detail: "incorrect packet length (\(length))")
    }

    static func malformed(_ type: UInt8) -> PCPFailure {
        PCPFailure(
            .fatal, "invalid PCP packet",
            detail: "incorrect body of packet type \"\(letter(type))\"")
    }

    static func unknownType(_ type: UInt8) -> PCPFailure {
        PCPFailure(
            .fatal, "PCP processing request", detail: "unknown PCP packet type \"\(letter(type))\"")
    }

    static let notAuthorized = PCPFailure(
        .fatal, "authentication failed for new PCP connection", detail: "connection not authorized")

    static let noSalt = PCPFailure(
        .fatal, "authentication failed", detail: "username and/or password does not match")

    static func wrongPassword(_ user: [UInt8]) -> PCPFailure {
        PCPFailure(
            .fatal, "authentication failed for user \"\(name(user))\"",
            detail: "username and/or password does not match")
    }

    /// - Parameter reason: the system's words.
    package static func unreadable(_ file: String, reason: String) -> PCPFailure {
        PCPFailure(
            .fatal, "failed to authenticate PCP user",
            detail: "could not open \(file). reason: \(reason)")
    }

    package static let noCryptography = PCPFailure(
        .fatal, "failed to authenticate PCP user",
        detail: "the cryptographic library gives no MD5 or no random bytes")

    static let tooLate = PCPFailure(
        .fatal, "authentication failed for new PCP connection",
        detail: "authentication_timeout is over")

    static let tooMany = PCPFailure(
        .fatal, "failed to authenticate PCP user",
        detail: "there are too many PCP connections already")

    /// Printable ASCII as it is: the text goes into logs.
    private static func letter(_ type: UInt8) -> String {
        (0x20...0x7E).contains(type) ? String(UnicodeScalar(type)) : "\\\(type)"
    }

    static func name(_ user: [UInt8]) -> String {
        String(
            decoding: user.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}

// MARK: Requests

extension PCPFailure {
    static func noNodeForInfo(_ node: Int) -> PCPFailure {
        PCPFailure(.error, "informing node info failed", detail: "invalid node ID : \(node)")
    }

    static func noNodeForHealthChecks(_ node: Int) -> PCPFailure {
        PCPFailure(
            .error, "informing health check stats info failed", detail: "invalid node ID \(node)")
    }

    static func noHealthChecks(_ node: Int) -> PCPFailure {
        PCPFailure(
            .error, "informing health check stats info failed",
            detail: "stats data for node ID \(node) does not exist")
    }

    static func noProcess(_ process: Int) -> PCPFailure {
        PCPFailure(
            .error, "informing process info failed", detail: "invalid process ID : \(process)")
    }

    static let noWatchdog = PCPFailure(
        .error, "PCP: informing watchdog info failed", detail: "watchdog is not enabled")

    static let noQueryCache = PCPFailure(.error, "query cache is not enabled")

    static func noNodeForRecovery(_ node: Int) -> PCPFailure {
        PCPFailure(
            .error, "process recovery request failed", detail: "node id \(node) is not valid")
    }

    /// - Parameter operation: what goes on.
    static func notNow(_ operation: String) -> PCPFailure {
        PCPFailure(.error, "failed to process PCP request at the moment", detail: operation)
    }

    static func noSuchMode(_ mode: UInt8) -> PCPFailure {
        PCPFailure(
            .error, "PCP: error while processing shutdown request",
            detail: "invalid shutdown mode \"\(letter(mode))\"")
    }

    static let noCollector = PCPFailure(
        .error, "process log rotation request failed", detail: "logging_collector is disabled")

    static func setting(_ detail: String) -> PCPFailure {
        PCPFailure(.error, "PCP: set configuration parameter failed", detail: detail)
    }
}
