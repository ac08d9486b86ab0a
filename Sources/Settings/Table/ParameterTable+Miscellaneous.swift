extension ParameterTable {
    /// Parameters of the group "Files".
    static let miscellaneous: [Parameter] = [
        .path(
            "pid_file_name", .at(\.pidFileName),
            .startup, since: "2.2", .active(.program),
            "PID file; relative to the pgpool.conf directory."),
        .text(
            "work_dir", .at(\.workDir),
            .startup, since: "4.7", .active(.failover),
            "Directory of pgpool_status and other work files."),
    ]
}
