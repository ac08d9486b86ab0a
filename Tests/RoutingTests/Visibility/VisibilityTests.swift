import Routing
import SQLSyntax
import TestSupport
import Testing

/// Random sessions over a primary and standbys that lag, die and take over.
@Suite struct VisibilityTests {
    private static let eventCount = 120

    private static func setup(_ random: inout SeededGenerator, _ sabotage: Sabotage) -> ModelSetup {
        var setup = ModelSetup()
        setup.weights = [[1, 1, 1], [0, 1, 1], [1, 2, 0]].randomElement(using: &random) ?? []
        setup.statementLevel = Bool.random(using: &random)
        setup.prefersLowerDelay = Bool.random(using: &random)
        let rules: [RouteRules.AfterWrite] = [
            .balances, .balances, .keepsTransactions, .keepsSession,
        ]
        setup.afterWrite = rules.randomElement(using: &random) ?? .balances
        let preferences: [ReaderPreference?] = [
            nil, nil, ReaderPreference(target: .standby), ReaderPreference(target: .node(2)),
        ]
        setup.preference = preferences.randomElement(using: &random) ?? nil
        setup.sharesWrites = Int.random(in: 0..<4, using: &random) == 0
        setup.sabotage = sabotage
        return setup
    }

    private static func message(_ random: inout SeededGenerator) -> [ModelStatement] {
        func pick(_ messages: [[ModelStatement]]) -> [ModelStatement] {
            messages.randomElement(using: &random) ?? []
        }
        let key = Int.random(in: ModelStatement.keys, using: &random)
        let name = ModelStatement.savepoints.randomElement(using: &random) ?? ""
        let modes = ModelStatement.Modes.allCases.randomElement(using: &random) ?? .none
        switch Int.random(in: 0..<100, using: &random) {
        case ..<35: return pick([[.read(0)], [.read(1)], [.read(key), .read(key)], [.readTime]])
        case ..<47: return [.write(key)]
        case ..<64: return pick([[.begin(.none)], [.begin(.none)], [.begin(modes)]])
        case ..<78: return pick([[.commit], [.commit], [.commit], [.rollback], [.commitAndChain]])
        case ..<88:
            return pick([
                [.savepoint(name)], [.savepoint(name)], [.release(name)], [.rollbackTo(name)],
            ])
        case ..<93:
            return pick([
                [.setReadOnly], [.setRepeatableRead], [.setLocal], [.defaultRepeatable],
                [.resetDefault],
            ])
        case ..<97:
            return pick([
                [.readUnlogged], [.readUnlogged], [.readNode], [.readNode], [.declare], [.declare],
                [.fetch], [.fetch], [.listen],
            ])
        default:
            return pick([
                [.begin(modes), .read(key)], [.read(key), .commit], [.write(key), .read(key)],
                [.begin(.none), .write(key), .commit], [.read(key), .write(key)],
                [.commit, .begin(.none)], [.begin(.none), .read(key), .commit, .read(key)],
            ])
        }
    }

    private static func event(_ random: inout SeededGenerator) -> ModelEvent {
        let node = Int.random(in: 0..<ModelCluster.nodeCount, using: &random)
        switch Int.random(in: 0..<200, using: &random) {
        case ..<110:
            return .send(
                client: Int.random(in: 0..<3, using: &random), Self.message(&random),
                random: random.next())
        case ..<145: return .replay(node, by: Int.random(in: 1...4, using: &random))
        case ..<168: return .survey
        case ..<173: return .ask
        case ..<178: return .primaryAnswers
        case ..<182: return .standbyAnswers(node)
        case ..<186: return .publish
        case ..<190:
            let delayed = Set(0..<ModelCluster.nodeCount).filter { _ in Bool.random(using: &random)
            }
            return .delay(delayed)
        case ..<193: return .otherWAL
        case ..<195: return .stop(node)
        case ..<198: return .start(node, behind: Int.random(in: 0...2, using: &random))
        default: return .promote(node)
        }
    }

    /// The first history among these seeds that breaks a rule, made as short as it gets.
    private static func violation(
        seeds: ClosedRange<UInt64>, sabotage: Sabotage, _ coverage: inout VisibilityRun.Coverage
    ) -> Violation? {
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let setup = Self.setup(&random, sabotage)
            let history = (0..<Self.eventCount).map { _ in Self.event(&random) }
            guard let found = VisibilityRun.judge(history, setup, &coverage) else { continue }
            let short = Self.shrink(Array(history.prefix(found.count)), setup)
            let rule = Self.rule(short, setup) ?? found.rule
            return Violation(seed: seed, rule: rule, history: short)
        }
        return nil
    }

    private static func rule(_ history: [ModelEvent], _ setup: ModelSetup) -> String? {
        var coverage = VisibilityRun.Coverage()
        return VisibilityRun.judge(history, setup, &coverage)?.rule
    }

    /// Leaves out events, many at a time and then one by one, as long as a rule is still broken.
    private static func shrink(_ history: [ModelEvent], _ setup: ModelSetup) -> [ModelEvent] {
        var history = history
        var size = max(1, history.count / 2)
        while true {
            var isShorter = false
            var start = 0
            while start < history.count {
                var candidate = history
                candidate.removeSubrange(start..<min(start + size, history.count))
                if Self.rule(candidate, setup) != nil {
                    history = candidate
                    isShorter = true
                } else {
                    start += size
                }
            }
            if size == 1, !isShorter { return history }
            size = max(1, size / 2)
        }
    }

    @Test("no session reads older than its own writes, splits a snapshot or writes to a standby")
    func rulesHold() {
        var coverage = VisibilityRun.Coverage()
        let violation = Self.violation(seeds: 1...600, sabotage: .none, &coverage)
        if let violation { Issue.record("\(violation)") }
        #expect(coverage.standbyReads > 1500 && coverage.standbyReadsAfterWrite > 200)
        #expect(coverage.standbyTransactions > 500 && coverage.moves > 60)
    }

    @Test(
        "a rule that is broken on purpose is noticed",
        arguments: Sabotage.allCases.filter { $0 != .none })
    func sabotage(_ sabotage: Sabotage) throws {
        var coverage = VisibilityRun.Coverage()
        let violation = try #require(
            Self.violation(seeds: 1...3000, sabotage: sabotage, &coverage), "\(sabotage)")
        #expect(violation.history.count <= 14, "\(violation)")
    }

    @Test("the analysis sees in the model's statements what the model means by them")
    func analysis() {
        for statement in ModelStatement.all {
            let outline = statement.outline
            switch statement {
            case .read, .readUnlogged, .readTime, .declare, .fetch:
                #expect(outline.effect == .read, "\(statement)")
            case .readNode: #expect(outline.effect == .primaryRead)
            case .write: #expect(outline.effect == .write)
            case .listen, .setLocal, .defaultRepeatable, .resetDefault:
                #expect(outline.effect == .sessionControl, "\(statement)")
            default: #expect(outline.effect == .transactionControl, "\(statement)")
            }
            #expect(outline.traits.contains(.usesTransactionTime) == (statement == .readTime))
            #expect(outline.traits.contains(.opensCursor) == (statement == .declare))
            if let setting = statement.setting {
                #expect(outline.command == .settings([setting]))
            }
            switch outline.command {
            case .transaction(.begin(let modes)), .transaction(.set(let modes)):
                #expect(modes == statement.modes)
            default: #expect(statement.modes == nil)
            }
        }
    }
}
