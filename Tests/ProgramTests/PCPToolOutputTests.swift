import Operations
import Testing
import trunkline

@Suite struct PCPToolOutputTests {
    /// An answer with these rows and texts, as a server would send it.
    private func answer(_ rows: [[String]] = [], _ texts: [String] = []) -> PCPAnswer {
        var answer = PCPAnswer()
        func body(_ texts: [String]) -> [UInt8] { texts.flatMap { Array($0.utf8) + [0] } }
        for row in rows {
            _ = answer.received(0x69, body(["NodeInfo"] + row), expected: 0x69)
        }
        _ = answer.received(0x69, body(["CommandComplete"] + texts), expected: 0x69)
        return answer
    }

    private func text(
        _ tool: PCPTool, _ answer: PCPAnswer, isVerbose: Bool = false, showsAll: Bool = false
    ) -> String {
        var options = PCPToolOptions(user: "u")
        options.isVerbose = isVerbose
        options.showsAll = showsAll
        return PCPToolOutput.text(answer, of: tool, options, local: { "at \($0)" })
    }

    @Test("success without data is one line")
    func success() {
        #expect(text(.attachNode, answer()) == "pcp_attach_node -- Command Successful\n")
        #expect(text(.stop, answer()) == "pcp_stop_pgpool -- Command Successful\n")
    }

    @Test("counts")
    func counts() {
        #expect(text(.nodeCount, answer([], ["2"])) == "2\n")
        #expect(
            text(.nodeCount, answer([], ["2"]), isVerbose: true)
                == "Node Count\n____________\n 2\n")
        let processes = answer([], ["2", "4711", "4712"])
        #expect(text(.processCount, processes) == "4711 4712 \n")
        #expect(
            text(.processCount, processes, isVerbose: true) == """
                No \t | \t PID
                _____________________
                0 \t | \t 4711
                1 \t | \t 4712

                Total Processes:2

                """)
    }

    private let node = [
        "pg2.local", "5432", "2", "0", "up", "1073741823.500000", "3", "standby", "1", "123",
        "streaming", "async", "1700000000",
    ]

    @Test("a node on a line, whichever generation of server tells it")
    func nodes() {
        let line =
            "pg2.local 5432 2 0.500000 up up standby standby 0.000123 streaming async at 1700000000\n"
        #expect(text(.nodeInfo, answer([node])) == line)
        var short = node
        short.remove(at: 8)
        #expect(
            text(.nodeInfo, answer([short]))
                == line.replacing("0.000123", with: "123"))
        var quarantined = node
        quarantined[2...3] = ["3", "1"]
        quarantined[10...11] = ["", ""]
        #expect(
            text(.nodeInfo, answer([quarantined]))
                == line.replacing(" 2 ", with: " 3 ")
                .replacing(" up up", with: " quarantine up")
                .replacing("streaming async", with: "none none"))
    }

    @Test("unused slots are shown with -a only")
    func unused() {
        let slot = ["", "0", "0", "0", "unknown", "0.000000", "1", "", "0", "0", "", "", "0"]
        #expect(text(.nodeInfo, answer([slot])) == "No node information available\n\n")
        #expect(
            text(.nodeInfo, answer([slot]), showsAll: true)
                == " 0 0 0.000000 unused unknown replica  0 none none at 0\n")
        #expect(text(.nodeInfo, answer([["too", "short"]])).hasPrefix("No node"))
    }

    @Test("a node in lines")
    func verboseNode() {
        var slow = node
        slow[9] = "2000000"
        #expect(
            text(.nodeInfo, answer([slow]), isVerbose: true) == """
                Hostname               : pg2.local
                Port                   : 5432
                Status                 : 2
                Weight                 : 0.500000
                Status Name            : up
                Backend Status Name    : up
                Role                   : standby
                Backend Role           : standby
                Replication Delay      : 2.000000 seconds
                Replication State      : streaming
                Replication Sync State : async
                Last Status Change     : at 1700000000


                """)
    }

    @Test("parameters")
    func parameters() {
        let status = answer([["port", "9999", "the port"]])
        #expect(
            text(.poolStatus, status) == "name : port\nvalue: 9999\ndesc : the port\n\n")
        #expect(
            text(.poolStatus, status, isVerbose: true)
                == "Name [  0]:\tport\nValue:      \t9999\nDescription:\tthe port\n\n")
    }

    private let process = [
        "4711", "start", "3", "0", "1", "test", "alice", "bconn", "cconn", "", "4", "3", "0", "1",
        "5120", "1", "Idle", "1", "localhost", "40112", "select 1;",
    ]

    @Test("processes in the order of columns that scripts know")
    func processes() {
        let line =
            "test alice start 3 3 0 bconn cconn 4  1 5120 1 4711 1 Idle 1 localhost 40112 select 1;\n"
        #expect(text(.processInfo, answer([process])) == line)
        // Pgpool-II 4.3 tells seventeen fields.
        #expect(
            text(.processInfo, answer([Array(process.prefix(17))]))
                == line.replacing(" 1 localhost 40112 select 1;", with: ""))
        let long = text(.processInfo, answer([process]), isVerbose: true)
        #expect(
            long.hasPrefix("Database                  : test\nUsername                  : alice\n"))
        #expect(long.hasSuffix("statement                 : select 1;\n\n"))
        var free = process
        free[5] = ""
        #expect(text(.processInfo, answer([free])) == "No process information available\n\n")
        #expect(text(.processInfo, answer([free]), showsAll: true).hasPrefix(" alice start"))
    }

    @Test("health checks")
    func healthChecks() {
        let texts = (0..<20).map { "v\($0)" }
        #expect(
            text(.healthCheckStatistics, answer([], texts)) == texts.joined(separator: " ") + "\n")
        let lines = text(.healthCheckStatistics, answer([], texts), isVerbose: true)
            .split(separator: "\n")
        #expect(lines.count == 20)
        #expect(lines.first == "Node Id                       : v0")
    }

    @Test("a watchdog cluster")
    func watchdog() {
        let json = """
            { "RemoteNodeCount":1, "MemberRemoteNodeCount":1, "NodesRequireForQuorum":2,
              "QuorumStatus":0, "AliveNodeCount":1, "Escalated":1,
              "LeaderNodeName":"srv1:9999 Linux srv1", "LeaderHostName":"srv1", "NodeCount":1,
              "WatchdogNodes":[ { "ID":0, "State":4, "Membership":0, "MembershipString":"MEMBER",
              "NodeName":"srv1:9999 Linux srv1", "HostName":"srv1", "StateName":"LEADER",
              "DelegateIP":"192.168.0.100", "WdPort":9000, "PgpoolPort":9999, "Priority":1 } ] }
            """
        #expect(
            text(.watchdogInfo, answer([], [json])) == """
                2 2 YES srv1:9999 Linux srv1 srv1

                srv1:9999 Linux srv1 srv1 9999 9000 4 LEADER 0 MEMBER

                """)
        let long = text(.watchdogInfo, answer([], [json]), isVerbose: true)
        #expect(long.hasPrefix("Watchdog Cluster Information \nTotal Nodes              : 2\n"))
        #expect(long.contains("Quorum state             : QUORUM IS ON THE EDGE\n"))
        #expect(long.hasSuffix("Membership Status : MEMBER\n\n"))
        #expect(text(.watchdogInfo, answer([], ["x"])).hasPrefix("No watchdog"))
    }
}
