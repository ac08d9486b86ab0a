import Foundation
package import Glibc

/// PostgreSQL's programs on this machine, and the account to run the servers under.
package struct PostgresInstallation: Sendable {
    /// The folder with `initdb`, `pg_ctl`, `psql` and the others; empty where nobody needs them.
    package let programs: String
    /// What a server's command line starts with: empty, or the change to the `postgres` account.
    package let asServerAccount: [String]
    /// The account's user and group id, when we are root and have to change to it.
    package let serverAccount: (user: uid_t, group: gid_t)?

    /// Looks for the newest version under /usr/lib/postgresql, then asks `pg_config`, then PATH.
    ///
    /// PostgreSQL refuses to run as root; then the `postgres` account must exist.
    ///
    /// - Parameters:
    ///   - programs: the folder to look in instead.
    ///   - owner: when we are root, the account of servers that are there already.
    package static func find(
        programs: String? = nil, owner: (user: uid_t, group: gid_t)? = nil
    ) throws -> PostgresInstallation {
        let account = try withoutPrograms(owner: owner)
        return PostgresInstallation(
            programs: try programs.map(checked) ?? programsFolder(),
            asServerAccount: account.asServerAccount, serverAccount: account.serverAccount)
    }

    /// The account alone, for a machine that gets no servers.
    ///
    /// - Parameter owner: when we are root, the account of what is there already.
    package static func withoutPrograms(owner: (user: uid_t, group: gid_t)? = nil) throws
        -> PostgresInstallation
    {
        let isOwned = geteuid() == 0 && (owner?.user ?? 0) != 0
        let account = isOwned ? owner : try serverAccount()
        let prefix = account.map {
            [
                "/usr/bin/setpriv", "--reuid=\($0.user)", "--regid=\($0.group)", "--init-groups",
                "--",
            ]
        }
        return PostgresInstallation(
            programs: "", asServerAccount: prefix ?? [], serverAccount: account)
    }

    /// The full path of a program.
    package func path(_ program: String) -> String { "\(programs)/\(program)" }

    /// Runs one of the programs under the servers' account.
    func run(
        _ command: [String], in folder: String, environment: [String: String] = [:],
        within limit: Duration
    ) throws {
        let program = command.first ?? ""
        let result = try ClientTool.run(
            ["/usr/bin/env", "-C", folder] + asServerAccount + [path(program)]
                + command.dropFirst(), environment: environment, within: limit)
        guard result.isSuccess else {
            throw LocalClusterError(.cannotStart, "\(program): \(result.summary)")
        }
    }

    /// 15 of `initdb (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)`.
    package func majorVersion() throws -> Int {
        // By a cluster's account: its marker, which that account owns, says where the programs are.
        let answer = try ClientTool.run(
            ["/usr/bin/env", "-C", "/"] + asServerAccount + [path("initdb"), "--version"],
            within: .seconds(10))
        let number = answer.output.split(separator: " ").first { $0.first?.isNumber ?? false }
        guard answer.isSuccess, let major = number.flatMap({ Int($0.prefix { $0.isNumber }) })
        else {
            throw LocalClusterError(
                .missing, "\(path("initdb")) does not say its version: \(answer.summary)")
        }
        return major
    }

    private static func serverAccount() throws -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        guard let entry = getpwnam("postgres") else {
            throw LocalClusterError(
                .missing,
                "PostgreSQL does not run as root, and there is no user postgres to change to: make"
                    + " one, or run this as another user")
        }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    private static let needed = ["initdb", "pg_ctl", "psql"]

    private static func checked(_ programs: String) throws -> String {
        let missing = needed.filter {
            !FileManager.default.isExecutableFile(atPath: "\(programs)/\($0)")
        }
        guard missing.isEmpty else {
            throw LocalClusterError(
                .missing,
                "there is no \(missing.joined(separator: ", no ")) in \(programs): that should be"
                    + " the folder of PostgreSQL's server programs, such as"
                    + " /usr/lib/postgresql/15/bin")
        }
        return programs
    }

    private static func programsFolder() throws -> String {
        let files = FileManager.default
        let root = "/usr/lib/postgresql"
        let versions = ((try? files.contentsOfDirectory(atPath: root)) ?? [])
            .compactMap { name in Double(name).map { (number: $0, name: name) } }
            .sorted { $0.number > $1.number }
        var folders = versions.map { "\(root)/\($0.name)/bin" }
        if let answer = try? ClientTool.run(["pg_config", "--bindir"]), answer.isSuccess {
            folders.append(answer.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        folders += (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map(String.init)
        let found = folders.first { folder in
            needed.allSatisfy {
                files.isExecutableFile(atPath: "\(folder)/\($0)")
            }
        }
        guard let found else {
            throw LocalClusterError(
                .missing, "no PostgreSQL server found: install the package postgresql")
        }
        return found
    }
}
