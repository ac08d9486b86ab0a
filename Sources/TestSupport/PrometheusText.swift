/// What a scraper reads from Prometheus's text format, strictly: whatever a lenient reader would
/// let pass is an error here.
package struct PrometheusText: Sendable {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let line: String
        package let why: String
        package var description: String { "\(why): \(line)" }
    }

    package struct Family: Sendable {
        package let name: String
        package let help: String
        package fileprivate(set) var type = ""
        /// By the sample's name and its labels, sorted: `name{a="x",b="y"}`.
        package fileprivate(set) var samples: [String: Double] = [:]
        fileprivate var buckets: [String: [(bound: Double, count: Double)]] = [:]
    }

    /// In the order of the text.
    package private(set) var families: [Family] = []

    /// The value of a sample, such as `up{node="1"}`; labels in alphabetical order.
    package subscript(key: String) -> Double? {
        families.lazy.compactMap { $0.samples[key] }.first
    }

    /// The sum of the samples whose key begins so.
    package func sum(_ prefix: String) -> Double {
        families.flatMap(\.samples).filter { $0.key.hasPrefix(prefix) }.map(\.value).reduce(0, +)
    }

    package init(_ text: String) throws(Failure) {
        guard text.hasSuffix("\n") else { throw Failure(line: "", why: "the last line is open") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# HELP ") {
                try help(line)
            } else if line.hasPrefix("# TYPE ") {
                try type(line)
            } else {
                try sample(line)
            }
        }
        for family in families { try Self.checkBuckets(family) }
    }

    private mutating func help(_ line: Substring) throws(Failure) {
        let words = line.dropFirst("# HELP ".count).split(separator: " ", maxSplits: 1)
        guard words.count == 2, Self.isName(words[0]) else {
            throw Failure(line: String(line), why: "no help")
        }
        guard !families.contains(where: { $0.name == words[0] }) else {
            throw Failure(line: String(line), why: "a metric comes twice")
        }
        var rest = words[1]
        while let slash = rest.firstIndex(of: "\\") {
            let next = rest.index(after: slash)
            guard next < rest.endIndex, rest[next] == "\\" || rest[next] == "n" else {
                throw Failure(line: String(line), why: "an escape that HELP does not have")
            }
            rest = rest[rest.index(after: next)...]
        }
        families.append(Family(name: String(words[0]), help: String(words[1])))
    }

    private mutating func type(_ line: Substring) throws(Failure) {
        let words = line.dropFirst("# TYPE ".count).split(separator: " ")
        guard words.count == 2, let last = families.indices.last, families[last].name == words[0],
            families[last].type.isEmpty, ["counter", "gauge", "histogram"].contains(words[1])
        else { throw Failure(line: String(line), why: "a type without its help, or none") }
        families[last].type = String(words[1])
        if words[1] == "counter", !words[0].hasSuffix("_total") {
            throw Failure(line: String(line), why: "a counter without _total")
        }
    }

    private mutating func sample(_ line: Substring) throws(Failure) {
        func fail(_ why: String) -> Failure { Failure(line: String(line), why: why) }
        guard let last = families.indices.last, !families[last].type.isEmpty else {
            throw fail("a sample before its type")
        }
        let name = line.prefix { $0 != "{" && $0 != " " }
        guard Self.isName(name) else { throw fail("no name") }
        var rest = line.dropFirst(name.count)
        var labels: [(name: String, value: String)] = []
        if rest.first == "{" {
            guard let read = Self.labels(&rest), !read.isEmpty else { throw fail("bad labels") }
            labels = read
        }
        guard Set(labels.map(\.name)).count == labels.count else { throw fail("a label twice") }
        guard rest.first == " ", let value = Self.number(rest.dropFirst()) else {
            throw fail("no number")
        }
        let family = families[last]
        let isHistogram = family.type == "histogram"
        let names =
            isHistogram ? ["_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
        guard names.contains(String(name)) else { throw fail("not of \(family.name)") }
        if family.type != "gauge", !(value >= 0) { throw fail("below 0") }
        let key = Self.key(name, labels)
        guard families[last].samples.updateValue(value, forKey: key) == nil else {
            throw fail("a sample twice")
        }
        guard isHistogram else { return }
        let bound = labels.first { $0.name == "le" }?.value
        guard name.hasSuffix("_bucket") else {
            if bound != nil { throw fail("le where there is no bucket") }
            return
        }
        guard let bound = bound.flatMap({ Self.number($0[...]) }) else { throw fail("no le") }
        let series = Self.key(Substring(family.name), labels.filter { $0.name != "le" })
        families[last].buckets[series, default: []].append((bound, value))
    }

    private static func checkBuckets(_ family: Family) throws(Failure) {
        for (series, buckets) in family.buckets {
            for (one, next) in zip(buckets, buckets.dropFirst())
            where one.bound >= next.bound || one.count > next.count {
                throw Failure(line: series, why: "buckets out of order")
            }
            let suffix = series.dropFirst(family.name.count)
            guard let last = buckets.last, last.bound == .infinity,
                family.samples["\(family.name)_count\(suffix)"] == last.count,
                family.samples["\(family.name)_sum\(suffix)"] != nil
            else { throw Failure(line: series, why: "a histogram without its end") }
        }
    }

    private static func key(_ name: Substring, _ labels: [(name: String, value: String)]) -> String
    {
        guard !labels.isEmpty else { return String(name) }
        let pairs = labels.sorted { $0.name < $1.name }.map { "\($0.name)=\"\($0.value)\"" }
        return "\(name){\(pairs.joined(separator: ","))}"
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || $0 == 0x5f
        }
    }

    /// Takes `{a="x",b="y"}` from the front.
    private static func labels(_ rest: inout Substring) -> [(name: String, value: String)]? {
        var labels: [(name: String, value: String)] = []
        rest = rest.dropFirst()
        while true {
            let name = rest.prefix { $0 != "=" }
            guard isName(name) else { return nil }
            rest = rest.dropFirst(name.count)
            guard rest.hasPrefix("=\"") else { return nil }
            rest = rest.dropFirst(2)
            var value = ""
            while let sign = rest.popFirst(), sign != "\"" {
                guard sign == "\\" else {
                    value.append(sign)
                    continue
                }
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case "n": value.append("\n")
                default: return nil
                }
            }
            labels.append((String(name), value))
            switch rest.popFirst() {
            case ",": continue
            case "}": return labels
            default: return nil
            }
        }
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { "0123456789.e+-".contains($0) } ? Double(text) : nil
        }
    }
}
