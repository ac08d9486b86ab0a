import SQLSyntax

/// Measures how long the analysis of SQL texts takes, and says which budgets are missed. Run it with
/// `make bench-sql`.
@main
struct AnalysisBench {
    /// What is measured: texts that are analysed one after the other, again and again.
    struct Case {
        var name: String
        var budget: Budget
        /// Texts of one round; enough that none is cached where none shall be.
        var texts: [[UInt8]]
        /// Rounds before those that count.
        var warmUps = 1
        /// Bytes for what the analyzer remembers.
        var cacheBytesMax = 4 << 20

        var bytes: Int { self.texts.reduce(0) { $0 + $1.count } }
    }

    enum Budget {
        case microseconds(Double)
        case megabytesPerSecond(Double)
    }

    static func main() {
        print("case                               bytes     measured         budget")
        var isMissed = false
        for item in Self.cases {
            let seconds = Self.fastest(of: item)
            let count = Double(item.texts.count)
            let average = item.bytes / item.texts.count
            switch item.budget {
            case .microseconds(let limit):
                let each = seconds / count * 1e6
                isMissed = isMissed || each > limit
                Self.row(item.name, average, each, "us", limit)
            case .megabytesPerSecond(let limit):
                let rate = Double(item.bytes) / seconds / 1e6
                isMissed = isMissed || rate < limit
                Self.row(item.name, average, rate, "MB/s", limit)
            }
        }
        if isMissed { print("a budget is missed") }
    }

    private static var rounds: Int { 25 }

    /// Seconds that the fastest round takes: what else the machine does can only add to it.
    private static func fastest(of item: Case) -> Double {
        var seconds: [Double] = []
        let clock = ContinuousClock()
        var isRead = false
        for _ in 0..<Self.rounds {
            // A new analyzer each time: what is to be new to it is.
            var analyzer = StatementAnalyzer(cacheBytesMax: item.cacheBytesMax)
            for _ in 0..<item.warmUps {
                for text in item.texts { isRead = analyzer.analyze(text.span).isReadOnly != isRead }
            }
            let duration = clock.measure {
                for text in item.texts { isRead = analyzer.analyze(text.span).isReadOnly != isRead }
            }
            let (whole, attoseconds) = duration.components
            seconds.append(Double(whole) + Double(attoseconds) * 1e-18)
        }
        // Keeps the analyses from being left out.
        if isRead, seconds.isEmpty { print("") }
        return seconds.min() ?? 0
    }

    private static func row(
        _ name: String, _ bytes: Int, _ value: Double, _ unit: String, _ budget: Double
    ) {
        func pad(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let rounded = Double(Int(value * 1000 + 0.5)) / 1000
        print(
            name + pad("\(bytes)", max(0, 40 - name.count)) + pad("\(rounded) \(unit)", 17)
                + pad("\(budget) \(unit)", 15))
    }
}

extension AnalysisBench {
    private static var count: Int { 2000 }

    private static let cases: [Case] = [
        Case(
            name: "exact text known, pgbench", budget: .microseconds(0.3),
            texts: Self.many { "SELECT abalance FROM pgbench_accounts WHERE aid = \($0 % 200);" },
            warmUps: 3),
        Case(
            name: "exact text known, 200 bytes", budget: .microseconds(0.3),
            texts: Self.many { Self.typical($0 % 200, column: "total") }, warmUps: 3),
        Case(
            name: "shape known, pgbench", budget: .microseconds(0.5),
            texts: Self.many { "SELECT abalance FROM pgbench_accounts WHERE aid = \($0);" },
            cacheBytesMax: 64 << 10),
        Case(
            name: "shape known, 200 bytes", budget: .microseconds(0.5),
            texts: Self.many { Self.typical($0, column: "total") }, cacheBytesMax: 64 << 10),
        Case(
            name: "shape known, traced", budget: .microseconds(0.5),
            texts: Self.many {
                "SELECT abalance FROM pgbench_accounts WHERE aid = \($0) "
                    + "/*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac\($0)-01'*/"
            }, cacheBytesMax: 64 << 10),
        Case(
            name: "new shape, 200 bytes", budget: .microseconds(5),
            texts: Self.many { Self.typical($0, column: "total_\($0)") }, warmUps: 0),
        Case(
            name: "new text, nothing kept, 200 bytes", budget: .microseconds(5),
            texts: Self.many { Self.typical($0, column: "total_\($0)") }, cacheBytesMax: 0),
        Case(
            name: "long INSERT ... VALUES", budget: .megabytesPerSecond(300), texts: [Self.insert]),
        Case(
            name: "long INSERT, long values", budget: .megabytesPerSecond(300),
            texts: [Self.documents]),
        Case(
            name: "long INSERT, calls and casts", budget: .megabytesPerSecond(75),
            texts: [Self.calls]),
        Case(name: "long IN list", budget: .megabytesPerSecond(300), texts: [Self.list]),
    ]

    private static func many(_ text: (Int) -> String) -> [[UInt8]] {
        (0..<Self.count).map { Array(text($0).utf8) }
    }

    private static func typical(_ number: Int, column: String) -> String {
        "SELECT o.id, o.placed_at, c.name, sum(l.price * l.quantity) AS \(column) FROM orders o "
            + "JOIN customers c ON c.id = o.customer_id LEFT JOIN lines l ON l.order_id = o.id "
            + "WHERE o.id = \(number) GROUP BY o.id, c.name"
    }

    private static let insert: [UInt8] = {
        var text = Array("INSERT INTO measurements (id, place, value, taken_at) VALUES ".utf8)
        var number = 0
        while text.count < 1 << 20 {
            text += Array(
                "(\(number), 'sensor \(number % 97)', \(number % 1000).25, '2024-02-29 12:34:56'), "
                    .utf8)
            number += 1
        }
        return text + Array("(0, NULL, DEFAULT, now())".utf8)
    }()

    private static let calls: [UInt8] = {
        var text = Array("INSERT INTO events (id, kind, body, at) VALUES ".utf8)
        for number in 0..<8000 {
            text += Array(
                "(\(number), upper('kind \(number)'), '{\"number\": \(number)}'::jsonb, now() - interval '1 day'), "
                    .utf8)
        }
        return text + Array("(0, NULL, DEFAULT, now())".utf8)
    }()

    private static let documents: [UInt8] = {
        var text = Array("INSERT INTO documents VALUES ".utf8)
        let words = String(repeating: "lorem ipsum dolor sit amet ", count: 100)
        for number in 0..<400 { text += Array("(\(number), '\(words)'), ".utf8) }
        return text + Array("(0, '')".utf8)
    }()

    private static let list: [UInt8] = {
        var text = Array("SELECT * FROM t WHERE id IN (0".utf8)
        for number in 0..<150_000 { text += Array(", \(number)".utf8) }
        return text + Array(")".utf8)
    }()
}
