import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// The rows of the reference's table of combinations that need no pool_hba.conf.
    @Suite("authentication", .serialized)
    struct AuthenticationTests {
        enum Entry: String, CaseIterable, Sendable {
            case none, md5, text, plain

            func lines(user: String, password: String, md5: String) -> [String] {
                switch self {
                case .none: []
                case .md5: ["\(user):\(md5)"]
                case .text: ["\(user):TEXT\(password)"]
                case .plain: ["\(user):\(password)"]
                }
            }
        }

        enum Expected: Sendable { case works, refused, notAsked }

        struct Combination: Sendable, CustomTestStringConvertible {
            var server: LocalClusterOptions.Authentication
            var entry: Entry
            var clearTextAllowed: Bool

            var expected: Expected {
                switch (server, entry) {
                case (.trust, _): .notAsked
                case (_, .text), (_, .plain): .works
                case (.md5, .md5): .works
                case (.scram, .md5), (.password, .md5): .refused
                case (.password, .none): .works
                case (.md5, .none), (.scram, .none): clearTextAllowed ? .works : .refused
                }
            }

            var testDescription: String {
                "\(server.rawValue), entry \(entry), clear text \(clearTextAllowed ? "on" : "off")"
            }
        }

        static let combinations: [Combination] =
            LocalClusterOptions.Authentication.allCases.flatMap { server in
                Entry.allCases.map { .init(server: server, entry: $0, clearTextAllowed: false) }
                    + [.init(server: server, entry: .none, clearTextAllowed: true)]
            }

        private static let password = "s3cret pass"
        private static let user = (md5: "clerk_md5", scram: "clerk_scram")

        private static let prepared = Result {
            let cluster = try Stage.ownCluster(standbys: 1)
            try cluster.primary.sql(
                """
                set password_encryption = 'md5';
                create role \(user.md5) login password '\(password)';
                set password_encryption = 'scram-sha-256';
                create role \(user.scram) login password '\(password)';
                """)
            try cluster.waitForReplication()
            return cluster
        }

        @Test(
            "right passwords work, fresh and pooled, and wrong ones never", arguments: combinations)
        func combination(_ combination: Combination) throws {
            let cluster = try Self.prepared.get()
            try ask(cluster, combination.server)
            let user = combination.server == .md5 ? Self.user.md5 : Self.user.scram
            let md5 = try "md5" + cluster.primary.value("select md5('\(Self.password)\(user)')")
            let entries = combination.entry.lines(
                user: user, password: Self.password, md5: md5)
            try Stage.withProxy(before: cluster) {
                $0.passwordEntries = entries
                $0.extraLines = [
                    "allow_clear_text_frontend_auth = \(combination.clearTextAllowed ? "on" : "off")"
                ]
            } test: { proxy in
                let said = try Clients(proxy, cluster).scenario(
                    "login.py", "attempts", user, "wrong", Self.password, Self.password, "wrong",
                    "",
                    Self.password
                ).split(separator: " ").map(String.init)
                let refusals: Set<String> = ["28P01", "28000"]
                let isRight = [false, true, true, false, false, true]
                try #require(said.count == isRight.count, "\(said)")
                for (answer, right) in zip(said, isRight) {
                    switch combination.expected {
                    case .notAsked: #expect(answer == "ok", "\(said)")
                    case .refused: #expect(refusals.contains(answer), "\(said)")
                    case .works:
                        #expect(right ? answer == "ok" : refusals.contains(answer), "\(said)")
                    }
                }
            }
        }

        @Test("an unknown user is refused with a clear code, and the same way each time")
        func unknownUser() throws {
            let cluster = try Self.prepared.get()
            try ask(cluster, .scram)
            try Stage.withProxy(before: cluster) {
                $0.passwordEntries = ["nobody_here:whatever"]
            } test: { proxy in
                let said = try Clients(proxy, cluster).scenario(
                    "login.py", "attempts", "nobody_here", "whatever", "whatever", "else")
                #expect(
                    said.split(separator: " ").allSatisfy { ["28P01", "28000"].contains($0) },
                    "\(said)")
            }
        }

        /// Sets the method of the host lines on all servers; the proxy's own checks stay trusted.
        private func ask(
            _ cluster: LocalCluster, _ method: LocalClusterOptions.Authentication
        ) throws {
            for node in cluster.nodes {
                let rules = """
                    local all all trust
                    local replication all trust
                    host all postgres 127.0.0.1/32 trust
                    host all all 127.0.0.1/32 \(method.rawValue)

                    """
                try rules.write(
                    toFile: "\(node.dataFolder)/pg_hba.conf", atomically: false, encoding: .utf8)
                let before = try node.value("select pg_conf_load_time()")
                try node.reload()
                // Each answer is that of a new backend, which knows what the postmaster has loaded.
                let loaded = try Deadline.after(.seconds(30)).poll {
                    try node.value("select pg_conf_load_time()") != before
                }
                #expect(loaded)
                let applied = try Deadline.after(.seconds(10)).poll {
                    let probe = try ClientTool.run([
                        cluster.installation.path("psql"), "-XAtqw", "-h", "127.0.0.1", "-p",
                        "\(node.port)", "-U", Self.user.scram, "-d", Stage.database, "-c",
                        "select 1",
                    ])
                    return probe.isSuccess == (method == .trust)
                }
                #expect(applied)
            }
        }
    }
}
