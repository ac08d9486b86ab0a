import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    @Suite("object mapping")
    struct ObjectMappingTests {
        @Test("an application with SQLAlchemy gets the answers of one server")
        func sqlAlchemy() throws {
            let cluster = try Trio.cluster()
            let refusals = Self.refusals(cluster)
            try Stage.withProxy(before: cluster) { proxy in
                for (scenario, arguments) in [("history", []), ("reading", ["40"])] {
                    let result = try ClientTool.run(
                        [Self.python, "-B", Clients.path("orm.py"), scenario, "\(proxy.port)"]
                            + ["\(cluster.primary.port)"] + arguments,
                        within: .seconds(120))
                    #expect(
                        result.isSuccess,
                        "\(result.summary)\nDid Scripts/bootstrap --tests run?\n\(Stage.logTail(proxy))"
                    )
                    let answers = result.output.trimmingCharacters(in: .newlines)
                    print("SQLAlchemy, \(scenario): \(answers); \(try Trio.share(proxy))")
                    try cluster.waitForReplication()
                }
            }
            // The history writes once in a READ ONLY transaction at REPEATABLE READ: that cannot move,
            // and whether it began on a standby depends on what had been replayed.
            #expect(Self.refusals(cluster) - refusals <= 1, "a standby was asked to write")
        }

        /// How often standbys refused to write, by their logs.
        private static func refusals(_ cluster: LocalCluster) -> Int {
            cluster.standbys.reduce(0) {
                $0 + $1.log.components(separatedBy: "in a read-only transaction").count - 1
            }
        }

        /// The environment that `Scripts/bootstrap --tests` makes.
        private static let python = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".build/venv/bin/python").path
    }
}
