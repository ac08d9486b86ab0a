import SQLSyntax
import Sessions
import Testing

@Suite("Prepared statements over several nodes")
struct StatementRegistryTests {
    private let name = Array("s".utf8)
    private let first: [UInt8] = [1]
    private let second: [UInt8] = [2]

    private func parsed(_ name: [UInt8], on node: Int) -> StatementRegistry {
        var registry = StatementRegistry()
        registry.parseSent(name, first, analysis: .sample(isReadOnly: true), node: node)
        registry.settled()
        return registry
    }

    private func settle(_ registry: inout StatementRegistry, _ count: Int) {
        for _ in 0..<count { registry.settled() }
    }

    @Test("what nobody parsed is not put in")
    func unknown() {
        var registry = StatementRegistry()
        #expect(registry.isEmpty)
        #expect(registry.prepare(name, on: 0) == .none)
        #expect(registry.statement(name)?.analysis.isReadOnly == nil)
        registry.settled()
        registry.refused(.init(statementCount: 3, isFirstTried: true))
        #expect(registry.isEmpty)
    }

    @Test("another node gets the Parse once")
    func once() {
        var registry = parsed(name, on: 0)
        #expect(registry.prepare(name, on: 0) == .none)
        #expect(registry.prepare(name, on: 1) == .init(parse: first))
        #expect(registry.prepare(name, on: 1) == .none, "it is on its way")
        registry.settled()
        #expect(registry.prepare(name, on: 1) == .none)
    }

    @Test("what an error skipped is put in again")
    func skipped() {
        var registry = parsed(name, on: 0)
        _ = registry.prepare(name, on: 1)
        registry.refused(.init(statementCount: 1))
        #expect(registry.prepare(name, on: 1) == .init(parse: first))
    }

    @Test("an older version is closed first")
    func older() {
        var registry = parsed(name, on: 0)
        _ = registry.prepare(name, on: 1)
        registry.closeSent(name, node: 1)
        registry.parseSent(name, second, analysis: .sample(isReadOnly: false), node: 1)
        settle(&registry, 3)
        #expect(registry.statement(name)?.analysis.isReadOnly == false)
        #expect(registry.prepare(name, on: 0) == .init(closes: true, parse: second))
        registry.settled()
        registry.refused(.init(statementCount: 1))
        #expect(registry.prepare(name, on: 0) == .init(parse: second), "the Close had succeeded")
    }

    @Test("a closed statement is closed on the other nodes before its name is used again")
    func closed() {
        var registry = parsed(name, on: 0)
        _ = registry.prepare(name, on: 1)
        registry.closeSent(name, node: 0)
        settle(&registry, 2)
        #expect(registry.statement(name)?.analysis.isReadOnly == nil)
        #expect(registry.prepare(name, on: 0) == .none)
        #expect(registry.prepare(name, on: 1) == .init(closes: true))
        registry.settled()
        #expect(registry.isEmpty)
    }

    @Test("a Close that did not happen leaves the statement")
    func refusedClose() {
        var registry = parsed(name, on: 0)
        registry.closeSent(name, node: 0)
        registry.refused(.init(statementCount: 1))
        #expect(registry.statement(name)?.analysis.isReadOnly == true)
        #expect(registry.prepare(name, on: 1) == .init(parse: first))
    }

    @Test("an error takes only as many as it prevented")
    func pipeline() {
        var registry = StatementRegistry()
        registry.parseSent(Array("a".utf8), first, analysis: .sample(isReadOnly: true), node: 0)
        registry.otherSent(node: 0)
        registry.parseSent(Array("b".utf8), second, analysis: .sample(isReadOnly: true), node: 0)
        registry.refused(.init(statementCount: 2, isFirstTried: true))
        registry.settled()
        #expect(registry.statement(Array("a".utf8))?.analysis.isReadOnly == nil)
        #expect(registry.statement(Array("b".utf8))?.analysis.isReadOnly == true)
    }

    @Test("the unnamed statement is replaced without a Close")
    func unnamed() {
        var registry = parsed([], on: 0)
        #expect(registry.prepare([], on: 1) == .init(parse: first))
        registry.settled()
        registry.parseSent([], second, analysis: .sample(isReadOnly: false), node: 1)
        registry.settled()
        #expect(registry.prepare([], on: 0) == .init(parse: second))
    }

    @Test("what PREPARE made is prepared again by its text")
    func text() {
        var registry = StatementRegistry()
        let text = Array("PREPARE s AS SELECT 1".utf8)
        registry.prepared(name, text: text, on: 0)
        #expect(registry.isText(name))
        #expect(registry.textNames == [name])
        #expect(registry.textByteCount == text.count)
        #expect(registry.statement(name) == nil, "its analysis is not that of what it executes")
        #expect(registry.missing(on: 0) == [])
        #expect(registry.missing(on: 1) == [name])
        #expect(registry.prepare(name, on: 0) == .none)
        #expect(registry.prepare(name, on: 1) == .init(text: text))
        #expect(registry.prepare(name, on: 1) == .none, "it is on its way")
        registry.refused(.init(statementCount: 1, isFirstTried: true))
        #expect(registry.prepare(name, on: 1) == .init(text: text))
        registry.settled()
        #expect(registry.prepare(name, on: 1) == .none)
        registry.lost(0)
        #expect(registry.prepare(name, on: 0) == .init(text: text))
    }

    @Test("a text leaves with DEALLOCATE and DISCARD, and with it what it took")
    func droppedText() {
        var registry = StatementRegistry()
        registry.prepared(name, text: [1, 2, 3], on: 0)
        registry.prepared(Array("t".utf8), text: [1], on: 1)
        #expect(registry.textByteCount == 4)
        registry.deallocated(name, on: 0)
        #expect(registry.textByteCount == 1)
        #expect(!registry.isText(name))
        registry.prepared(name, text: [1, 2], on: 0)
        registry.prepared(name, text: [1, 2, 3, 4, 5], on: 0)
        #expect(registry.textByteCount == 6)
        registry.deallocatedAll(on: 0)
        #expect(registry.textByteCount == 0)
        #expect(registry.textCount == 0)
        #expect(registry.textNames == [])
    }

    @Test("an older version of a text is closed first, and a Parse may take its place")
    func olderText() {
        var registry = StatementRegistry()
        registry.prepared(name, text: first, on: 0)
        _ = registry.prepare(name, on: 1)
        registry.settled()
        registry.deallocated(name, on: 0)
        registry.prepared(name, text: second, on: 0)
        #expect(registry.prepare(name, on: 1) == .init(closes: true, text: second))
        settle(&registry, 2)
        registry.closeSent(name, node: 1)
        registry.parseSent(name, first, analysis: .sample(isReadOnly: true), node: 1)
        settle(&registry, 2)
        #expect(registry.textCount == 0)
        #expect(registry.prepare(name, on: 0) == .init(closes: true, parse: first))
    }

    @Test("a failed Parse drops the unnamed statement, a skipped one does not")
    func unnamedFailure() {
        var failed = parsed([], on: 0)
        failed.parseSent([], second, analysis: .sample(isReadOnly: true), node: 0)
        failed.refused(.init(statementCount: 1, isFirstTried: true))
        #expect(failed.isEmpty)
        var skipped = parsed([], on: 0)
        skipped.parseSent([], second, analysis: .sample(isReadOnly: true), node: 0)
        skipped.refused(.init(statementCount: 1, isFirstTried: false))
        #expect(skipped.prepare([], on: 1) == .init(parse: first))
    }

    @Test("a lost node knows nothing, and what was on its way there never happened")
    func lost() {
        var registry = parsed(name, on: 0)
        registry.parseSent(Array("t".utf8), second, analysis: .sample(isReadOnly: true), node: 0)
        registry.lost(0)
        #expect(registry.statement(Array("t".utf8))?.analysis.isReadOnly == nil)
        #expect(registry.prepare(name, on: 0) == .init(parse: first))
    }

    @Test("DISCARD ALL on one node makes the statements of the others old")
    func discard() {
        var registry = parsed(name, on: 0)
        _ = registry.prepare(name, on: 1)
        registry.settled()
        registry.deallocatedAll(on: 1)
        #expect(registry.prepare(name, on: 1) == .none)
        #expect(registry.prepare(name, on: 0) == .init(closes: true))
    }

    @Test("of very many on their way each is known", arguments: [1, 32, 33, 500])
    func many(count: Int) {
        func name(_ number: Int) -> [UInt8] { Array("s\(number)".utf8) }
        var registry = StatementRegistry()
        for number in 0..<count {
            #expect(registry.prepare(name(number), on: 0) == .none)
            registry.parseSent(
                name(number), [UInt8(number % 200)], analysis: .sample(isReadOnly: true), node: 0)
            registry.otherSent(node: 0)
            #expect(registry.prepare(name(number), on: 0) == .none, "it is on its way")
        }
        registry.closeSent(name(0), node: 0)
        #expect(registry.statement(name(0)) == nil)
        for number in 1..<count {
            #expect(registry.statement(name(number))?.parse == [UInt8(number % 200)])
        }
        #expect(registry.statement(name(count)) == nil)
        // Half of them are answered.
        settle(&registry, count / 2 * 2)
        for number in 1..<count {
            #expect(registry.statement(name(number))?.parse == [UInt8(number % 200)])
            let isAnswered = number < count / 2
            #expect(
                registry.prepare(name(number), on: 1)
                    == (isAnswered ? .init(parse: [UInt8(number % 200)]) : .none))
        }
        registry.lost(0)
        settle(&registry, 10 * count)
        #expect(registry.statement(name(count - 1)) == nil)
    }

    @Test("node sets hold 0 to 127")
    func nodeSet() {
        var set = NodeSet()
        #expect(set.isEmpty)
        for node in [0, 1, 63, 64, 127] {
            set.insert(node)
            #expect(set.contains(node))
        }
        #expect(!set.contains(2) && !set.contains(65))
        var other = NodeSet(5)
        other.formUnion(set)
        #expect(other.contains(127) && other.contains(5))
        for node in [0, 1, 63, 64, 127] { set.remove(node) }
        #expect(set.isEmpty)
    }
}

extension StatementAnalysis {
    /// Any statement that reads, or that does not.
    static func sample(isReadOnly: Bool) -> StatementAnalysis {
        StatementAnalysis(
            kind: isReadOnly ? .select : .insert, reason: isReadOnly ? .plainRead : .notASelect,
            effect: isReadOnly ? .read : .write, isReadOnly: isReadOnly)
    }
}
