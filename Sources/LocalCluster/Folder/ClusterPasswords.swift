/// The passwords of a cluster, known while it is made; afterwards its files have them.
/// They are sent to hosts on standard input only.
package struct ClusterPasswords: Codable, Sendable, Equatable {
    /// Of the superuser in PostgreSQL, the proxy and PCP.
    package var superuser: String
    /// Of the role that standbys replicate with.
    package var replication: String

    package init(superuser: String? = nil) {
        self.superuser = superuser ?? Self.generated()
        replication = Self.generated()
    }

    /// 24 letters and digits: 140 bits, from the system's generator.
    package static func generated() -> String {
        let alphabet = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        return String((0..<24).compactMap { _ in alphabet.randomElement() })
    }
}
