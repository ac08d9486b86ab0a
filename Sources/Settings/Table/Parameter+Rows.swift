// Row builders: one for each kind, so that a row in the table reads like a line of a manual.

extension ClosedRange<Int64> {
    /// From `lowest` to the largest `int` of Pgpool-II.
    static func int32(from lowest: Int64 = 0) -> ClosedRange<Int64> { lowest...Int64(Int32.max) }

    /// From `lowest` to the largest `int64` of Pgpool-II.
    static func int64(from lowest: Int64 = 0) -> ClosedRange<Int64> { lowest...Int64.max }
}

extension Int64 {
    /// Upper bound of an `int` of Pgpool-II.
    static var max32: Int64 { Int64(Int32.max) }
}

extension Parameter {
    /// A row whose value is read with `get` and stored with `set`.
    private init<Value>(
        _ name: String, _ kind: ParameterKind, _ access: ParameterAccess<Value>,
        _ reload: ReloadClass, _ since: String, _ status: ParameterStatus, _ help: String,
        get: @escaping @Sendable (Value) -> ParameterValue,
        set: @escaping @Sendable (ParameterValue) -> Value?
    ) {
        self.init(
            name: name, kind: kind, suffix: access.suffix, reload: reload, since: since,
            status: status, help: help,
            read: { settings, index in get(access.get(settings, index)) },
            write: { settings, index, value in
                guard let converted = set(value) else { return }
                access.set(&settings, index, converted)
            })
    }

    static func boolean(
        _ name: String, _ access: ParameterAccess<Bool>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .boolean, access, reload, since, status, help,
            get: { .boolean($0) },
            set: { if case .boolean(let value) = $0 { value } else { nil } })
    }

    static func integer(
        _ name: String, _ access: ParameterAccess<Int>, _ range: ClosedRange<Int64>,
        zeroMeansUnset: Bool = false,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .integer(range, zeroMeansUnset: zeroMeansUnset), access, reload, since, status,
            help, get: { .integer(Int64($0)) }, set: { $0.count.flatMap(Int.init(exactly:)) })
    }

    static func octal(
        _ name: String, _ access: ParameterAccess<Int>, _ range: ClosedRange<Int64>,
        shownInOctal: Bool,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .octal(range, shownInOctal: shownInOctal), access, reload, since, status, help,
            get: { .integer(Int64($0)) }, set: { $0.count.flatMap(Int.init(exactly:)) })
    }

    static func bytes(
        _ name: String, _ access: ParameterAccess<Int64>, _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .memory(.bytes, range), access, reload, since, status, help,
            get: { .integer($0) }, set: { $0.count })
    }

    static func kilobytes(
        _ name: String, _ access: ParameterAccess<Int64>, _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .memory(.kilobytes, range), access, reload, since, status, help,
            get: { .integer($0 / 1024) },
            set: { value in
                value.count.flatMap { count in
                    let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
                    return overflow ? nil : bytes
                }
            })
    }

    static func milliseconds(
        _ name: String, _ access: ParameterAccess<Duration>, _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        time(name, .milliseconds, access, range, reload, since, status, help)
    }

    static func seconds(
        _ name: String, _ access: ParameterAccess<Duration>, _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        time(name, .seconds, access, range, reload, since, status, help)
    }

    static func minutes(
        _ name: String, _ access: ParameterAccess<Duration>, _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        time(name, .minutes, access, range, reload, since, status, help)
    }

    static func secondsOrNever(
        _ name: String, _ access: ParameterAccess<Duration>, _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .timeOrNever(.seconds, range), access, reload, since, status, help,
            get: { .integer(TimeUnit.seconds.count($0)) },
            set: { $0.count.map(TimeUnit.seconds.duration) })
    }

    private static func time(
        _ name: String, _ unit: TimeUnit, _ access: ParameterAccess<Duration>,
        _ range: ClosedRange<Int64>,
        _ reload: ReloadClass, _ since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .time(unit, range), access, reload, since, status, help,
            get: { .integer(unit.count($0)) }, set: { $0.count.map(unit.duration) })
    }

    static func real(
        _ name: String, _ access: ParameterAccess<Double>, _ range: ClosedRange<Double>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .real(range), access, reload, since, status, help,
            get: { .real($0) },
            set: { if case .real(let value) = $0 { value } else { nil } })
    }

    static func choice<Choice: ParameterChoice>(
        _ name: String, _ access: ParameterAccess<Choice>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        let hidden = Choice.hiddenWords.map { ($0.word, $0.meaning.rawValue) }
        return Parameter(
            name,
            .choice(
                words: Choice.allCases.map(\.rawValue),
                hidden: Dictionary(hidden, uniquingKeysWith: { first, _ in first })),
            access, reload, since, status, help,
            get: { .text($0.rawValue) }, set: { $0.text.flatMap(Choice.init(rawValue:)) })
    }

    static func text(
        _ name: String, _ access: ParameterAccess<String>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .text, access, reload, since, status, help,
            get: { .text($0) }, set: { $0.text })
    }

    static func path(
        _ name: String, _ access: ParameterAccess<String>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .path, access, reload, since, status, help,
            get: { .text($0) }, set: { $0.text })
    }

    static func secret(
        _ name: String, _ access: ParameterAccess<String>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .secret, access, reload, since, status, help,
            get: { .text($0) }, set: { $0.text })
    }

    static func list(
        _ name: String, _ access: ParameterAccess<[String]>, separator: Character = ",",
        backslashEscapes: Bool = false,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .list(separator: separator, backslashEscapes: backslashEscapes), access, reload,
            since, status, help, get: { .list($0) }, set: { $0.items })
    }

    static func destinations(
        _ name: String, _ access: ParameterAccess<[String]>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .destinations, access, reload, since, status, help,
            get: { .list($0) }, set: { $0.items })
    }

    static func flags(
        _ name: String, _ access: ParameterAccess<BackendFlags>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .flags, access, reload, since, status, help,
            get: { .flags($0) },
            set: { if case .flags(let value) = $0 { value } else { nil } })
    }

    static func redirects(
        _ name: String, _ access: ParameterAccess<[RedirectPreference]>, subject: RedirectSubject,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .redirects(subject), access, reload, since, status, help,
            get: { .redirects($0) },
            set: { if case .redirects(let value) = $0 { value } else { nil } })
    }

    static func dependencies(
        _ name: String, _ access: ParameterAccess<[ObjectDependency]>,
        _ reload: ReloadClass, since: String, _ status: ParameterStatus, _ help: String
    ) -> Parameter {
        Parameter(
            name, .dependencies, access, reload, since, status, help,
            get: { .dependencies($0) },
            set: { if case .dependencies(let value) = $0 { value } else { nil } })
    }
}

extension ParameterValue {
    /// The number, nil for other values.
    var count: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// The text, nil for other values.
    var text: String? { if case .text(let value) = self { value } else { nil } }
    /// The items, nil for other values.
    var items: [String]? { if case .list(let value) = self { value } else { nil } }
}
