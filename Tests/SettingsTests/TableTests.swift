import TestSupport
import Testing

@testable import Settings

@Suite("The parameter table")
struct TableTests {
    @Test("names are unique and help is one sentence")
    func names() {
        #expect(Set(ParameterTable.all.map(\.name)).count == ParameterTable.all.count)
        #expect(ParameterTable.all.count > 190)
        for row in ParameterTable.all {
            #expect(row.help.hasSuffix("."), "\(row.name)")
            #expect(!row.since.isEmpty)
        }
    }

    @Test("every row reads its own default back")
    func defaults() throws {
        for row in ParameterTable.all where row.kind.acceptsDefault(row) {
            let name = row.suffix == .none ? row.name : row.name + "0"
            let loaded = load("\(name) = \(row.defaultText)")
            #expect(loaded.problems.isEmpty, "\(row.name): \(loaded.problems)")
            #expect(loaded.setParameters[name] != nil)
            if case .path = row.kind { continue }
            #expect(row.read(loaded.settings, nil) == row.defaultValue, "\(row.name)")
        }
    }

    @Test("every row stores what it reads, and nothing else changes")
    func storage() {
        for row in ParameterTable.all {
            let index: Int? = row.suffix == .none ? nil : 3
            let value = row.kind.otherValue(than: row.defaultValue)
            var settings = Settings()
            row.write(&settings, index, value)
            #expect(row.read(settings, index) == value, "\(row.name)")
            let changed = ParameterTable.all.filter {
                $0.suffix == row.suffix && $0.read(settings, index) != $0.defaultValue
            }
            #expect(changed.map(\.name) == [row.name])
        }
    }

    @Test("numbers are accepted at their limits and refused beyond them")
    func ranges() {
        for row in ParameterTable.all {
            guard let range = row.kind.range else { continue }
            let name = row.suffix == .none ? row.name : row.name + "0"
            for bound in [range.lowerBound, range.upperBound] {
                let errors = load("\(name) = \(bound)").errors.filter {
                    $0.message.contains("outside the valid range")
                        || $0.message.hasPrefix("invalid value")
                }
                #expect(errors.isEmpty, "\(name) = \(bound)")
            }
            if !(row.kind.isZeroAllowed && range.lowerBound == 1) {
                #expect(load("\(name) = \(range.lowerBound - 1)").hasErrors, "\(name)")
            }
            let (above, overflow) = range.upperBound.addingReportingOverflow(1)
            let text = overflow ? "9223372036854775808" : "\(above)"
            #expect(load("\(name) = \(text)").hasErrors, "\(name) = \(text)")
        }
    }

    @Test("random bytes and random tokens never trap")
    func randomInput() {
        let pieces = [
            "port", "backend_port", "0", "129", "=", "'", "\\", "\n", " ", "1.5", "GB", "include",
            "#", "-", "max_pool", "backend_weight0", "1e400", "0x",
            "app_name_redirect_preference_list",
            "'x:(', ", ":", "(", "use_watchdog", "on", "ä", "\r", "replication_mode", "'0x'",
        ]
        for seed in 0..<2000 {
            var random = SeededGenerator(seed: UInt64(seed))
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                if Bool.random(using: &random) {
                    bytes.append(UInt8.random(in: .min ... .max, using: &random))
                } else {
                    bytes += Array(pieces.randomElement(using: &random)?.utf8 ?? "".utf8)
                }
            }
            let loaded = load(bytes: bytes)
            #expect(loaded.problems.allSatisfy { !$0.message.isEmpty }, "seed \(seed)")
            guard seed.isMultiple(of: 20) else { continue }
            let again = load(bytes: bytes)
            #expect(loaded.settings == again.settings, "seed \(seed)")
            #expect(loaded.problems == again.problems, "seed \(seed)")
        }
    }
}

extension ParameterKind {
    /// The range in the parameter's own unit, for whole numbers.
    fileprivate var range: ClosedRange<Int64>? {
        switch self {
        case .integer(let range, _), .octal(let range, _), .memory(_, let range),
            .time(_, let range):
            range
        default: nil
        }
    }

    fileprivate var isZeroAllowed: Bool {
        if case .integer(_, zeroMeansUnset: true) = self { true } else { false }
    }

    /// Ports of nodes are 0 when they are not set, which cannot be written.
    fileprivate func acceptsDefault(_ row: Parameter) -> Bool {
        guard let range, let count = row.defaultValue.count else { return true }
        return range.contains(count) || isZeroAllowed
    }

    /// Some value of the kind that is not `value`.
    fileprivate func otherValue(than value: ParameterValue) -> ParameterValue {
        switch (self, value) {
        case (.choice(let words, _), _):
            words.map { .text($0) }.first { $0 != value } ?? value
        case (_, .boolean(let flag)): .boolean(!flag)
        case (_, .integer(let count)): .integer(count + 1)
        case (_, .real(let number)): .real(number + 1)
        case (_, .text(let text)): .text(text + "x")
        case (_, .list(let items)): .list(items + ["x"])
        case (_, .flags): .flags(BackendFlags(disallowsFailover: true))
        case (_, .redirects): .redirects([RedirectPreference(pattern: "x", target: .primary)])
        case (_, .dependencies): .dependencies([ObjectDependency(object: "x", dependent: "y")])
        }
    }
}
