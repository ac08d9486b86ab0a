import CLinux
package import ClusterModel
package import Glibc

/// The account that the servers of a host belong to.
///
/// PostgreSQL's programs refuse to be root, and nothing should be done as root in directories that
/// somebody else can put links into.
package struct HostAccount: Equatable, Sendable {
    package let user: uid_t

    /// - Returns: nil for a user that does not exist, and for root.
    package init?(user: uid_t) {
        guard user != 0, getpwuid(user) != nil else { return nil }
        self.user = user
    }

    /// The account that owns a data directory, or what is there of the path to it.
    ///
    /// Where that is root's, for the directory has yet to be made, it is `postgres`.
    package init?(of server: HostedServer) {
        guard HostPlaces.flaw(inPath: server.dataDirectory) == nil else { return nil }
        var path = HostPlaces.realPath(server.dataDirectory)
        var facts = stat()
        while stat(path, &facts) != 0 {
            guard path != "/" else { return nil }
            path = HostFiles.folder(of: path)
        }
        if let account = HostAccount(user: facts.st_uid) {
            self = account
        } else if let entry = getpwnam("postgres"),
            let account = HostAccount(user: entry.pointee.pw_uid)
        {
            self = account
        } else {
            return nil
        }
    }

    /// Becomes it, for good. For a program of one thread that is root.
    ///
    /// - Returns: whether that went well.
    package func become() -> Bool {
        guard let entry = getpwuid(user), let name = entry.pointee.pw_name else { return false }
        let login = String(cString: name)
        let home = entry.pointee.pw_dir.map { String(cString: $0) } ?? "/"
        guard clinux_become(login, user, entry.pointee.pw_gid) == 0 else { return false }
        setenv("HOME", home, 1)
        setenv("USER", login, 1)
        setenv("LOGNAME", login, 1)
        // What it cannot be in does not help it, and postgres would complain.
        if access(".", X_OK) != 0 { chdir("/") }
        return true
    }
}
