internal import Credentials
internal import PostgresWire
internal import Sessions

/// What a client asked for at login: the same for all sessions of one application. Immutable.
final class SessionProfile: Sendable {
    let user: [UInt8]
    let database: [UInt8]
    let applicationName: [UInt8]
    /// What servers are told: the client's startup settings in canonical order, `_pq_.` options
    /// and `replication` as the client gave them, without application_name.
    let settings: [StartupMessage.Parameter]
    /// `replication=true|database`: goes to the primary and is never pooled.
    let isReplication: Bool
    /// Everything that two sessions must share to share server connections, but for the
    /// credential: user, database and settings.
    let startupKey: [UInt8]

    init?(_ message: StartupMessage) {
        guard let user = message.value("user"), !user.isEmpty else { return nil }
        self.user = user
        let database = message.value("database") ?? []
        self.database = database.isEmpty ? user : database
        applicationName = message.value("application_name") ?? []
        let replication = message.value("replication").map { String(decoding: $0, as: UTF8.self) }
        isReplication = Self.isReplication(replication?.lowercased())
        let own: Set<[UInt8]> = [
            Array("user".utf8), Array("database".utf8), Array("application_name".utf8),
        ]
        var last: [[UInt8]: [UInt8]] = [:]
        for parameter in message.parameters
        where !own.contains(parameter.name) && !parameter.name.starts(with: "_pq_.".utf8) {
            last[parameter.name] = parameter.value
        }
        settings = last.map { StartupMessage.Parameter(name: $0.key, value: $0.value) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        var key = user + [0] + self.database + [0]
        for parameter in settings { key += parameter.name + [0] + parameter.value + [0] }
        startupKey = key
    }

    /// The startup packet for a server connection of this profile.
    func startupPacket() -> [UInt8] {
        var parameters = [
            StartupMessage.Parameter(name: Array("user".utf8), value: user),
            StartupMessage.Parameter(name: Array("database".utf8), value: database),
        ]
        parameters += settings
        if !applicationName.isEmpty {
            parameters.append(
                StartupMessage.Parameter(
                    name: Array("application_name".utf8), value: applicationName))
        }
        var writer = WireWriter()
        writer.startup(parameters)
        return writer.bytes
    }

    /// PostgreSQL's reading: a boolean, or the word `database`.
    private static func isReplication(_ value: String?) -> Bool {
        guard let value, !value.isEmpty else { return false }
        return !["false", "off", "no", "0", "f", "n"].contains(value)
    }
}

/// Who a session proved to be, and so what its server connections are opened with.
struct SessionCredential: Sendable, Equatable {
    var secret: ServerLogin.Secret
    /// Tells credentials of one user apart without holding them; part of the pool key.
    var identity: CredentialIdentity?

    static let none = SessionCredential(secret: .none, identity: nil)
}
