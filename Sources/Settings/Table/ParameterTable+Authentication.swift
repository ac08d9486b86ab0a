extension ParameterTable {
    /// Parameters of the group "Authentication".
    static let authentication: [Parameter] = [
        .boolean(
            "enable_pool_hba", .at(\.enablePoolHba),
            .reload, since: "<=1.0",
            .inactive(.refuse("clients that pool_hba.conf rejects would be let in")),
            "Evaluate pool_hba.conf for client authentication."),
        .boolean(
            "allow_clear_text_frontend_auth", .at(\.allowClearTextFrontendAuth),
            .reload, since: "4.0", .active(.clientAuthentication),
            """
            If pool_passwd lacks the user, ask the client for a clear-text password to answer a \
            md5/scram backend.
            """),
        .path(
            "pool_passwd", .at(\.poolPasswd),
            .startup, since: "3.0", .active(.clientAuthentication),
            "Password file; a relative name starts at the directory of pgpool.conf; '' = no file."),
        .seconds(
            "authentication_timeout", .at(\.authenticationTimeout), .int32(),
            .startup, since: "<=1.0", .active(.clientAuthentication),
            "Time allowed for a client to authenticate; 0 = no limit."),
    ]
}
