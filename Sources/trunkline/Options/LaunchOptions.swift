import Glibc

/// Which files a proxy is started with, and how: what the command line adds to the configuration.
package struct LaunchOptions: Sendable, Equatable {
    /// pgpool.conf
    package var configurationFile: String
    /// pool_hba.conf
    package var hbaFile: String
    /// pcp.conf
    package var pcpFile: String
    /// The key that decrypts AES entries of pool_passwd.
    package var keyFile: String?
    /// Forget which nodes were down (`-D`).
    package var discardsStatus = false
    /// Delete the cache's table maps (`-C`).
    package var clearsCacheMaps = false
    /// At least DEBUG1 in the log (`-d`).
    package var isDebug = false
    /// Extra checks (`-x`): accepted, there is nothing to switch.
    package var checksAssertions = false

    /// The files of a directory like Debian's /etc/pgpool2.
    package init(directory: String) {
        configurationFile = directory + "/pgpool.conf"
        hbaFile = directory + "/pool_hba.conf"
        pcpFile = directory + "/pcp.conf"
    }

    /// The same as options, which `pgpool` and `trunkline run` understand alike.
    package var arguments: [String] {
        var words = ["-f", configurationFile, "-F", pcpFile, "-a", hbaFile]
        if let keyFile { words += ["-k", keyFile] }
        if discardsStatus { words.append("-D") }
        if clearsCacheMaps { words.append("-C") }
        if isDebug { words.append("-d") }
        if checksAssertions { words.append("-x") }
        return words
    }

    /// Where files are looked for that the command line does not name.
    package static var defaultDirectory: String {
        getenv("TRUNKLINE_SYSCONFDIR").map { String(cString: $0) } ?? "/etc/pgpool2"
    }

    /// A path that still means the same file after the working directory has changed.
    package static func absolute(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") ? path : directory + "/" + path
    }

    /// The directory that relative names on the command line start from.
    package static var workingDirectory: String {
        guard let pointer = getcwd(nil, 0) else { return "/" }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
