import Glibc

/// The collector's current file: opens, writes, rotates. Trouble is returned as a note, once, and
/// the caller writes elsewhere until the file works again.
struct CollectorFile: ~Copyable {
    /// What to say about a file that cannot be used.
    struct Note: Equatable {
        var message: String
        var detail: String
    }

    private let configuration: LogConfiguration.Collector
    private let rule: RotationRule
    private var descriptor: Int32 = -1
    private var name: String?
    private var sizeBytes: Int64 = 0
    /// Seconds since the epoch; nil without rotation by age.
    private(set) var nextRotation: Int64?
    /// Whether the last attempt to write worked.
    private(set) var isWritable = false
    /// After a failure the file is tried again from this time on.
    private var retryAt: Int64 = 0

    private static let retrySeconds: Int64 = 10

    init(_ configuration: LogConfiguration.Collector) {
        self.configuration = configuration
        self.rule = RotationRule(configuration)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Opens the first file, appending to one that is there.
    mutating func open(now: Int64) -> Note? { openFile(.keep, nameTime: now, now: now) }

    /// Starts a new file whatever the rule says; also re-opens one that was moved away.
    mutating func rotate(_ decision: RotationRule.Decision, now: Int64) -> Note? {
        // A file that was due at midnight is named after midnight, even if nothing was written
        // until later.
        let nameTime = decision == .newFileByAge ? nextRotation ?? now : now
        return openFile(decision, nameTime: nameTime, now: now)
    }

    /// Starts a new file if age or size ask for one.
    mutating func rotateIfDue(now: Int64) -> Note? {
        let decision = rule.decision(now: now, nextRotation: nextRotation, sizeBytes: sizeBytes)
        guard decision != .keep else { return nil }
        let old = name
        let note = rotate(decision, now: now)
        // The pattern may give no other name yet. Going on in the same file is all there is to
        // do; the size counts from here.
        if decision == .newFileBySize, name == old { sizeBytes = 0 }
        return note
    }

    /// Appends bytes. After a failure `isWritable` is false and the bytes are the caller's.
    mutating func write(_ bytes: [UInt8]) -> Note? {
        if !isWritable {
            let now = Int64(time(nil))
            guard now >= retryAt else { return nil }
            // Silent: the first failure has been reported.
            _ = openFile(.keep, nameTime: now, now: now)
            guard isWritable else { return nil }
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                return failed("could not write to log file \"\(name ?? "")\"", code)
            }
            sizeBytes += Int64(count)
            rest = rest.dropFirst(count)
        }
        return nil
    }

    private mutating func openFile(
        _ decision: RotationRule.Decision, nameTime: Int64, now: Int64
    ) -> Note? {
        nextRotation = rule.nextRotation(
            after: now, secondsEastOfUTC: Int64(LocalClock.parts(of: now).tm_gmtoff))
        let new = configuration.directory + "/" + Self.fileName(configuration, at: nameTime)
        mkdir(configuration.directory, 0o700)
        let truncates = RotationRule.truncates(
            decision, wanted: configuration.truncatesOnRotation, from: name, to: new)
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (truncates ? O_TRUNC : O_APPEND)
        let opened = Glibc.open(new, flags, configuration.fileMode)
        guard opened >= 0 else { return failed("could not open log file \"\(new)\"", errno) }
        fchmod(opened, (configuration.fileMode | S_IWUSR) & 0o777)
        if descriptor >= 0 { close(descriptor) }
        descriptor = opened
        name = new
        isWritable = true
        var facts = stat()
        sizeBytes = fstat(opened, &facts) == 0 ? Int64(facts.st_size) : 0
        return nil
    }

    private mutating func failed(_ message: String, _ code: Int32) -> Note? {
        let isNews = isWritable || retryAt == 0
        isWritable = false
        retryAt = Int64(time(nil)) + Self.retrySeconds
        return isNews ? Note(message: message, detail: String(cString: strerror(code))) : nil
    }

    /// The file name for a time, by `strftime` in local time.
    static func fileName(_ configuration: LogConfiguration.Collector, at seconds: Int64) -> String {
        var parts = LocalClock.parts(of: seconds)
        var buffer = [CChar](repeating: 0, count: 1024)
        let length = strftime(&buffer, buffer.count, configuration.filenamePattern, &parts)
        guard length > 0 else { return "pgpool.log" }
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
