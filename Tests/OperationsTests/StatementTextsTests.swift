import Operations
import Testing

@Suite struct StatementTextsTests {
    private let name = "S"
    private let portal = "P"

    @Test("Bind and Execute find the text that Parse brought")
    func found() {
        var texts = StatementTexts(countMax: 10)
        texts.parsed(name, text: "select 1")
        texts.parsed("", text: "select 2")
        #expect(texts.bound(portal, to: name) == "select 1")
        #expect(texts.bound("", to: "") == "select 2")
        #expect(texts.executed(portal) == "select 1")
        #expect(texts.executed("") == "select 2")
    }

    @Test("a portal keeps its text when its statement is replaced or closed")
    func kept() {
        var texts = StatementTexts(countMax: 10)
        texts.parsed(name, text: "select 1")
        #expect(texts.bound(portal, to: name) == "select 1")
        texts.parsed(name, text: "select 2")
        texts.closed(statement: name)
        #expect(texts.executed(portal) == "select 1")
        #expect(texts.bound(portal, to: name) == nil)
        #expect(texts.executed(portal) == nil)
    }

    @Test("a closed portal is unknown")
    func closed() {
        var texts = StatementTexts(countMax: 10)
        texts.parsed(name, text: "select 1")
        #expect(texts.bound(portal, to: name) == "select 1")
        texts.closed(portal: portal)
        #expect(texts.executed(portal) == nil)
    }

    @Test("one more than the limit and all are forgotten but the newest", arguments: [0, 1, 3])
    func limit(countMax: Int) {
        var texts = StatementTexts(countMax: countMax)
        let last = max(countMax, 1)
        for number in 0..<last { texts.parsed("\(number)", text: "\(number)") }
        for number in 0..<last {
            #expect(texts.bound("\(number)", to: "\(number)") == "\(number)")
        }
        #expect(texts.executed("0") == "0")
        texts.parsed("99", text: "99")
        #expect(texts.bound("99", to: "99") == "99")
        #expect(texts.executed("0") == nil)
        #expect(texts.bound("1", to: "0") == nil)
    }
}
