import Foundation
import SQLSyntax
import Testing

/// The table of PostgreSQL's own functions against PostgreSQL 15's catalog.
@Suite struct BuiltInFunctionTests {
    struct Row {
        var name: String
        var isVolatile: Bool
        /// Can be called from SQL: some overload has no argument of type internal.
        var isCallable: Bool
    }

    /// `functions-15.tsv`: names, volatilities (i, s, v) of their overloads, whether SQL can call them.
    private static let rows: [Row] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/functions-15.tsv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t")
            guard fields.count == 3 else { return nil }
            return Row(
                name: String(fields[0]), isVolatile: fields[1].contains("v"),
                isCallable: fields[2] == "yes")
        }
    }()

    private static func outline(_ name: String) throws -> StatementOutline {
        let message = ParsedMessage.of("SELECT pg_catalog.\"\(name)\"(1)")
        return try #require(message.statements.first)
    }

    /// Stable by the catalog, and yet they write, or read what no list of relations shows.
    private static let stableWriters: Set<String> = [
        "txid_current", "pg_current_xact_id", "table_to_xml", "table_to_xml_and_xmlschema",
        "table_to_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema", "schema_to_xmlschema",
        "database_to_xml", "database_to_xml_and_xmlschema", "database_to_xmlschema",
    ]

    @Test("every function that SQL can call is classified, and volatile ones are known to be so")
    func completeness() throws {
        #expect(Self.rows.count == 2642)
        for row in Self.rows where row.isCallable {
            let outline = try Self.outline(row.name)
            let function = try #require(outline.functions.first)
            #expect(function.builtIn != .unknown, "\(row.name)")
            if row.isVolatile {
                #expect(!outline.isReadOnly, "\(row.name)")
                #expect(![.harmless, .transactionTime].contains(function.builtIn), "\(row.name)")
            } else if Self.stableWriters.contains(row.name) {
                #expect(function.builtIn == .writes && !outline.isReadOnly, "\(row.name)")
            } else {
                #expect(outline.isReadOnly, "\(row.name)")
                #expect(
                    [.harmless, .transactionTime, .nodeSpecific].contains(function.builtIn),
                    "\(row.name)")
            }
        }
    }

    @Test(
        "a class of its own for what each kind of function does",
        arguments: [
            ("lower", FunctionClass.harmless), ("random", .harmlessVolatile),
            ("uuidv7", .harmlessVolatile),
            ("now", .transactionTime), ("pg_is_in_recovery", .nodeSpecific),
            ("pg_backend_pid", .nodeSpecific), ("pg_stat_get_wal", .nodeSpecific),
            ("nextval", .writes), ("pg_notify", .writes), ("pg_advisory_unlock", .writes),
            ("pg_try_advisory_xact_lock", .writes), ("pg_advisory_lock_shared", .advisoryLock),
            ("table_to_xml", .writes), ("mxid_age", .nodeSpecific),
            ("pg_create_physical_replication_slot", .leavesState), ("setseed", .leavesState),
            ("set_config", .leavesState), ("my_function", .unknown),
        ])
    func classes(name: String, expected: FunctionClass) throws {
        for call in ["\(name)(1)", "\(name.uppercased()) (1)", "pg_catalog.\(name)(1)"] {
            let message = ParsedMessage.of("SELECT a, \(call) FROM t")
            let function = try #require(message.statements.first?.functions.first)
            #expect(function.builtIn == expected, "\(call)")
        }
        // With a database in front only what is bad is believed.
        let isHarmful = [.writes, .advisoryLock, .leavesState].contains(expected)
        let message = ParsedMessage.of("SELECT a.pg_catalog.\(name)(1)")
        let function = try #require(message.statements.first?.functions.first)
        #expect(function.builtIn == (isHarmful ? expected : .unknown))
        for call in ["public.\(name)(1)", "\"\(name.capitalized)\"(1)"] {
            let message = ParsedMessage.of("SELECT \(call)")
            let function = try #require(message.statements.first?.functions.first)
            #expect(function.builtIn == .unknown, "\(call)")
        }
    }

    @Test("SQL's own values are calls in capitals")
    func valueFunctions() throws {
        let message = ParsedMessage.of(
            "SELECT current_date, Localtime(0), USER, current_schema, current_schema() FROM t")
        let functions = try #require(message.statements.first?.functions)
        #expect(
            functions.map { String(decoding: $0.name, as: UTF8.self) } == [
                "CURRENT_DATE", "LOCALTIME", "USER", "CURRENT_SCHEMA", "current_schema",
            ])
        #expect(
            functions.map(\.builtIn) == [
                .transactionTime, .transactionTime, .harmless, .harmless, .harmless,
            ])
    }
}
