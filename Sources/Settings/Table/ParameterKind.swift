/// Type, unit, range and words of a parameter: how its text is read and written.
public enum ParameterKind: Sendable {
    /// on / off.
    case boolean
    /// A whole number without unit. `zeroMeansUnset`: 0 is accepted outside the range.
    case integer(ClosedRange<Int64>, zeroMeansUnset: Bool)
    /// File permissions. `shownInOctal` says how SHOW prints them.
    case octal(ClosedRange<Int64>, shownInOctal: Bool)
    /// A memory size; range and bare numbers in `unit`.
    case memory(MemoryUnit, ClosedRange<Int64>)
    /// A time; range and bare numbers in `unit`.
    case time(TimeUnit, ClosedRange<Int64>)
    /// The same, or the word `never`, which is -1.
    case timeOrNever(TimeUnit, ClosedRange<Int64>)
    /// A number with fraction.
    case real(ClosedRange<Double>)
    /// One of `words`; a hidden word stands for another one and is not listed in messages.
    case choice(words: [String], hidden: [String: String])
    /// Any text.
    case text
    /// A file name, relative to the directory of the main file.
    case path
    /// Any text; never shown.
    case secret
    /// Items separated by `separator`. `backslashEscapes`: a backslash keeps the next character
    /// from being a separator.
    case list(separator: Character, backslashEscapes: Bool)
    /// A comma list of the words stderr and syslog.
    case destinations
    /// Flag words joined with |.
    case flags
    /// Items `pattern:node(ratio)`.
    case redirects(RedirectSubject)
    /// Items `object:dependent`.
    case dependencies
}

/// Unit of a memory size.
public enum MemoryUnit: Sendable {
    case bytes
    case kilobytes

    /// Bytes in one unit.
    public var byteCount: Int64 { self == .bytes ? 1 : 1024 }
}

/// Unit of a time.
public enum TimeUnit: Sendable {
    case milliseconds
    case seconds
    case minutes

    /// Microseconds in one unit.
    public var microseconds: Int64 {
        switch self {
        case .milliseconds: 1000
        case .seconds: 1_000_000
        case .minutes: 60_000_000
        }
    }

    /// The suffix in the file.
    public var symbol: String {
        switch self {
        case .milliseconds: "ms"
        case .seconds: "s"
        case .minutes: "min"
        }
    }

    /// `count` units as a time.
    public func duration(_ count: Int64) -> Duration {
        switch self {
        case .milliseconds: .milliseconds(count)
        case .seconds: .seconds(count)
        case .minutes: .seconds(count) * 60
        }
    }

    /// A time in whole units, rounded down.
    public func count(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        switch self {
        case .milliseconds:
            let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            return overflow ? .max : product &+ attoseconds / 1_000_000_000_000_000
        case .seconds: return seconds
        case .minutes: return seconds / 60
        }
    }
}

/// What the pattern of a redirect list is compared with.
public enum RedirectSubject: Sendable {
    case user
    case database
    case application

    /// The words for it in error details, as Pgpool-II has them.
    var nodeErrorSubject: String {
        switch self {
        case .user: "user"
        case .database, .application: "db"
        }
    }

    /// The words for it in error details about the pattern.
    var patternErrorSubject: String {
        switch self {
        case .user: "user name"
        case .database: "dbname"
        case .application: "app name"
        }
    }
}
