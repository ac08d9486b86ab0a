import ClusterModel
import Foundation
import Testing

@testable import Coordination

@Suite("What a host allows")
struct HostPermitsTests {
    @Test(
        "the file has allowed directories and sources, and allows nothing if it is not understood",
        arguments: [
            ("", [], nil), ("# x\n\n allow = /srv/pg # y\n", ["/srv/pg"], nil),
            ("allow='/a b'\nallow=/c\nsource = db1\nsource=db2", ["/a b", "/c"], ["db1", "db2"]),
            ("allow = /a\nalow = /b", [], nil), ("allow", [], nil), ("start = /a", [], nil),
        ] as [(String, [String], [String]?)])
    func file(text: String, directories: [String], sources: [String]?) {
        let permits = HostPermits(text: text)
        #expect(permits == HostPermits(directories: directories, sources: sources))
    }

    @Test("the file says what starts a server")
    func start() {
        let permits = HostPermits(
            text: "allow = /no\nstart = /no/data  sudo -n systemctl start  postgresql-15 # x\n")
        #expect(permits.directories == ["/no"])
        #expect(
            permits.start(of: "/no/data") == ["sudo", "-n", "systemctl", "start", "postgresql-15"])
        #expect(permits.start(of: "/no") == nil)
    }

    @Test("without a file and without options everything is allowed")
    func loading() throws {
        let scratch = try ScratchDirectory()
        #expect(HostPermits.load(scratch.file("none")) == .all)
        #expect(
            HostPermits.load(scratch.file("none"), allowed: ["/a"]).directories == ["/a"])
        try scratch.write("allow = /b\n", to: "host.conf")
        #expect(
            HostPermits.load(scratch.file("host.conf"), allowed: ["/a"]).directories
                == ["/b", "/a"])
        // A directory in its place.
        #expect(HostPermits.load(scratch.path).directories == [])
    }

    private static func isAllowed(_ request: HostRequest, _ permits: HostPermits) -> Bool {
        do throws(HostFailure) {
            try permits.check(request)
            return true
        } catch {
            return false
        }
    }

    @Test("a directory is allowed by its name and by what its links lead to")
    func directories() throws {
        let scratch = try ScratchDirectory()
        let files = FileManager.default
        for name in ["ok/data", "secret/data"] {
            try files.createDirectory(
                atPath: scratch.file(name), withIntermediateDirectories: true)
        }
        try files.createSymbolicLink(
            atPath: scratch.file("ok/link"), withDestinationPath: scratch.file("secret/data"))
        let permits = HostPermits(directories: [scratch.file("ok") + "/"])
        for (path, isAllowed) in [
            (scratch.file("ok/data"), true), (scratch.file("ok/new"), true),
            (scratch.file("ok"), true), (scratch.file("okay"), false),
            (scratch.file("ok/link"), false), (scratch.file("ok/../secret/data"), false),
            (scratch.file("ok/./data"), false), (scratch.file("ok//data"), false),
            (scratch.file("secret/data"), false), ("ok/data", false), ("", false),
        ] {
            let request = HostRequest(
                server: HostedServer(node: 0, dataDirectory: path, port: 1), job: "j",
                action: .start)
            #expect(Self.isAllowed(request, permits) == isAllowed, "\(path)")
        }
    }

    @Test("programs, files, sources and settings are limited, too")
    func others() {
        let permits = HostPermits(directories: ["/srv/pg"], sources: ["db1"])
        func isAllowed(
            _ action: HostRequest.Action = .start, _ change: (inout HostedServer) -> Void
        ) -> Bool {
            var server = HostedServer(node: 0, dataDirectory: "/srv/pg/data", port: 1)
            change(&server)
            return Self.isAllowed(HostRequest(server: server, job: "j", action: action), permits)
        }
        #expect(isAllowed { _ in })
        #expect(isAllowed { $0.binDirectory = "/usr/bin" })
        #expect(!isAllowed { $0.binDirectory = "/tmp" })
        #expect(!isAllowed { $0.binDirectory = "/no/such/directory" })
        #expect(isAllowed { $0.configurationFile = "/etc/postgresql/15/main/postgresql.conf" })
        #expect(!isAllowed { $0.configurationFile = "/tmp/postgresql.conf" })
        #expect(isAllowed { $0.logFile = "/srv/pg/log" })
        #expect(!isAllowed { $0.logFile = "/srv/pgx/log" })
        for (host, isFine) in [("db1", true), ("db2", false)] {
            let source = SourceServer(host: host, port: 1, user: "u", applicationName: "a")
            #expect(isAllowed(.rewind(from: source)) { _ in } == isFine)
            #expect(isAllowed(.tryReplication(from: source)) { _ in } == isFine)
        }
        let source = SourceServer(host: "db1", port: 1, user: "u", applicationName: "a")
        for (name, isFine) in [("port", true), ("Port", true), ("restore_command", false)] {
            let action = HostRequest.Action.configure(
                .data, from: source, slot: nil, settings: [name: "1"])
            #expect(isAllowed(action) { _ in } == isFine, "\(name)")
        }
    }
}
