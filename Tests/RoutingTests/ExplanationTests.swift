import Foundation
import Routing
import SQLSyntax
import Testing

@Suite struct ExplanationTests {
    private static func lines(_ script: String) -> [Explanation.Line] {
        var explanation = Explanation(topology: RoutingTopologyTests.topology())
        return explanation.explain(script: Array(script.utf8))
    }

    @Test("statements are walked as one session")
    func walk() {
        let lines = Self.lines(
            """
            SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3; BEGIN; ROLLBACK AND CHAIN; SELECT 4;
            ROLLBACK; SELECT 5; INSERT INTO t VALUES (';'); SELECT 6
            """)
        #expect(
            lines.map(\.reason) == [
                "plain_read", "transaction_held", "transaction_on_standby",
                "transaction_on_standby", "plain_read", "transaction_held",
                "transaction_on_standby", "transaction_on_standby", "transaction_on_standby",
                "plain_read", "not_a_select", "plain_read",
            ])
        #expect(lines.filter { $0.target == "primary" }.count == 1)
        #expect(lines.filter { $0.target == "nowhere" }.count == 2)
        #expect(lines.map { String(decoding: $0.sql, as: UTF8.self) }.last == "SELECT 6")
    }

    @Test("NUL bytes separate messages, which may hold several statements")
    func nulSeparated() {
        var explanation = Explanation(topology: RoutingTopologyTests.topology())
        let lines = explanation.explain(
            nulSeparated: Array("SELECT 1;\nSELECT 2\0\0SELECT 3\0".utf8))
        #expect(lines.map(\.analysis.kind) == [.multiple, .empty, .select])
        #expect(lines.map(\.reason) == ["multiple_statements", "empty_statement", "plain_read"])
        #expect(explanation.explain(nulSeparated: []).isEmpty)
    }

    @Test("a text of several statements leaves the transaction state of its last")
    func severalStatements() {
        var explanation = Explanation(topology: RoutingTopologyTests.topology(loadBalance: false))
        let first = explanation.explain(message: Array("BEGIN; SELECT 1".utf8))
        #expect(first.target == "primary" && first.analysis.statementCount == 2)
    }

    @Test("JSON has one line for a reader of JSON to read, whatever the bytes")
    func json() throws {
        var explanation = Explanation(topology: RoutingTopologyTests.topology())
        let messages: [[UInt8]] = [
            Array("SELECT \"a\\b\"\n\t\r, '\u{1}\u{7F}\u{2028}é'".utf8),
            [0x53, 0xFF, 0xC3, 0x28, 0x80], [],
        ]
        for message in messages {
            let line = explanation.explain(message: message)
            #expect(!line.json.contains { $0.isNewline })
            let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8))
            let fields = try #require(object as? [String: Any])
            #expect(fields["sql"] as? String == String(decoding: message, as: UTF8.self))
            #expect(fields["kind"] as? String == line.analysis.kind.word)
            #expect(fields["read_only"] as? Bool == line.analysis.isReadOnly)
            #expect(fields["reason"] as? String == line.reason)
            #expect(fields["target"] as? String == line.target)
        }
    }

    @Test("text says where and why, and shows no control characters")
    func text() {
        let line = Self.lines("SELECT 1,\n '\u{1B}[2J'").first
        #expect(
            line?.text == """
                SELECT 1,  '?[2J'
                    -> standby or any node by weight: It is a read that every standby can answer.
                """)
        let write = Self.lines("DELETE FROM t").first
        #expect(write?.sentence.hasSuffix("Only the primary takes writes.") == true)
    }
}
