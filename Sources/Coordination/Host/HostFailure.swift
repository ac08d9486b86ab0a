import ClusterModel
import Glibc

/// Why a host did not do what it was asked.
struct HostFailure: Error, Equatable {
    /// A sentence without a full stop.
    var reason: String
    /// What would help; nil if nobody knows.
    var hint: String?

    init(_ reason: String, hint: String? = nil) {
        self.reason = reason
        self.hint = hint
    }

    /// A call of the system failed: its words follow what was tried.
    static func system(_ message: String, _ path: String, _ error: Int32 = errno) -> HostFailure {
        HostFailure("\(message) \"\(path)\": \(String(cString: strerror(error)))")
    }

    /// A small file could not be read or written.
    init(_ failure: StateFailure) { self.init(failure.message) }

    var answer: HostAnswer { .failed(reason: reason, hint: hint) }
}
