import Routing
import SQLSyntax
import Testing

@Suite("the store of catalog facts") struct CatalogStoreTests {
    private static func scene() -> CatalogScene {
        var scene = CatalogScene()
        scene.relation("t", "public")
        scene.relation("u", "public", .table, .unlogged)
        scene.function("f", CatalogScene.function("public"))
        return scene
    }

    private static func detail() -> StatementDetail {
        CatalogScene.read([CatalogScene.table("t")], [CatalogScene.call("f/0")])
    }

    private static func question(_ relations: [String], _ functions: [String]) -> CatalogQuestion {
        CatalogQuestion(
            relations: relations.map(CatalogScene.bytes),
            functions: functions.map(CatalogScene.bytes))
    }

    @Test("asks once for each name that is not known")
    func asks() {
        var scene = Self.scene()
        #expect(scene.look(Self.detail()) == .missing(Self.question(["t"], ["f"])))
        scene.store.learned(
            .facts(scene.answer(Self.question(["t"], []))), database: 0, now: scene.now)
        let rest = Self.question([], ["f"])
        #expect(scene.look(Self.detail()) == .missing(rest))
        scene.store.learned(.facts(scene.answer(rest)), database: 0, now: scene.now)
        #expect(scene.look(Self.detail()) == .known(.primary(.functionWrites)))
        // Another database is another question.
        #expect(scene.look(Self.detail(), database: 1) == .missing(Self.question(["t"], ["f"])))
    }

    @Test("keeps its verdict with the message, until something may have changed it")
    func memo() {
        var scene = Self.scene()
        let detail = Self.detail()
        #expect(detail.memoKey == 0)
        #expect(scene.verdict(detail) == .primary(.functionWrites))
        let key = detail.memoKey
        #expect(key != 0)
        // The hit is by the memo alone: a forged one is believed.
        let honest = detail.memo
        detail.memo = honest & ~0xFFFF | UInt64(CatalogReason.sequence.rawValue) | 1 << 8
        #expect(scene.look(detail) == .known(.pinned(.sequence)))
        detail.memo = honest
        // Another path, other rules, another database, forgotten facts: looked at anew.
        #expect(scene.look(detail, path: "nowhere") == .known(.anyNode))
        #expect(detail.memoKey != key)
        #expect(scene.look(detail) == .known(.primary(.functionWrites)))
        scene.rules.generation += 1
        #expect(scene.look(detail) == .known(.primary(.functionWrites)))
        #expect(detail.memoKey != key)
        #expect(scene.look(detail, database: 7) == .missing(Self.question(["t"], ["f"])))
        scene.store.forget(database: 0)
        #expect(scene.look(detail) == .missing(Self.question(["t"], ["f"])))
    }

    @Test("every verdict survives its 64 bits")
    func packing() {
        for reason in CatalogReason.allCases {
            // A call that writes would weigh more than what only has to be read elsewhere.
            for leavesState in reason.onlyReads ? [false] : [false, true] {
                var scene = CatalogScene()
                let hindrances: RelationHindrances
                var fact = CatalogScene.function("public", mayLeaveState: leavesState)
                switch reason {
                case .systemCatalog: hindrances = .systemCatalog
                case .temporaryTable: hindrances = .temporary
                case .unloggedTable: hindrances = .unlogged
                case .foreignTable: hindrances = .foreign
                case .sequence: hindrances = .sequence
                case .viewWrites: hindrances = .writes
                case .viewNodeSpecific: hindrances = .nodeSpecific
                case .viewUnclear: hindrances = .unclear
                case .functionWrites: hindrances = []
                case .functionListed, .functionUnknown, .tooManyNames: continue
                }
                fact.argumentsMax = 9
                scene.relation(
                    "t", "public", .view, hindrances: hindrances,
                    calls: reason.onlyReads
                        ? [] : [CalledFunction(name: CatalogScene.bytes("f"), fact: fact)])
                let detail = CatalogScene.read([CatalogScene.table("t")])
                let expected = CatalogVerdict.primaryOnly(reason, leavesState: leavesState)
                #expect(scene.verdict(detail) == expected)
                #expect(scene.look(detail) == .known(expected))
            }
        }
    }

    @Test("facts grow old, also those that a memo rests on")
    func age() {
        var scene = Self.scene()
        scene.store = CatalogStore(size: 256, lifetime: 60_000_000_000)
        let detail = Self.detail()
        #expect(scene.verdict(detail) == .primary(.functionWrites))
        scene.now += 59_000_000_000
        #expect(scene.look(detail) == .known(.primary(.functionWrites)))
        scene.now += 1_000_000_000
        #expect(scene.look(detail) == .missing(Self.question(["t"], ["f"])))
        // Facts that were old when they came are asked for again when whoever kept them does.
        var facts = scene.answer(Self.question(["t"], ["f"]))
        facts.expiresAt = scene.now + 5_000_000_000
        scene.store.learned(.facts(facts), database: 0, now: scene.now)
        #expect(scene.look(detail) == .known(.primary(.functionWrites)))
        scene.now += 5_000_000_000
        #expect(scene.look(detail) == .missing(Self.question(["t"], ["f"])))
    }

    @Test("keeps what was used last, and never more than its size")
    func bound() {
        var scene = CatalogScene()
        scene.store = CatalogStore(size: CatalogStore.sizeMin, lifetime: 1_000_000_000_000)
        let favourite = CatalogScene.read([CatalogScene.table("t")])
        #expect(scene.verdict(favourite) == .anyNode)
        for number in 0..<1000 {
            let other = CatalogScene.read([CatalogScene.table("t\(number)")])
            #expect(scene.verdict(other) == .anyNode)
            favourite.memoKey = 0
            #expect(scene.look(favourite) == .known(.anyNode))
            #expect(scene.store.count <= CatalogStore.sizeMin)
        }
        #expect(scene.store.count > CatalogStore.sizeMin / 2)
    }

    @Test("a message with as many names as it may have is answered; one more is not asked for")
    func manyNames() {
        for (count, expected) in [(64, CatalogVerdict.anyNode), (65, .pinned(.tooManyNames))] {
            var scene = CatalogScene()
            scene.store = CatalogStore(size: 0, lifetime: 1_000_000_000_000)
            let names = (0..<count).map { CatalogScene.table("t\($0)") }
            let calls = (0..<count).map { CatalogScene.call("f\($0)/0") }
            #expect(scene.verdict(CatalogScene.read(names, calls)) == expected)
        }
    }

    @Test("while the catalog cannot be asked, relations are ordinary and functions unknown")
    func unavailable() {
        var scene = Self.scene()
        let read = CatalogScene.read([CatalogScene.table("t"), CatalogScene.table("u")])
        let call = Self.detail()
        let builtIn = CatalogScene.read([], [CatalogScene.call("lower/1", .harmless)])
        scene.store.learned(
            .unavailable(until: scene.now + 30_000_000_000), database: 0, now: scene.now)
        #expect(scene.look(read) == .known(.anyNode))
        #expect(scene.look(call) == .known(.pinned(.functionUnknown)))
        #expect(scene.look(builtIn) == .known(.anyNode))
        #expect(scene.look(read, database: 1) == .missing(Self.question(["t", "u"], [])))
        scene.now += 30_000_000_000
        #expect(scene.look(call) == .missing(Self.question(["t"], ["f"])))
        #expect(scene.verdict(read) == .primary(.unloggedTable))
        // What is known counts even then.
        scene.store.unavailable(database: 0, until: scene.now + 30_000_000_000)
        #expect(scene.verdict(read) == .primary(.unloggedTable))
    }

    @Test("a name that could not be asked for is left alone for a while")
    func unclear() {
        var scene = Self.scene()
        let question = Self.question(["u"], ["f"])
        let detail = CatalogScene.read([CatalogScene.table("u")], [CatalogScene.call("f/0")])
        scene.store.learned(
            .facts(CatalogFacts().answer(question)), database: 0, now: scene.now)
        #expect(scene.look(detail) == .known(.pinned(.functionUnknown)))
        let other = CatalogScene.read([CatalogScene.table("t")])
        #expect(scene.look(other) == .missing(Self.question(["t"], [])))
        scene.now += 11_000_000_000
        #expect(scene.look(detail) == .missing(question))
    }

    @Test("new settings count from the next message on")
    func settings() {
        var scene = Self.scene()
        let detail = Self.detail()
        #expect(scene.verdict(detail) == .primary(.functionWrites))
        let key = detail.memoKey
        scene.store.settingsChanged(size: 1000, lifetime: 5_000_000_000)
        #expect(scene.look(detail) == .known(.primary(.functionWrites)))
        #expect(detail.memoKey != key)
        scene.store.forgetAll()
        #expect(scene.store.count == 0)
        #expect(scene.look(detail) == .missing(Self.question(["t"], ["f"])))
    }

    @Test("every reason has a word and a sentence of its own")
    func words() {
        #expect(Set(CatalogReason.allCases.map(\.word)).count == CatalogReason.allCases.count)
        #expect(Set(CatalogReason.allCases.map(\.sentence)).count == CatalogReason.allCases.count)
        #expect(CatalogVerdict.anyNode.reason == nil && !CatalogVerdict.anyNode.leavesState)
    }
}
