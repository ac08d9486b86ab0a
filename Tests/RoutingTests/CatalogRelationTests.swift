import Routing
import SQLSyntax
import Testing

@Suite("catalog facts: relations") struct CatalogRelationTests {
    /// A mention of a relation under a search path, and what follows.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var path: String?
        var expected: CatalogVerdict

        init(_ name: String, _ path: String?, _ expected: CatalogVerdict) {
            self.name = name
            self.path = path
            self.expected = expected
        }

        var testDescription: String { "\(name) in \(path ?? "an unknown path")" }
    }

    static var scene: CatalogScene {
        var scene = CatalogScene()
        scene.relation("t", "public")
        scene.relation("t", "audit", .table, .unlogged)
        scene.relation("T", "public", .table, .unlogged)
        scene.relation("work", "pg_temp_3", .table, .temporary)
        scene.relation("work", "public")
        scene.relation("pg_class", "pg_catalog")
        scene.relation("pg_class", "app")
        scene.relation("seq", "public", .sequence)
        scene.relation("remote", "public", .foreignTable)
        scene.relation("parts", "public", .partitionedTable, hindrances: .unlogged)
        scene.relation("summary", "public", .materializedView)
        scene.relation("o'hara\"\\", "We\"ird", .table, .unlogged)
        scene.relation("sum", "public", .view)
        scene.relation("marks", "public", .view, hindrances: .writes)
        scene.relation("who", "public", .view, hindrances: .nodeSpecific)
        scene.relation("odd", "public", .view, hindrances: .unclear)
        scene.relation(
            "calls", "public", .view,
            calls: [
                CalledFunction(
                    name: CatalogScene.bytes("touch"), fact: CatalogScene.function("public"))
            ])
        scene.relation("tenants", nil)
        scene.relation("mixed", nil, hindrances: .unlogged)
        return scene
    }

    static let cases: [Case] = [
        Case("t", "public", .anyNode),
        Case("t", "audit, public", .primary(.unloggedTable)),
        Case("t", "public, audit", .anyNode),
        Case("t", "nowhere, \"Public\"", .anyNode),
        Case("t", "\"$user\", audit", .primary(.unloggedTable)),
        Case("t", nil, .primary(.unloggedTable)),
        Case("T", "public", .primary(.unloggedTable)),
        Case("public.t", "audit", .anyNode),
        Case("audit.t", "public", .primary(.unloggedTable)),
        Case("nowhere.t", "audit", .anyNode),
        Case("absent", nil, .anyNode),
        // A temporary one of any session comes before all others, unless a schema is named.
        Case("work", "public", .primary(.temporaryTable)),
        Case("work", nil, .primary(.temporaryTable)),
        Case("public.work", "public", .anyNode),
        Case("pg_temp.work", "public", .primary(.temporaryTable)),
        Case("pg_temp_3.work", "public", .primary(.temporaryTable)),
        Case("pg_temp.t", "public", .anyNode),
        // The system catalogs come first, unless the session says otherwise.
        Case("pg_class", "app", .primary(.systemCatalog)),
        Case("pg_class", "app, pg_catalog", .anyNode),
        Case("pg_class", nil, .primary(.systemCatalog)),
        Case("app.pg_class", "public", .anyNode),
        Case("seq", "public", .primary(.sequence)),
        Case("remote", "public", .primary(.foreignTable)),
        Case("parts", "public", .primary(.unloggedTable)),
        Case("summary", "public", .anyNode),
        Case("sum", "public", .anyNode),
        Case("marks", "public", .primary(.viewWrites)),
        Case("who", "public", .primary(.viewNodeSpecific)),
        Case("odd", "public", .primary(.viewUnclear)),
        Case("calls", "public", .primary(.functionWrites)),
        Case("calls", "audit", .anyNode),
        // Facts of too many schemas, taken together.
        Case("tenants", "a17", .anyNode),
        Case("a17.tenants", "public", .anyNode),
        Case("mixed", "a17", .primary(.unloggedTable)),
        Case("a17.mixed", "public", .primary(.unloggedTable)),
    ]

    @Test("a name means what its schema or the search path says", arguments: cases)
    func resolution(_ one: Case) {
        var scene = Self.scene
        let verdict = scene.verdict(
            CatalogScene.read([CatalogScene.table(one.name)]), path: one.path)
        #expect(verdict == one.expected)
    }

    @Test("quotes, backslashes and case are part of a name and of a schema")
    func quoting() {
        var scene = Self.scene
        let name = "o'hara\"\\"
        let inPlace = CatalogScene.read([CatalogScene.table(name, in: "We\"ird")])
        let elsewhere = CatalogScene.read([CatalogScene.table(name, in: "we\"ird")])
        let byPath = CatalogScene.read([CatalogScene.table(name, in: nil)])
        #expect(scene.verdict(inPlace) == .primary(.unloggedTable))
        #expect(scene.verdict(elsewhere) == .anyNode)
        #expect(scene.verdict(byPath, path: "\"We\"\"ird\"") == .primary(.unloggedTable))
        #expect(scene.verdict(byPath, path: "public") == .anyNode)
    }

    @Test("check_temp_table and check_unlogged_table can be off")
    func checks() {
        var scene = Self.scene
        scene.rules = CatalogRules(checksTemporary: false, checksUnlogged: false, generation: 2)
        for name in ["T", "work", "parts", "audit.t"] {
            let verdict = scene.verdict(CatalogScene.read([CatalogScene.table(name)]))
            #expect(verdict == .anyNode, "\(name)")
        }
        let foreign = scene.verdict(CatalogScene.read([CatalogScene.table("remote")]))
        #expect(foreign == .primary(.foreignTable))
    }

    @Test("one relation is enough, and the first reason counts")
    func several() {
        var scene = Self.scene
        let names = ["t", "remote", "work", "summary"].map { CatalogScene.table($0) }
        #expect(scene.verdict(CatalogScene.read(names)) == .primary(.foreignTable))
    }

    @Test("PostgreSQL's own schemas are not asked for, nor what runs on the primary anyhow")
    func notAsked() {
        var scene = Self.scene
        let system = CatalogScene.read([
            CatalogScene.table("pg_catalog.pg_class"),
            CatalogScene.table("information_schema.tables"),
        ])
        #expect(scene.look(system) == .known(.anyNode))
        for effect in [StatementEffect.write, .primaryRead] {
            func message(_ traits: StatementTraits) -> StatementDetail {
                StatementDetail([
                    StatementOutline(
                        kind: .insert, effect: effect, reason: .notASelect, traits: traits,
                        tables: [CatalogScene.table("T")],
                        functions: [CatalogScene.call("tidy/0")])
                ])
            }
            #expect(scene.look(message(.needsFacts)) == .known(.anyNode))
            // What they call may leave something behind.
            scene.function("tidy", CatalogScene.function("public", mayLeaveState: true))
            let unseen = message([.needsFacts, .runsUnseenCode])
            #expect(
                scene.look(unseen)
                    == .missing(CatalogQuestion(functions: [CatalogScene.bytes("tidy")])))
            #expect(scene.verdict(unseen) == .pinned(.functionWrites))
            scene.store.forgetAll()
        }
    }

    @Test("a name is cut where PostgreSQL cuts it")
    func longNames() {
        let long = String(repeating: "é", count: 40)
        var scene = CatalogScene()
        scene.relation("t", String(repeating: "é", count: 31), .table, .unlogged)
        let detail = CatalogScene.read([CatalogScene.table("t", in: long)])
        #expect(scene.verdict(detail) == .primary(.unloggedTable))
        let byPath = CatalogScene.read([CatalogScene.table("t", in: nil)])
        #expect(scene.verdict(byPath, path: long) == .primary(.unloggedTable))
    }
}
