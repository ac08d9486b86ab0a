import ClusterModel
import TestSupport
import Testing

@Suite("Commands of users")
struct CommandTemplateTests {
    private static let nodes = (0..<4).map {
        CommandFacts.Node(id: $0, host: "pg\($0)", port: 5432 + $0, dataDirectory: "/data/\($0)")
    }

    private static func facts(
        _ command: CommandFacts.Command = .failover, isAlone: Bool = false, target: Int? = nil
    ) -> CommandFacts {
        let operation = CommandFacts.Operation(
            id: "7-1", epoch: 7, kind: "failover", phase: "promote", reason: "node 0 is gone")
        if isAlone { return CommandFacts(command: command, operation: operation, node: nodes[0]) }
        return CommandFacts(
            command: command, operation: operation, node: nodes[0],
            target: target.map { nodes[$0] },
            newMain: nodes[1], newPrimary: nodes[2], oldMain: nodes[0], oldPrimary: nodes[3])
    }

    @Test(
        "each placeholder has its value and its blank",
        arguments: [
            ("%d", " 0"), ("%h", "pg0"), ("%p", " 5432"), ("%D", "/data/0"), ("%m", " 1"),
            ("%H", "pg1"), ("%r", "5433"), ("%R", "/data/1"), ("%M", "0"), ("%P", "3"),
            ("%N", "pg3"), ("%S", "5435"), ("%%", "%"), ("x%d", "x 0"), ("%x%?%é", ""),
            ("%%d", "%d"), ("%%%d", "% 0"), ("a%", "a"), ("", ""), ("échec %h", "échec pg0"),
            (
                "/etc/failover.sh %d %h %p %D %m %H %M %P %r %R %N %S",
                "/etc/failover.sh  0 pg0  5432 /data/0  1 pg1 0 3 5433 /data/1 pg3 5435"
            ),
        ])
    func placeholders(text: String, expected: String) {
        #expect(CommandTemplate(text).expanded(for: Self.facts()) == expected)
    }

    @Test("the takeover node is the target, the new main node or the new primary")
    func successor() {
        let template = CommandTemplate("%m %H %r %R %M")
        let expected: [(CommandFacts.Command, Int?, String)] = [
            (.failover, nil, " 1 pg1 5433 /data/1 0"), (.failover, 2, " 2 pg2 5434 /data/2 0"),
            (.fence, 2, " 2 pg2 5434 /data/2 0"), (.failback, 2, " 1 pg1 5433 /data/1 0"),
            (.followPrimary, 3, " 2 pg2 5434 /data/2 3"),
        ]
        for (command, target, text) in expected {
            let facts = Self.facts(command, target: target)
            #expect(template.expanded(for: facts) == text, "\(command) \(target ?? -1)")
        }
    }

    @Test("where a node is missing the arguments keep their places")
    func missing() {
        let text = CommandTemplate("%d|%m|%H|%r|%R|%M|%P|%N|%S")
            .expanded(for: Self.facts(isAlone: true))
        #expect(text == " 0| -1|\"\"|\"\"|\"\"|-1|-1|\"\"|\"\"")
    }

    @Test("a data directory that is not configured expands to nothing")
    func noDirectory() {
        var facts = Self.facts()
        facts.node.dataDirectory = ""
        facts.newMain?.dataDirectory = ""
        #expect(CommandTemplate("a %D b %R c").expanded(for: facts) == "a  b  c")
    }

    @Test("blanks alone are no command")
    func empty() {
        #expect(CommandTemplate(" \t").isEmpty)
        #expect(!CommandTemplate(" %h").isEmpty)
    }

    @Test("values are not expanded again")
    func values() {
        var facts = Self.facts()
        facts.node.host = "%d%%"
        #expect(CommandTemplate("%h").expanded(for: facts) == "%d%%")
    }

    @Test("the environment names everything, always")
    func environment() {
        let full = Self.facts(target: 2).environment
        let values = Dictionary(full.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        #expect(values.count == full.count)
        #expect(values.keys.allSatisfy { $0.hasPrefix("TRUNKLINE_EVENT_") })
        let expected = [
            ("COMMAND", "failover"), ("OPERATION_ID", "7-1"), ("EPOCH", "7"),
            ("KIND", "failover"), ("PHASE", "promote"), ("REASON", "node 0 is gone"),
            ("NODE_ID", "0"), ("NODE_HOST", "pg0"), ("NODE_PORT", "5432"),
            ("NODE_DATA_DIRECTORY", "/data/0"), ("TARGET_ID", "2"), ("NEW_MAIN_HOST", "pg1"),
            ("NEW_PRIMARY_PORT", "5434"), ("OLD_MAIN_ID", "0"), ("OLD_PRIMARY_HOST", "pg3"),
        ]
        for (name, value) in expected { #expect(values["TRUNKLINE_EVENT_" + name] == value) }

        let alone = Self.facts(isAlone: true).environment
        #expect(alone.map(\.name) == full.map(\.name))
        #expect(alone.first { $0.name == "TRUNKLINE_EVENT_TARGET_ID" }?.value == "")
    }
}
