import LocalCluster
import Testing

extension EndToEnd {
    @Suite("hostile input")
    struct HostileInputTests {
        @Test(
            "ends in an error or a close, and the next client is served",
            arguments: [
                "startup_garbage", "startup_lengths", "truncated", "byte_by_byte",
                "message_garbage", "oversized", "encryption_requests", "cancel_garbage",
                "segment_in_pieces",
            ])
        func hostile(scenario: String) throws {
            try Stage.withProxy { proxy in
                try Clients(proxy).scenario("hostile.py", scenario, within: .seconds(120))
                let free = Deadline.after(.seconds(10)).poll { (try? proxy.status().clients) == 0 }
                #expect(free, "a session slot is stuck: \(Stage.state(proxy))")
                #expect(proxy.peakResidentBytes < 200 << 20)
            }
        }
    }

    @Suite("protocol")
    struct ProtocolTests {
        @Test(
            "is PostgreSQL's own",
            arguments: [
                "version_2", "versions", "pipelines", "asynchronous", "replication", "errors",
            ])
        func conversation(scenario: String) throws {
            try Stage.withProxy { try Clients($0).scenario("protocol.py", scenario) }
        }

        @Test("pg_basebackup takes a whole server through it")
        func baseBackup() throws {
            try Stage.withProxy { proxy in
                let clients = try Clients(proxy)
                let folder = "\(proxy.folder)/backup"
                let taken = try clients.run(
                    "pg_basebackup",
                    ["-D", folder, "-X", "stream", "--checkpoint=fast", "--no-sync"])
                #expect(taken.isSuccess, "\(taken.summary)\n\(Stage.logTail(proxy))")
                let verified = try ClientTool.run([
                    clients.cluster.installation.path("pg_verifybackup"), folder,
                ])
                #expect(verified.isSuccess, "\(verified.summary)")
            }
        }
    }

    @Suite("cancel")
    struct CancelTests {
        @Test("wakes the right session at once")
        func right() throws {
            try Stage.withProxy { try Clients($0).scenario("cancel.py", "right_session") }
        }

        @Test("needs the right key")
        func wrongKeys() throws {
            try Stage.withProxy { try Clients($0).scenario("cancel.py", "wrong_keys") }
        }

        @Test("that comes late hits no other client")
        func late() throws {
            try Stage.withProxy { try Clients($0).scenario("cancel.py", "late", 100) }
        }

        @Test("between two statements does nothing")
        func between() throws {
            try Stage.withProxy { try Clients($0).scenario("cancel.py", "between_statements") }
        }
    }

    @Suite("pool")
    struct PoolTests {
        @Test("what a client leaves behind is invisible to the next one")
        func leave() throws {
            try Stage.withProxy {
                try Clients($0).scenario("reset.py", "leave", within: .seconds(120))
            }
        }

        @Test("a server connection outlives its session")
        func reuse() throws {
            try Stage.withProxy { try Clients($0).scenario("reset.py", "reuse") }
        }

        @Test("without connection_cache it does not")
        func reuseNone() throws {
            try Stage.withProxy {
                $0.extraLines = ["connection_cache = off"]
            } test: {
                try Clients($0).scenario("reset.py", "reuse_none")
            }
        }

        @Test("startup settings stay with the session that brought them")
        func ownSettings() throws {
            try Stage.withProxy { try Clients($0).scenario("reset.py", "own_settings") }
        }
    }

    @Suite("endings")
    struct EndingTests {
        @Test(
            "of sessions and segments are PostgreSQL's",
            arguments: [
                "half_batch", "goodbye", "query_ends_segment", "deallocate", "drop_database",
                "first_write_after_error",
            ])
        func ending(scenario: String) throws {
            try Stage.withProxy { try Clients($0).scenario("endings.py", scenario) }
        }
    }

    @Suite("limits")
    struct LimitTests {
        @Test("sessions over num_init_children wait in their order")
        func queue() throws {
            try Stage.withProxy {
                $0.sessionsMax = 4
            } test: {
                try Clients($0).scenario("limits.py", "queue", 4)
            }
        }

        @Test("with reserved_connections they are refused with 53300")
        func reserved() throws {
            try Stage.withProxy {
                $0.sessionsMax = 6
                $0.extraLines = ["reserved_connections = 2"]
            } test: {
                try Clients($0).scenario("limits.py", "reserved", 4)
            }
        }

        @Test("client_idle_limit ends the idle and not the busy")
        func idleLimit() throws {
            try Stage.withProxy {
                $0.extraLines = ["client_idle_limit = 1"]
            } test: {
                try Clients($0).scenario("limits.py", "idle_limit")
            }
        }

        @Test("authentication_timeout ends a client that says nothing")
        func loginTimeout() throws {
            try Stage.withProxy {
                $0.extraLines = ["authentication_timeout = 2"]
            } test: {
                try Clients($0).scenario("limits.py", "login_timeout", 2)
            }
        }
    }
}
