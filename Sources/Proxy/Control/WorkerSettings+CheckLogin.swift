internal import Credentials
internal import Sessions
internal import Settings

extension WorkerSettings {
    /// Whom the proxy logs in as for its own questions: `sr_check_user`, else the user of the health
    /// check, else `postgres`.
    var checkUser: String {
        [settings.srCheckUser, settings.backendDefaults.healthCheckUser].first { !$0.isEmpty }
            ?? "postgres"
    }

    /// `sr_check_password`, else what pool_passwd has.
    var checkSecret: ServerLogin.Secret {
        let parameter = PasswordParameter(Array(settings.srCheckPassword.utf8))
        switch parameter.own ?? passwords.entry(Array(checkUser.utf8)) {
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
