import Foundation
package import Glibc

/// PostgreSQL's programs on this machine, and the account to run the servers under.
package struct PostgresInstallation: Sendable {
    /// The folder with `initdb`, `pg_ctl`, `psql` and the others.
    package let programs: String
    /// What a server's command line starts with: empty, or the change to the `postgres` account.
    package let asServerAccount: [String]
    /// The account's user and group id, when we are root and have to change to it.
    package let serverAccount: (user: uid_t, group: gid_t)?

    /// Looks for the newest version under /usr/lib/postgresql, then asks `pg_config`, then PATH.
    ///
    /// PostgreSQL refuses to run as root; then the `postgres` account must exist.
    package static func find() throws -> PostgresInstallation {
        let account = try serverAccount()
        let prefix =
            account == nil
            ? []
            : ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        return PostgresInstallation(
            programs: try programsFolder(), asServerAccount: prefix, serverAccount: account)
    }

    /// The full path of a program.
    package func path(_ program: String) -> String { "\(programs)/\(program)" }

    private static func serverAccount() throws -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0 else { return nil }
        guard let entry = getpwnam("postgres") else {
            throw LocalClusterError(
                .missing,
                "PostgreSQL does not run as root, and there is no user postgres to change to")
        }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
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
            ["initdb", "pg_ctl", "psql"].allSatisfy {
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
