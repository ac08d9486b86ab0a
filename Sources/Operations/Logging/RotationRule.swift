/// When the collector starts a new file: by age, at times aligned to local midnight, and by size.
package struct RotationRule: Sendable, Equatable {
    package enum Decision: Sendable, Equatable {
        case keep
        /// The clock asks for a new file, which may be truncated if the name was used before.
        case newFileByAge
        /// The size or an operator asks for a new file; an existing one is always appended to.
        case newFileBySize
    }

    /// 0 switches rotation by age off.
    package var ageSeconds: Int64
    /// 0 switches rotation by size off.
    package var sizeBytes: Int64

    package init(_ collector: LogConfiguration.Collector) {
        self.ageSeconds = Int64(collector.rotationAgeMinutes) * 60
        self.sizeBytes = Int64(collector.rotationSizeKilobytes) * 1024
    }

    /// The first rotation time after `now`: a multiple of the age counted in local time, so that
    /// daily files change at midnight and not at the hour of the start.
    ///
    /// - Parameter secondsEastOfUTC: The offset of local time at `now`.
    package func nextRotation(after now: Int64, secondsEastOfUTC: Int64) -> Int64? {
        guard ageSeconds > 0 else { return nil }
        let local = now + secondsEastOfUTC
        return local - local % ageSeconds + ageSeconds - secondsEastOfUTC
    }

    /// Whether the file of this size may be written to at `now`.
    package func decision(now: Int64, nextRotation: Int64?, sizeBytes size: Int64) -> Decision {
        if let nextRotation, now >= nextRotation { return .newFileByAge }
        if sizeBytes > 0, size >= sizeBytes { return .newFileBySize }
        return .keep
    }

    /// Whether the next file is emptied when it is opened: only when the clock rotates to a name
    /// other than the one in use, so that nothing that was just written is lost.
    package static func truncates(
        _ decision: Decision, wanted: Bool, from old: String?, to new: String
    ) -> Bool {
        guard wanted, decision == .newFileByAge, let old else { return false }
        return old != new
    }
}
