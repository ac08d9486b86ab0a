internal import Credentials
internal import Sessions
internal import Settings

/// As whom the control thread asks a server, and in which database.
struct ControlUser: Sendable {
    var name: String
    var secret: ServerLogin.Secret
    var database: String
}

extension WorkerSettings {
    /// For the proxy's own checks.
    var checks: ControlUser {
        ControlUser(name: checkUser, secret: checkSecret, database: settings.srCheckDatabase)
    }

    /// For recoveries: `recovery_user`, else as for the checks, in `recovery_database`.
    var recoverer: ControlUser {
        let database = settings.recoveryDatabase.isEmpty ? "postgres" : settings.recoveryDatabase
        guard !settings.recoveryUser.isEmpty else {
            return ControlUser(name: checkUser, secret: checkSecret, database: database)
        }
        return ControlUser(
            name: settings.recoveryUser,
            secret: secret(settings.recoveryPassword, of: settings.recoveryUser),
            database: database)
    }

    /// Whom the proxy logs in as for its own questions: `sr_check_user`, else the user of the health
    /// check, else `postgres`.
    var checkUser: String {
        [settings.srCheckUser, settings.backendDefaults.healthCheckUser].first { !$0.isEmpty }
            ?? "postgres"
    }

    /// `sr_check_password`, else what pool_passwd has.
    var checkSecret: ServerLogin.Secret { secret(settings.srCheckPassword, of: checkUser) }

    private func secret(_ text: String, of user: String) -> ServerLogin.Secret {
        let parameter = PasswordParameter(Array(text.utf8))
        switch parameter.own ?? passwords.entry(Array(user.utf8)) {
        case .md5(let stored)?: return .md5(stored)
        case let stored?: return stored.clearText.map { .clearText($0) } ?? .none
        case nil: return .none
        }
    }

    /// How long catalog facts are believed, in nanoseconds. Pgpool-II's "for ever" is "until a
    /// change was seen": what other proxies and direct connections change is not.
    var catalogLifetime: UInt64 {
        let configured = settings.relcacheExpire.nanoseconds
        return configured == 0 ? 600_000_000_000 : configured
    }
}
