extension ParameterTable {
    /// Parameters of the group "TLS".
    static let tls: [Parameter] = [
        .boolean(
            "ssl", .at(\.ssl),
            .startup, since: "2.3",
            .inactive(.refuse("passwords and data would cross the network unencrypted")),
            "Enable TLS on both client and backend sides."),
        .boolean(
            "ssl_prefer_server_ciphers", .at(\.sslPreferServerCiphers),
            .startup, since: "3.4", .inactive(.warnTogetherWith("ssl")),
            "Use server cipher order."),
        .path(
            "ssl_cert", .at(\.sslCert),
            .startup, since: "2.3", .inactive(.warnTogetherWith("ssl")),
            "Server certificate file (PEM); relative to pgpool.conf directory."),
        .path(
            "ssl_key", .at(\.sslKey),
            .startup, since: "2.3", .inactive(.warnTogetherWith("ssl")),
            "Private key file (PEM); relative to pgpool.conf directory."),
        .path(
            "ssl_ca_cert", .at(\.sslCaCert),
            .startup, since: "2.3", .inactive(.warnTogetherWith("ssl")),
            """
            CA file to verify backend certificates and, if set, to request client certificates; \
            relative to pgpool.conf directory.
            """),
        .text(
            "ssl_ca_cert_dir", .at(\.sslCaCertDir),
            .startup, since: "2.3", .inactive(.warnTogetherWith("ssl")),
            "Hashed directory of CA certificates; not path-adjusted."),
        .path(
            "ssl_crl_file", .at(\.sslCrlFile),
            .startup, since: "4.2", .inactive(.warnTogetherWith("ssl")),
            "Certificate revocation list file; relative to pgpool.conf directory."),
        .text(
            "ssl_ciphers", .at(\.sslCiphers),
            .startup, since: "3.4", .inactive(.warnTogetherWith("ssl")),
            "OpenSSL cipher list for TLS <= 1.2."),
        .text(
            "ssl_ecdh_curve", .at(\.sslEcdhCurve),
            .startup, since: "4.1", .inactive(.warnTogetherWith("ssl")),
            "Curve for ECDH key exchange."),
        .text(
            "ssl_dh_params_file", .at(\.sslDhParamsFile),
            .startup, since: "4.1", .inactive(.warnTogetherWith("ssl")),
            "DH parameter file; not path-adjusted; built-in 2048-bit group when empty or bad."),
        .text(
            "ssl_passphrase_command", .at(\.sslPassphraseCommand),
            .startup, since: "4.2", .inactive(.warnTogetherWith("ssl")),
            "Command printing the key passphrase; %p = prompt text, %% = %."),
    ]
}
