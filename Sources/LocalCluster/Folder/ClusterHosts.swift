/// The hosts of a cluster whose servers are not on one machine, and how they are reached.
package struct ClusterHosts: Codable, Sendable, Equatable {
    /// By node. As ssh takes them, and as the proxy and the other hosts call them.
    package var names: [String]
    /// The account there; nil: as ssh's configuration says.
    package var user: String?
    /// The file of a private key; nil: what ssh finds by itself.
    package var key: String?
    /// Our program there: a path, or a name on the account's PATH.
    package var program = "trunkline"

    package init(names: [String], user: String? = nil, key: String? = nil) {
        self.names = names
        self.user = user
        self.key = key
    }

    /// What is wrong with them; nil if nothing is. All of these are in configuration files and
    /// command lines, and the program is read by a shell.
    package var flaw: String? {
        for name in names {
            guard Self.isPlain(name, others: "._-:"), name.utf8.count <= 253 else {
                return "\"\(name)\" is no name of a host"
            }
            guard !Self.isLoopback(name) else {
                return "\"\(name)\" is another machine for every host: take a name or an address"
                    + " by which all of them, and this one, reach it"
            }
        }
        if let twice = Set(names).first(where: { name in names.count { $0 == name } > 1 }) {
            return "\"\(twice)\" is there twice: each host has one server"
        }
        if let user, !Self.isPlain(user, others: "._-") {
            return "\"\(user)\" is no account for ssh"
        }
        if let key, !key.hasPrefix("/") || key.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            return "\"\(key)\" is no path of a key"
        }
        guard Self.isPlain(program, others: "/._-+@=") else {
            return "\"\(program)\" is no program: a shell reads it there. Take letters, digits and"
                + " / . _ - + @ ="
        }
        return nil
    }

    private static func isPlain(_ text: String, others: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || others.contains($0))
            }
    }

    private static func isLoopback(_ name: String) -> Bool {
        let lowered = name.lowercased()
        return lowered == "localhost" || lowered.hasPrefix("localhost.")
            || lowered.hasPrefix("127.") || lowered == "::1"
    }
}
