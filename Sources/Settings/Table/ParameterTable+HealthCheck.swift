extension ParameterTable {
    /// Parameters of the group "Health check".
    static let healthCheck: [Parameter] = [
        .boolean(
            "health_check_test", .at(\.healthCheckTest),
            .startup, since: "3.7", .active(.healthCheck),
            """
            Test switch: a line in work_dir/backend_down_request makes a node fail its health \
            check. Not for production.
            """),
        .seconds(
            "health_check_timeout", .backendOrAll(\.healthCheckTimeout), .int32(),
            .reload, since: "<=1.0", .active(.healthCheck),
            "Time after which one check is abandoned; 0 = none."),
        .seconds(
            "health_check_period", .backendOrAll(\.healthCheckPeriod), .int32(),
            .reload, since: "<=1.0", .active(.healthCheck),
            "Time between checks; 0 = off."),
        .integer(
            "health_check_max_retries", .backendOrAll(\.healthCheckMaxRetries), .int32(),
            .reload, since: "3.2", .active(.healthCheck),
            "Extra attempts before the node is declared down."),
        .seconds(
            "health_check_retry_delay", .backendOrAll(\.healthCheckRetryDelay), .int32(),
            .reload, since: "3.2", .active(.healthCheck),
            "Time between attempts."),
        .milliseconds(
            "connect_timeout", .backendOrAll(\.connectTimeout), .int32(),
            .reload, since: "3.4", .active(.nodes),
            "Time allowed for connect() to a backend (health check and ordinary); 0 = none."),
        .text(
            "health_check_user", .backendOrAll(\.healthCheckUser),
            .reload, since: "<=1.0", .active(.healthCheck),
            "User of the check."),
        .secret(
            "health_check_password", .backendOrAll(\.healthCheckPassword),
            .reload, since: "3.1", .active(.healthCheck),
            "Password of the check user (AES…/TEXT…/md5… or plain); empty = look in pool_passwd."),
        .text(
            "health_check_database", .backendOrAll(\.healthCheckDatabase),
            .reload, since: "3.5", .active(.healthCheck),
            "Database of the check."),
    ]
}
