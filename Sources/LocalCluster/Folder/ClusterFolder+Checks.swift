import Foundation
import Glibc

/// What is looked at before anything is made, so that what cannot work leaves no traces.
extension ClusterFolder {
    /// A Unix socket's address has room for 107 bytes; this is the longest name in the folder.
    private static let socketNameMax = "/.s.TRUNKLINE.65535".utf8.count

    /// The real path of a folder that a cluster can be made in: one that is empty, or not there.
    static func prepared(_ folder: String, _ plan: ClusterPlan) throws -> String {
        let path = try exists(folder) ? realPath(folder) : realPathOfNew(folder)
        try checkName(path, plan)
        if try exists(path) { try checkIsEmpty(path) }
        return path
    }

    private static func exists(_ path: String) throws -> Bool {
        var facts = stat()
        if lstat(path, &facts) == 0 { return true }
        guard errno == ENOENT else { throw failure(path) }
        return false
    }

    private static func realPathOfNew(_ folder: String) throws -> String {
        let url = URL(fileURLWithPath: folder).standardizedFileURL
        let parent = url.deletingLastPathComponent().path
        guard let resolved = realpath(parent, nil) else {
            throw LocalClusterError(
                .refused,
                "\(parent): \(String(cString: strerror(errno))); it must be there, only"
                    + " its last part, \(url.lastPathComponent), is made")
        }
        defer { free(resolved) }
        let real = String(cString: resolved)
        return real == "/" ? "/\(url.lastPathComponent)" : "\(real)/\(url.lastPathComponent)"
    }

    /// Its name is in configuration files, and in commands that the servers hand to a shell.
    private static func checkName(_ path: String, _ plan: ClusterPlan) throws {
        let strange = path.first { !($0.isLetter || $0.isNumber || "/._-+@=".contains($0)) }
        if let strange {
            throw LocalClusterError(
                .refused,
                "\(path) has a \"\(strange)\" in its name: servers hand their paths to a shell."
                    + " Take letters, digits and . _ - + @ =")
        }
        let sockets = plan.socketFolder ?? "\(path)/run"
        let excess = sockets.utf8.count + socketNameMax - 107
        guard excess <= 0 else {
            throw LocalClusterError(
                .refused,
                "\(path) is \(excess) bytes too long: the Unix sockets in it could not be addressed"
            )
        }
    }

    private static func checkIsEmpty(_ path: String) throws {
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw LocalClusterError(.missing, "\(path) cannot be read")
        }
        guard !entries.isEmpty else { return }
        if let marker = try? ClusterMarker.read(in: path) {
            throw LocalClusterError(
                .refused,
                marker.isComplete
                    ? "\(path) is a cluster already: \"trunkline cluster start \(path)\" starts it,"
                        + " \"trunkline cluster destroy \(path)\" removes it"
                    : "\(path) has a cluster that was not made to its end:"
                        + " \"trunkline cluster destroy \(path)\" removes it")
        }
        let names = entries.sorted().prefix(3).joined(separator: ", ")
        throw LocalClusterError(
            .refused,
            "\(path) is not empty (\(names)\(entries.count > 3 ? " ..." : "")): name a folder that"
                + " is empty or not there yet")
    }

    /// Every port free and used once.
    static func checkPorts(_ ports: [ClusterPlan.Port], isFree: (UInt16) -> Bool = FreePort.isFree)
        throws
    {
        var users: [UInt16: String] = [:]
        for (purpose, port) in ports {
            guard port >= 1024 else {
                throw LocalClusterError(
                    .refused, "port \(port) for \(purpose): take 1024 to 65535")
            }
            if let other = users.updateValue(purpose, forKey: port) {
                throw LocalClusterError(
                    .refused, "port \(port) would be that of \(other) and of \(purpose)")
            }
        }
        let taken = ports.filter { !isFree($0.port) }
        guard !taken.isEmpty else { return }
        let lines = taken.map { purpose, port in
            let owner = ProcessFacts.listener(on: port).map { " by \($0)" } ?? ""
            return "port \(port), for \(purpose), is taken\(owner)"
        }
        throw LocalClusterError(
            .refused, (lines + [advice(ports, isFree)]).joined(separator: "\n"))
    }

    /// How far from these ports all of them would be free.
    private static func advice(_ ports: [ClusterPlan.Port], _ isFree: (UInt16) -> Bool)
        -> String
    {
        let distance = stride(from: 100, to: 20_000, by: 100).first { distance in
            ports.allSatisfy { entry in
                let port = UInt16(exactly: Int(entry.port) + distance)
                return port.map(isFree) ?? false
            }
        }
        return distance.map { "All of them are free \($0) higher." } ?? "Take other ports."
    }

    /// The servers' account must get to the folder, and be able to run the proxy's program.
    func checkReach(program: String?) throws {
        guard installation.serverAccount != nil else { return }
        func can(_ words: [String]) throws -> Bool {
            try ClientTool.run(
                ["/usr/bin/env", "-C", "/"] + installation.asServerAccount + ["test"] + words,
                within: .seconds(10)
            ).isSuccess
        }
        guard try can(["-w", path, "-a", "-x", path]) else {
            throw LocalClusterError(
                .refused,
                "servers and proxy run as postgres, because PostgreSQL does not run as root, and"
                    + " postgres cannot get to \(path): take a folder below one that everybody may enter,"
                    + " such as /var/lib/postgresql, or run this as another user")
        }
        if let program, try !can(["-x", program]) {
            throw LocalClusterError(
                .refused,
                "the proxy runs as postgres, as the servers do, and postgres cannot run \(program):"
                    + " install it (\"make install\"), or run this as another user")
        }
    }
}
