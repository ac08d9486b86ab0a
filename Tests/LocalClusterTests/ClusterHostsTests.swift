import Foundation
import Glibc
import Testing

@testable import LocalCluster

/// What is known about a cluster on hosts before any host is asked.
@Suite("a cluster on hosts")
struct ClusterHostsTests {
    private func plan(_ names: [String] = ["pg1", "10.0.0.2", "fd00::3"]) -> ClusterPlan {
        var plan = ClusterPlan()
        plan.nodeCount = names.count
        plan.hosts = ClusterHosts(names: names, user: "postgres", key: "/etc/it's/key")
        return plan
    }

    private func folder(_ plan: ClusterPlan, node: Int?) throws -> ClusterFolder {
        ClusterFolder(
            marker: ClusterMarker(
                folder: "/srv/c", entries: [], programs: "", plan: plan, id: "x", node: node),
            installation: try .withoutPrograms())
    }

    @Test("each host has one server, all on one port; the proxy's machine has none")
    func plans() throws {
        let plan = plan()
        #expect(plan.flaw == nil)
        #expect((0..<3).map(plan.port) == [10_002, 10_002, 10_002])
        #expect(
            (-1...3).map(plan.host) == ["127.0.0.1", "pg1", "10.0.0.2", "fd00::3", "127.0.0.1"])
        #expect(plan.ports().map(\.port) == [9999, 10_000])
        #expect(plan.ports(at: 1).map(\.purpose) == ["node 1"])
        #expect(plan.fullName(1) == "node1 on 10.0.0.2")
        #expect(try folder(plan, node: nil).nodes.isEmpty)
        #expect(try folder(plan, node: 2).nodes.map(\.dataFolder) == ["/srv/c/data2"])
        // Without hosts nothing is as with them.
        let local = ClusterPlan()
        #expect(local.ports().map(\.port) == [9999, 10_000, 10_002, 10_003, 10_004])
        #expect(local.fullName(1) == "node1" && local.host(1) == "127.0.0.1")
    }

    @Test("hosts that cannot be are refused")
    func flaws() {
        let names: [(names: [String], flaw: String)] = [
            (["a", "a"], "\"a\" is there twice"), ([""], "is no name of a host"),
            (["-oProxyCommand=x"], "is no name of a host"), (["a b"], "is no name of a host"),
            (["a'b"], "is no name of a host"), (["localhost"], "is another machine"),
            (["LOCALHOST"], "is another machine"), (["127.0.0.1"], "is another machine"),
            (["::1"], "is another machine"), ([], "0 nodes"),
            (Array(repeating: "h", count: 65), "65 nodes"),
        ]
        for (names, flaw) in names {
            #expect(plan(names).flaw?.contains(flaw) == true, "\(names): \(plan(names).flaw ?? "")")
        }
        let others: [(flaw: String, change: (inout ClusterPlan) -> Void)] = [
            ("3 hosts for 2 nodes", { $0.nodeCount = 2 }), ("-1 nodes", { $0.nodeCount = -1 }),
            ("no archive", { $0.archives = true }), ("no archive", { $0.authentication = .trust }),
            ("no archive", { $0.replication = .none }), ("no archive", { $0.hasServers = false }),
            ("is no account", { $0.hosts?.user = "a b" }),
            ("is no account", { $0.hosts?.user = "-l" }),
            ("is no path of a key", { $0.hosts?.key = "key" }),
            ("is no program", { $0.hosts?.program = "trunkline; rm -rf x" }),
            ("is no program", { $0.hosts?.program = "$(id)" }),
            ("is no program", { $0.hosts?.program = "" }),
        ]
        for (flaw, change) in others {
            var plan = plan()
            change(&plan)
            #expect(plan.flaw?.contains(flaw) == true, "\(flaw): \(plan.flaw ?? "none")")
        }
    }

    @Test("the proxy's file says how its hosts are reached")
    func configuration() throws {
        let files = ProxyFiles(
            cluster: try folder(plan(), node: nil), templates: .init(), password: "x")
        for line in [
            "backend_hostname0 = 'pg1'", "backend_hostname2 = 'fd00::3'", "backend_port2 = 10002",
            "backend_data_directory2 = '/srv/c/data2'", "backend_application_name2 = 'node2'",
            "recovery_transport = ssh", "recovery_ssh_user = 'postgres'",
            "recovery_ssh_key = '/etc/it''s/key'", "recovery_host_command = 'trunkline host'",
        ] {
            #expect(files.configuration.contains("\n\(line)\n"), "\(line)")
        }
        let local = ProxyFiles(
            cluster: try folder(ClusterPlan(), node: nil), templates: .init(), password: "x")
        #expect(!local.configuration.contains("ssh"))
    }

    @Test("servers listen to all, and let in whom the rules name")
    func serverFiles() {
        let files = ServerFiles(
            plan: plan(), socketFolder: "/srv/c/run", archiveFolder: "", passwordFile: "/p",
            version: 15)
        #expect(files.settings.contains("listen_addresses = '*'\n"))
        #expect(files.origin(1) == "host=10.0.0.2 port=10002 user=replicator passfile=/p")
        #expect(
            ServerFiles.rules(for: ["fd00::1", "10.0.0.1", "fd00::1"], .scram) == [
                "host  all  all  10.0.0.1/32  scram-sha-256",
                "host  replication  all  10.0.0.1/32  scram-sha-256",
                "host  all  all  fd00::1/128  scram-sha-256",
                "host  replication  all  fd00::1/128  scram-sha-256",
            ])
    }

    @Test("the own address is the one that others see")
    func addresses() throws {
        #expect(try OwnAddress.seen(by: "127.0.0.1") == ["127.0.0.1"])
        let none = String(repeating: "x", count: 300)
        #expect(throws: LocalClusterError.self) { try OwnAddress.seen(by: none) }
    }

    private var tasks: [ClusterOrder.Task] {
        let passwords = ClusterPasswords(superuser: "a\"\\\n'ü")
        return [
            .look(plan(), programs: nil), .look(plan(), programs: "/usr/bin"),
            .make(
                ClusterOrder.Make(plan: plan(), others: ["x"], proxy: "/p", passwords: passwords)),
            .initialize(node: 0, passwords), .start(node: 1), .prepare(node: 0, passwords),
            .copy(node: 2), .awaitStandbys(node: 0), .synchronize(node: 2), .complete,
            .stop(node: 1, .immediate), .examine(asks: true), .discard(keepsFolder: true),
        ]
    }

    @Test("orders and answers are the same after the wire")
    func roundTrip() throws {
        for task in tasks {
            let order = ClusterOrder(folder: "/srv/c", id: "x", node: 1, task: task)
            let line = try #require(ClusterWire.line(order))
            #expect(line.last == 10 && !line.dropLast().contains(10))
            #expect(ClusterWire.order(line) == order)
            // Whatever is missing at its end, it is no order.
            for count in stride(from: 0, to: line.count - 2, by: 7) {
                #expect(ClusterWire.order(line.prefix(count)) == nil)
            }
        }
        let answers: [ClusterAnswer] = [
            .done, .made(isNewFolder: true), .discarded(others: ["x"]), .foreign,
            .looked(.init(folder: "/c", version: 15, addresses: ["10.0.0.1"])),
            .failed(LocalClusterError(.refused, "no\nway")),
            .examined([
                ServerFacts(
                    node: 1, processID: 7, startsAsStandby: true, timeline: 2,
                    answer: .init(isStandby: true, isStreaming: false, position: nil))
            ]),
        ]
        for answer in answers {
            #expect(ClusterWire.answer(try #require(ClusterWire.line(answer))) == answer)
        }
    }

    /// What an order is answered with.
    private func answer(_ text: String) -> String {
        guard
            case .failed(let error)? = ClusterWire.answer(ClusterWire.answer(to: Array(text.utf8)))
        else { return "" }
        return error.description
    }

    private func answer(_ node: Int?, _ task: ClusterOrder.Task, folder: String = "/no/where/c")
        throws -> String
    {
        let order = ClusterOrder(folder: folder, id: "x", node: node, task: task)
        return answer(String(decoding: try #require(ClusterWire.line(order)), as: UTF8.self))
    }

    @Test("orders that nobody should give are answered, and nothing else happens")
    func strangeOrders() throws {
        for text in [
            "", "{}", "[]", "null", "\u{0}", "{\"folder\":1}", String(repeating: "[", count: 9000),
            String(repeating: "x", count: 70_000),
            #"{"folder":"/c","id":"x","task":{"start":{"node":1e99}}}"#,
            #"{"folder":"/c","id":"x","task":{"rm":{}}}"#,
        ] {
            #expect(answer(text).contains("none that this program knows"), "\(text.prefix(40))")
        }
        for task in tasks.dropFirst(3).dropLast() {
            #expect(try answer(1, task).contains("No such file"), "\(task)")
        }
        var plan = plan()
        #expect(try answer(7, .look(plan, programs: nil)) == "there is no host 7 in the plan")
        #expect(try answer(-1, .look(plan, programs: nil)) == "there is no host -1 in the plan")
        plan.nodeCount = Int.max
        #expect(try answer(0, .look(plan, programs: nil)).contains("1 to 64"))
        let passwords = ClusterPasswords()
        let make = ClusterOrder.Make(plan: plan, passwords: passwords)
        #expect(try answer(0, .make(make)).contains("1 to 64"))
    }

    @Test("a folder is only touched by orders for what is in it")
    func identity() throws {
        let parent = "/tmp/trunkline-part-\(UInt32.random(in: 0 ... .max))"
        let files = FileManager.default
        try files.createDirectory(atPath: parent, withIntermediateDirectories: false)
        defer { try? files.removeItem(atPath: parent) }
        func order(_ id: String, _ node: Int?, _ task: ClusterOrder.Task) -> ClusterOrder {
            ClusterOrder(folder: "\(parent)/c", id: id, node: node, task: task)
        }
        let make = ClusterOrder.Make(plan: plan(), passwords: ClusterPasswords())
        #expect(try order("x", 1, .make(make)).perform() == .made(isNewFolder: true))
        let marker = try ClusterMarker.read(in: "\(parent)/c")
        #expect(marker.entries == ["etc", "run", "log", ClusterMarker.fileName, "data1"])
        #expect(!marker.isComplete && marker.node == 1 && marker.id == "x")
        // Another cluster, another node, and somebody who takes it for a whole one.
        #expect(try order("y", 1, .discard(keepsFolder: false)).perform() == .foreign)
        #expect(try order("x", 0, .discard(keepsFolder: false)).perform() == .foreign)
        #expect(throws: LocalClusterError.self) { try order("y", 1, .complete).perform() }
        #expect(throws: LocalClusterError.self) { try order("x", 1, .start(node: 0)).perform() }
        #expect(throws: LocalClusterError.self) { try ClusterFolder.open("\(parent)/c") }
        // A second name of the same machine.
        let twice = #expect(throws: LocalClusterError.self) {
            try order("x", 2, .make(make)).perform()
        }
        #expect(twice?.description.hasPrefix("this is the machine of node1, too") == true)
        #expect(try order("x", 1, .complete).perform() == .done)
        #expect(try ClusterMarker.read(in: "\(parent)/c").isComplete)
        guard case .examined(let facts) = try order("x", 1, .examine(asks: true)).perform()
        else { throw LocalClusterError(.missing, "no facts") }
        #expect(
            facts == [ServerFacts(node: 1, processID: nil, startsAsStandby: false, timeline: 0)])
        #expect(
            try order("x", 1, .discard(keepsFolder: false)).perform() == .discarded(others: []))
        #expect(!files.fileExists(atPath: "\(parent)/c"))
        // Once more is once enough.
        #expect(
            try order("x", 1, .discard(keepsFolder: false)).perform() == .discarded(others: []))
    }

    @Test("a marker with strange numbers is refused")
    func markers() throws {
        let folder = "/tmp/trunkline-marker-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func read(_ count: Int, _ node: Int?) throws -> ClusterMarker {
            var plan = plan()
            plan.nodeCount = count
            let marker = ClusterMarker(
                folder: folder, entries: [], programs: "", plan: plan, node: node)
            try marker.write()
            return try ClusterMarker.read(in: folder)
        }
        #expect(try read(3, 2).node == 2)
        for (count, node) in [(-1, nil), (0, nil), (Int.max, nil), (2, nil), (3, 3), (3, -1)] {
            #expect(throws: LocalClusterError.self, "\(count) \(String(describing: node))") {
                try read(count, node)
            }
        }
    }

    @Test("hosts need the same major version")
    func versions() throws {
        func check(_ versions: [Int]) throws {
            try ClusterFolder.checkVersions(
                versions.enumerated().map {
                    ("pg\($0)", .init(folder: "/c", version: $1, addresses: []))
                })
        }
        for versions in [[], [15], [15, 15, 15]] { try check(versions) }
        let error = #expect(throws: LocalClusterError.self) { try check([15, 15, 16]) }
        #expect(error?.description.hasPrefix("pg0 has PostgreSQL 15 and pg2 has 16:") == true)
    }

    @Test("who is the primary follows from the timelines")
    func primaries() {
        func server(_ node: Int, _ isStandby: Bool, _ timeline: Int) -> ServerFacts {
            ServerFacts(node: node, processID: nil, startsAsStandby: isStandby, timeline: timeline)
        }
        let cases: [(servers: [ServerFacts], primary: Int?, outdated: Set<Int>)] = [
            ([], nil, []),
            ([server(0, false, 1), server(1, true, 1)], 0, []),
            ([server(0, false, 1), server(1, false, 2), server(2, true, 2)], 1, [0]),
            ([server(0, false, 1), server(1, true, 2)], 0, []),
            ([server(0, true, 1), server(1, true, 1)], nil, []),
        ]
        for (servers, primary, outdated) in cases {
            #expect(servers.currentPrimary == primary)
            #expect(servers.outdatedPrimaries == outdated)
        }
    }

    @Test("a host that does not answer has a line of its own in the report")
    func report() {
        func server(_ node: Int, _ isStandby: Bool, _ position: Int64?) -> ServerFacts {
            ServerFacts(
                node: node, processID: 5, startsAsStandby: isStandby, timeline: 1,
                answer: .init(isStandby: isStandby, isStreaming: isStandby, position: position))
        }
        let report = ClusterReport(
            plan(), [server(0, false, .max), server(1, true, .min)], problems: [2: "no way"],
            proxy: nil)
        #expect(report.nodes.map(\.state) == ["running", "streaming", "unreachable"])
        #expect(report.nodes.map(\.host) == ["pg1", "10.0.0.2", "fd00::3"])
        #expect(report.nodes.map(\.problem) == [nil, nil, "no way"])
        #expect(report.nodes[1].lagBytes == nil && !report.isComplete)
    }
}
