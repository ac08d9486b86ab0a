import Routing
import SQLSyntax
import Testing

@Suite("catalog facts: functions") struct CatalogFunctionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var call: String
        var path: String?
        var builtIn: FunctionClass
        var expected: CatalogVerdict

        init(
            _ call: String, _ path: String?, _ builtIn: FunctionClass, _ expected: CatalogVerdict
        ) {
            self.call = call
            self.path = path
            self.builtIn = builtIn
            self.expected = expected
        }

        init(_ call: String, _ path: String?, _ expected: CatalogVerdict) {
            self.init(call, path, .unknown, expected)
        }

        var testDescription: String { "\(call) (\(builtIn)) in \(path ?? "an unknown path")" }
    }

    static var scene: CatalogScene {
        var scene = CatalogScene()
        scene.function("f", CatalogScene.function("public", 1...1))
        scene.function("f", CatalogScene.function("public", 2...3, .stable))
        scene.function("f", CatalogScene.function("app", 1...1, .immutable))
        scene.function("F", CatalogScene.function("public", 0...0, .stable))
        scene.function("many", CatalogScene.function("public", 2...2, isVariadic: true))
        scene.function("temp", CatalogScene.function("public", mayLeaveState: true))
        scene.function("lower", CatalogScene.function("pg_catalog", 1...1, .immutable))
        scene.function("lower", CatalogScene.function("app", 1...2))
        scene.function("renew", CatalogScene.function("pg_catalog", 1...1))
        scene.function("tenant", CatalogScene.function(nil, 0...1))
        return scene
    }

    static let cases: [Case] = [
        Case("f/1", "public", .primary(.functionWrites)),
        Case("f/2", "public", .anyNode),
        Case("f/3", "public", .anyNode),
        Case("f/4", "public", .anyNode),
        Case("f", "public", .primary(.functionWrites)),
        // PostgreSQL picks by type among all schemas of the path: any that fits may be meant.
        Case("f/1", "app", .anyNode),
        Case("f/1", "app, public", .primary(.functionWrites)),
        Case("f/1", nil, .primary(.functionWrites)),
        Case("app.f/1", "public", .anyNode),
        Case("public.f/1", "app", .primary(.functionWrites)),
        Case("F/0", "public", .anyNode),
        Case("many/1", "public", .anyNode),
        Case("many/2", "public", .primary(.functionWrites)),
        Case("many/99", "public", .primary(.functionWrites)),
        Case("temp/0", "public", .pinned(.functionWrites)),
        Case("absent/0", "public", .anyNode),
        // Built-in functions are judged by their class, and by who may hide them.
        Case("lower/1", "public", .harmless, .anyNode),
        Case("lower/1", "app", .harmless, .primary(.functionWrites)),
        Case("lower/3", "app", .harmless, .anyNode),
        Case("lower/1", nil, .harmless, .primary(.functionWrites)),
        Case("pg_catalog.lower/1", "app", .harmless, .anyNode),
        Case("app.lower/1", "public", .harmless, .primary(.functionWrites)),
        // What is in pg_catalog and not in our table is judged by the catalog.
        Case("renew/1", "public", .primary(.functionWrites)),
        Case("pg_catalog.renew/1", "public", .primary(.functionWrites)),
        Case("renew/1", "public", .harmlessVolatile, .anyNode),
        Case("tenant/1", "a17", .primary(.functionWrites)),
        Case("a17.tenant/0", "public", .primary(.functionWrites)),
        Case("tenant/2", "a17", .anyNode),
    ]

    @Test("a call means every function that fits and that the path has", arguments: cases)
    func resolution(_ one: Case) {
        var scene = Self.scene
        let detail = CatalogScene.read([], [CatalogScene.call(one.call, one.builtIn)])
        #expect(scene.verdict(detail, path: one.path) == one.expected)
    }

    @Test("an extension's random values are harmless")
    func harmless() {
        var scene = CatalogScene()
        var fact = CatalogScene.function("public", mayLeaveState: false)
        fact.isHarmlessVolatile = true
        scene.function("uuid_generate_v4", fact)
        let detail = CatalogScene.read([], [CatalogScene.call("uuid_generate_v4/0")])
        #expect(scene.verdict(detail) == .anyNode)
    }

    /// Matches `read`, `app.read` and nothing else.
    private static func matches(_ name: [UInt8]) -> Bool {
        ["read", "app.read"].contains(String(decoding: name, as: UTF8.self))
    }

    private static var listed: CatalogScene {
        var scene = CatalogScene()
        scene.function("read", function("public", .volatile, mayLeaveState: true))
        scene.function("stay", function("public", .immutable))
        scene.function("lower", CatalogScene.function("pg_catalog", 1...1, .immutable))
        scene.function("upper", CatalogScene.function("app", 1...1, .stable))
        scene.relation("v", "public", .view, calls: [called("read", "public")])
        scene.relation("w", "public", .view, calls: [called("read", "app")])
        scene.relation("x", "public", .view, calls: [called("stay", "public")])
        return scene
    }

    private static func function(
        _ schema: String, _ volatility: FunctionFact.Volatility, mayLeaveState: Bool = false
    ) -> FunctionFact {
        CatalogScene.function(schema, 0...0, volatility, mayLeaveState: mayLeaveState)
    }

    private static func called(_ name: String, _ schema: String) -> CalledFunction {
        CalledFunction(name: CatalogScene.bytes(name), fact: function(schema, .volatile))
    }

    struct Listed: Sendable, CustomTestStringConvertible {
        var call: String?
        var view: String?
        var builtIn = FunctionClass.unknown
        /// Under read_only_function_list.
        var readOnly: CatalogVerdict
        /// Under write_function_list.
        var writing: CatalogVerdict

        var testDescription: String { call ?? view ?? "" }
    }

    static let listedCases: [Listed] = [
        Listed(call: "read/0", readOnly: .anyNode, writing: .pinned(.functionListed)),
        Listed(call: "app.read/0", readOnly: .anyNode, writing: .primary(.functionListed)),
        // The name is matched as written, and with the list alone: `public.read` is another one.
        Listed(call: "public.read/0", readOnly: .pinned(.functionListed), writing: .anyNode),
        Listed(call: "stay/0", readOnly: .primary(.functionListed), writing: .anyNode),
        Listed(call: "absent/0", readOnly: .primary(.functionListed), writing: .anyNode),
        Listed(call: "lower/1", builtIn: .harmless, readOnly: .anyNode, writing: .anyNode),
        Listed(call: "upper/1", builtIn: .harmless, readOnly: .anyNode, writing: .anyNode),
        Listed(
            call: "app.upper/1", builtIn: .harmless, readOnly: .primary(.functionListed),
            writing: .anyNode),
        Listed(
            call: "pg_catalog.read/1", builtIn: .harmless, readOnly: .anyNode,
            writing: .primary(.functionListed)),
        Listed(view: "v", readOnly: .anyNode, writing: .primary(.functionListed)),
        Listed(view: "w", readOnly: .anyNode, writing: .primary(.functionListed)),
        Listed(view: "x", readOnly: .primary(.functionListed), writing: .anyNode),
    ]

    @Test("the function lists decide alone, but not of PostgreSQL's own", arguments: listedCases)
    func lists(_ one: Listed) {
        let detail = {
            CatalogScene.read(
                one.view.map { [CatalogScene.table($0)] } ?? [],
                one.call.map { [CatalogScene.call($0, one.builtIn)] } ?? [])
        }
        var scene = Self.listed
        scene.rules = CatalogRules(functions: .allBut(Self.matches), generation: 1)
        #expect(scene.verdict(detail()) == one.readOnly)
        scene.rules = CatalogRules(functions: .only(Self.matches), generation: 2)
        #expect(scene.verdict(detail()) == one.writing)
    }
}
