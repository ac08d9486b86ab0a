import ClusterModel
import Glibc

/// Why a host did not do what it was asked.
package struct HostFailure: Error, Equatable {
    /// A sentence without a full stop.
    package var reason: String
    /// What would help; nil if nobody knows.
    package var hint: String?
    /// Whether the host was not reached, or has not answered in time.
    package var isUnreachable: Bool

    package init(_ reason: String, hint: String? = nil, isUnreachable: Bool = false) {
        self.reason = reason
        self.hint = hint
        self.isUnreachable = isUnreachable
    }

    /// A call of the system failed: its words follow what was tried.
    static func system(_ message: String, _ path: String, _ error: Int32 = errno) -> HostFailure {
        HostFailure("\(message) \"\(path)\": \(String(cString: strerror(error)))")
    }

    /// A small file could not be read or written.
    init(_ failure: StateFailure) { self.init(failure.message) }

    var answer: HostAnswer { .failed(reason: reason, hint: hint) }
}
