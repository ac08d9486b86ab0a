import ClusterModel
import Foundation

/// A server of Debian's layout: its configuration lies in /etc/postgresql, and pg_ctlcluster starts
/// it.
struct DebianCluster: Equatable {
    let version: String
    let name: String

    static let root = "/etc/postgresql"

    var configurationFile: String { "\(Self.root)/\(version)/\(name)/postgresql.conf" }
    var log: String { "/var/log/postgresql/postgresql-\(version)-\(name).log" }
    /// The unit of systemd.
    var unit: String { "postgresql@\(version)-\(name).service" }

    init?(version: String, name: String) {
        guard version.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), !version.isEmpty,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }),
            let first = name.first, first.isLetter || first.isNumber
        else { return nil }
        self.version = version
        self.name = name
    }

    /// The one that a configuration file belongs to.
    init?(configurationFile: String) {
        let parts = configurationFile.split(separator: "/").map(String.init)
        guard parts.count == 5, configurationFile.hasPrefix(Self.root + "/"),
            parts[4] == "postgresql.conf"
        else { return nil }
        self.init(version: parts[2], name: parts[3])
    }

    /// The one whose data directory this is.
    init?(data: String) {
        for version in HostFiles.names(in: Self.root) {
            for name in HostFiles.names(in: "\(Self.root)/\(version)") {
                guard let cluster = DebianCluster(version: version, name: name),
                    let text = HostFiles.text(cluster.configurationFile),
                    let place = ConfigurationLines(text).value("data_directory"),
                    HostPlaces.realPath(place) == data
                else { continue }
                self = cluster
                return
            }
        }
        return nil
    }
}
