/// How a user's command ended.
package enum CommandOutcome: Equatable, Sendable {
    case exited(code: Int32)
    case signalled(number: Int32)
    /// The deadline came first; the command and what it had started were ended.
    case timedOut
    /// The shell could not be started: the words of the system.
    case couldNotStart(reason: String)

    /// `exit 0` in time.
    package var isSuccess: Bool { self == .exited(code: 0) }
}

extension CommandOutcome: CustomStringConvertible {
    /// As part of a sentence: "failover_command \(outcome)".
    package var description: String {
        switch self {
        case .exited(0): "succeeded"
        case .exited(let code): "exited with code \(code)"
        case .signalled(let number): "was ended by signal \(number)"
        case .timedOut: "did not end in time"
        case .couldNotStart(let reason): "could not be started: \(reason)"
        }
    }
}
