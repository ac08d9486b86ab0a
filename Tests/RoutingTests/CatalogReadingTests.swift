import Routing
import TestSupport
import Testing

@Suite("reading the catalog's answer") struct CatalogReadingTests {
    private static let question = CatalogQuestion(
        relations: ["a", "b"].map { Array($0.utf8) }, functions: [Array("f".utf8)])

    private static func row(_ columns: String?...) -> [[UInt8]?] {
        columns.map { $0.map { Array($0.utf8) } } + [nil]
    }

    private static func facts(_ rows: [[[UInt8]?]]) -> CatalogFacts? {
        var reading = CatalogReading(question)
        for row in rows where !reading.row(row) { return nil }
        return reading.facts()
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("puts together what belongs to one relation")
    func relations() throws {
        let facts = try #require(
            Self.facts([
                Self.row("R", "1", "500", "s", nil, "vp", nil, nil, nil, nil),
                Self.row("R", "1", "501", "t", nil, "rp", nil, nil, nil, nil),
                Self.row("V", "500", nil, nil, nil, nil, nil, nil, " SELECT nextval('q');", nil),
                Self.row("C", "500", nil, "s", "g", "vs", "0", "2", "plpgsql", nil),
            ]))
        let a = try #require(facts.relations[Self.bytes("a")])
        #expect(a.count == 2 && a[1].isPlain)
        #expect(a[0].hindrances == .writes)
        #expect(
            a[0].calls == [
                CalledFunction(
                    name: Self.bytes("g"),
                    fact: FunctionFact(
                        schema: Self.bytes("s"), arguments: 0...2, volatility: .volatile,
                        language: .plpgsql, mayLeaveState: true))
            ])
        #expect(facts.relations[Self.bytes("b")] == [])
        #expect(facts.functions[Self.bytes("f")] == [])
    }

    @Test(
        "finds in a definition what keeps a standby from it",
        arguments: [
            ("SELECT t.a FROM t", RelationHindrances()), ("SELECT 1 FOR UPDATE", .writes),
            ("SELECT t.a FROM t WHERE t.b > now()", .transactionTime),
            ("SELECT CURRENT_DATE AS d", .transactionTime),
            ("SELECT nextval('s')", .writes), ("SELECT pg_backend_pid()", .nodeSpecific),
            ("SELECT c.oid FROM pg_class c", .nodeSpecific), ("SELECT 'open", .unclear),
            ("SELECT 1; SELECT 2", .unclear), ("DELETE FROM t", .writes), ("", .unclear),
        ])
    func definitions(text: String, expected: RelationHindrances) throws {
        let facts = try #require(
            Self.facts([
                Self.row("R", "2", "7", "s", nil, "vp", nil, nil, nil, nil),
                Self.row("V", "7", nil, nil, nil, nil, nil, nil, text, nil),
            ]))
        #expect(facts.relations[Self.bytes("b")]?.first?.hindrances == expected)
    }

    @Test("a definition that is gone or too long is not understood")
    func noDefinition() throws {
        let facts = try #require(
            Self.facts([
                Self.row("R", "2", "7", "s", nil, "vp", nil, nil, nil, nil),
                Self.row("P", "7", nil, nil, nil, nil, nil, nil, nil, nil),
            ]))
        #expect(facts.relations[Self.bytes("b")]?.first?.hindrances == .unclear)
    }

    @Test("reads every kind of relation", arguments: "rpvmfS")
    func kinds(letter: Character) throws {
        for (traits, hindrances) in [
            ("p", RelationHindrances()), ("u", .unlogged), ("t", .temporary), ("pu", .unlogged),
            ("pt", .temporary), ("pf", .foreign), ("ps", .sequence), ("pc", .systemCatalog),
        ] {
            let facts = try #require(
                Self.facts([
                    Self.row("R", "1", "7", "s", nil, "\(letter)\(traits)", nil, nil, nil, nil)
                ]))
            var expected = hindrances
            if letter == "f" { expected.insert(.foreign) }
            if letter == "S" { expected.insert(.sequence) }
            #expect(facts.relations[Self.bytes("a")]?.first?.hindrances == expected)
        }
    }

    @Test("knows extensions that leave nothing behind")
    func extensions() throws {
        func fact(_ function: String, _ owner: String?) throws -> FunctionFact {
            var reading = CatalogReading(
                CatalogQuestion(functions: [Self.bytes(function)]))
            let isRow = reading.row(
                Self.row("F", "1", nil, "public", function, "vs", "0", nil, "c", owner))
            #expect(isRow)
            return try #require(reading.facts().functions[Self.bytes(function)]?.first)
        }
        #expect(try !fact("uuid_generate_v4", "uuid-ossp").writes)
        #expect(try fact("uuid_generate_v4", "uuid-ossp").argumentsMax == nil)
        #expect(try fact("uuid_generate_v4", "mine").writes)
        #expect(try fact("pg_stat_statements", "pg_stat_statements").mayLeaveState == false)
        #expect(try fact("pg_stat_statements", "pg_stat_statements").writes)
        #expect(try fact("dblink", "dblink").mayLeaveState)
        #expect(try fact("own", nil).mayLeaveState)
    }

    @Test("very many of one name are taken together")
    func bounds() throws {
        var reading = CatalogReading(Self.question)
        for number in 0...CatalogReading.factsMax {
            let isBad = number == 77
            let relation = reading.row(
                Self.row(
                    "R", "1", "\(number)", "s\(number)", nil, isBad ? "ru" : "rp", nil, nil, nil,
                    nil))
            let function = reading.row(
                Self.row(
                    "F", "1", nil, "s\(number)", "f", isBad ? "vs" : "i", "\(number % 3 + 1)",
                    isBad ? nil : "5", "sql", nil))
            #expect(relation && function)
        }
        let facts = reading.facts()
        let relation = try #require(facts.relations[Self.bytes("a")])
        #expect(relation.count == 1 && relation[0].schema == nil)
        #expect(relation[0].hindrances == .unlogged)
        let function = try #require(facts.functions[Self.bytes("f")])
        #expect(
            function == [
                FunctionFact(
                    schema: nil, arguments: 1...5, isVariadic: true, volatility: .volatile,
                    mayLeaveState: true)
            ])
    }

    @Test("a relation that calls very many functions is not understood, and keeps the worst")
    func manyCalls() throws {
        var reading = CatalogReading(Self.question)
        var isRow = reading.row(Self.row("R", "1", "7", "s", nil, "vp", nil, nil, nil, nil))
        for number in 0...CatalogReading.callsMax {
            let traits = number == CatalogReading.callsMax ? "vs" : "i"
            isRow =
                reading.row(Self.row("C", "7", nil, "s", "z\(number)", traits, "0", "0", "c", nil))
                && isRow
        }
        #expect(isRow)
        let fact = try #require(reading.facts().relations[Self.bytes("a")]?.first)
        #expect(fact.calls.count == CatalogReading.callsMax)
        #expect(fact.hindrances == .unclear)
        #expect(fact.calls.contains { $0.fact.mayLeaveState })
    }

    @Test("refuses what is no row of the query's")
    func malformed() {
        let good = Self.row("R", "1", "7", "s", nil, "rp", nil, nil, nil, nil)
        let function = Self.row("F", "1", nil, "s", "f", "i", "0", "0", "sql", nil)
        #expect(Self.facts([good]) != nil && Self.facts([function]) != nil)
        #expect(Self.facts([[]]) == nil && Self.facts([good.dropLast()]) == nil)
        for (column, value) in [
            (0, "X"), (0, nil), (1, "0"), (1, "3"), (1, "-1"), (1, "1e9"), (1, nil), (2, nil),
            (3, nil), (5, "r"), (5, "xp"), (5, "rx"), (5, "rp?"),
        ] {
            var row = good
            row[column] = value.map { Array($0.utf8) }
            #expect(Self.facts([row]) == nil, "\(column) \(value ?? "NULL")")
        }
        for (column, value) in [
            (1, "2"), (3, nil), (4, nil), (5, "x"), (5, ""), (6, nil), (6, "x"), (7, ""),
            (7, "99999999999999999999"), (8, nil),
        ] {
            var row = function
            row[column] = value.map { Array($0.utf8) }
            #expect(Self.facts([row]) == nil, "\(column) \(value ?? "NULL")")
        }
    }

    @Test("survives any bytes")
    func noise() {
        var random = SeededGenerator(seed: 63)
        var taken = 0
        for _ in 0..<20_000 {
            var reading = CatalogReading(Self.question)
            let count = Int.random(in: 10...12, using: &random)
            let row: [[UInt8]?] = (0..<count).map { column in
                if Int.random(in: 0...3, using: &random) == 0 { return nil }
                let letters = column == 0 ? "RVPFC" : "rpuvis0123\u{1}S"
                return (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
                    letters.utf8.randomElement(using: &random)
                }
            }
            if reading.row(row) { taken += 1 }
            #expect(reading.facts().relations.count == 2)
        }
        #expect(taken > 0)
    }
}
