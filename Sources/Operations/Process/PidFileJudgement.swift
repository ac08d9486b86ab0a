/// What a pid file that already exists means for somebody who wants to start: pure, so that every
/// combination can be tested.
package enum PidFileJudgement: Sendable, Equatable {
    /// Another instance is alive.
    case running(Int32)
    /// Left behind by a process that is gone.
    case stale

    /// What a pid file says.
    package enum Content: Sendable, Equatable {
        case empty
        case process(Int32)
        case unreadable
    }

    /// Names of processes that may own such a file. Another program under that number is a recycled
    /// process id.
    package static let ownerNames: Set<String> = ["pgpool", "trunkline"]

    /// Reads a decimal number up to the first byte that is no digit: the file ends with a NUL.
    package static func content(of bytes: [UInt8]) -> Content {
        if bytes.isEmpty { return .empty }
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int32(String(decoding: digits, as: UTF8.self)), number > 0 else {
            return .unreadable
        }
        return .process(number)
    }

    /// Judges a file.
    ///
    /// - Parameters:
    ///   - isLocked: Whether somebody holds the lock on the file. Only Trunkline takes it, and the
    ///     kernel frees it with the process, so it cannot be wrong.
    ///   - ownerName: The command name of the process with that id; nil if there is none.
    ///   - ownID: In a container each start may get the same id as the one before.
    package static func judge(
        _ content: Content, isLocked: Bool, ownerName: String?, ownID: Int32
    ) -> PidFileJudgement {
        switch content {
        case .empty, .unreadable:
            return isLocked ? .running(0) : .stale
        case .process(let id):
            if isLocked { return .running(id) }
            guard id != ownID, let ownerName, ownerNames.contains(ownerName) else { return .stale }
            return .running(id)
        }
    }
}
