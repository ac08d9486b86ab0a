extension ParameterTable {
    /// Parameters of the group "Watchdog".
    static let watchdog: [Parameter] = [
        .boolean(
            "failover_when_quorum_exists", .at(\.failoverWhenQuorumExists),
            .startup, since: "3.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Only fail over when the watchdog quorum holds."),
        .boolean(
            "failover_require_consensus", .at(\.failoverRequireConsensus),
            .startup, since: "3.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Only fail over when a majority asks for it."),
        .boolean(
            "allow_multiple_failover_requests_from_node",
            .at(\.allowMultipleFailoverRequestsFromNode),
            .startup, since: "3.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Count repeated requests of one node as votes."),
        .boolean(
            "enable_consensus_with_half_votes", .at(\.enableConsensusWithHalfVotes),
            .startup, since: "4.1", .inactive(.warnTogetherWith("use_watchdog")),
            "Exactly half of the votes is enough."),
        .boolean(
            "wd_remove_shutdown_nodes", .at(\.wdRemoveShutdownNodes),
            .reload, since: "4.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Drop cleanly stopped nodes from membership."),
        .boolean(
            "use_watchdog", .at(\.useWatchdog),
            .startup, since: "3.2",
            .inactive(
                .refuse("this node would act alone and not agree with the other watchdog nodes")),
            "Start the watchdog."),
        .boolean(
            "clear_memqcache_on_escalation", .at(\.clearMemqcacheOnEscalation),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Clear the shared-memory query cache on becoming leader."),
        .text(
            "wd_ipc_socket_dir", .at(\.wdIpcSocketDir),
            .startup, since: "3.5", .inactive(.warnTogetherWith("use_watchdog")),
            "Directory of the watchdog IPC socket."),
        .text(
            "wd_escalation_command", .at(\.wdEscalationCommand),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Command run on becoming leader."),
        .text(
            "wd_de_escalation_command", .at(\.wdDeEscalationCommand),
            .reload, since: "3.5", .inactive(.warnTogetherWith("use_watchdog")),
            "Command run on leaving leadership."),
        .text(
            "trusted_servers", .at(\.trustedServers),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Comma list of hosts pinged to detect isolation."),
        .text(
            "trusted_server_command", .at(\.trustedServerCommand),
            .reload, since: "4.4", .inactive(.warnTogetherWith("use_watchdog")),
            "Ping command; %h = host."),
        .text(
            "delegate_ip", .at(\.delegateIp),
            .startup, since: "4.4", .inactive(.warnTogetherWith("use_watchdog")),
            "Virtual IP taken by the leader; '' = none."),
        .text(
            "ping_path", .at(\.pingPath),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Directory of ping (virtual IP check)."),
        .text(
            "if_cmd_path", .at(\.ifCmdPath),
            .startup, since: "3.5", .inactive(.warnTogetherWith("use_watchdog")),
            "Directory of the ip command."),
        .text(
            "if_up_cmd", .at(\.ifUpCmd),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Command to add the virtual IP; $_IP_$ is replaced."),
        .text(
            "if_down_cmd", .at(\.ifDownCmd),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Command to remove the virtual IP; $_IP_$ is replaced."),
        .text(
            "arping_path", .at(\.arpingPath),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Directory of arping."),
        .text(
            "arping_cmd", .at(\.arpingCmd),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "ARP announcement command; $_IP_$ is replaced."),
        .text(
            "wd_lifecheck_query", .at(\.wdLifecheckQuery),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Statement of the query lifecheck."),
        .text(
            "wd_lifecheck_dbname", .at(\.wdLifecheckDbname),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Database of the query lifecheck."),
        .text(
            "wd_lifecheck_user", .at(\.wdLifecheckUser),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "User of the query lifecheck."),
        .secret(
            "wd_lifecheck_password", .at(\.wdLifecheckPassword),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Password of the query lifecheck user (AES…/TEXT…/plain)."),
        .secret(
            "wd_authkey", .at(\.wdAuthkey),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Shared key of all watchdog nodes and IPC clients."),
        .text(
            "wd_listen_address", .at(\.wdListenAddress),
            .startup, since: "4.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Address for the local watchdog listener instead of hostnameN; * = all."),
        .text(
            "wd_heartbeat_listen_addresses", .at(\.wdHeartbeatListenAddresses),
            .startup, since: "4.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Addresses for the local heartbeat receiver; '' = use heartbeat_hostnameN; * = all."),
        .list(
            "wd_monitoring_interfaces_list", .at(\.wdMonitoringInterfacesList),
            .startup, since: "3.5", .inactive(.warnTogetherWith("use_watchdog")),
            "Network interfaces whose link state is watched; 'any' = all, '' = off."),
        .integer(
            "heartbeat_port", .heartbeat(\.port), 1024...65535,
            .reload, since: "4.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Heartbeat port of node N."),
        .integer(
            "wd_port", .watchdogNode(\.wdPort), 1024...65535,
            .reload, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Watchdog port of node N."),
        .integer(
            "pgpool_port", .watchdogNode(\.pgpoolPort), 1024...65535,
            .reload, since: "4.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Client port of node N."),
        .text(
            "heartbeat_hostname", .heartbeat(\.hostname),
            .reload, since: "4.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Heartbeat address of node N."),
        .text(
            "heartbeat_device", .heartbeat(\.device),
            .reload, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Network device for heartbeat of node N (root only)."),
        .text(
            "hostname", .watchdogNode(\.hostname),
            .reload, since: "4.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Host name of watchdog node N."),
        .integer(
            "wd_priority", .at(\.wdPriority), .int32(),
            .startup, since: "3.5", .inactive(.warnTogetherWith("use_watchdog")),
            "Weight in leader election."),
        .seconds(
            "wd_interval", .at(\.wdInterval), .int32(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Time between lifechecks."),
        .seconds(
            "wd_lost_node_removal_timeout", .at(\.wdLostNodeRemovalTimeout), .int32(),
            .reload, since: "4.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Time before a LOST node loses membership; 0 = never."),
        .seconds(
            "wd_no_show_node_removal_timeout", .at(\.wdNoShowNodeRemovalTimeout), .int32(),
            .reload, since: "4.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Time before a node that never appeared loses membership; 0 = never."),
        .integer(
            "wd_life_point", .at(\.wdLifePoint), .int32(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("use_watchdog")),
            "Failed query-lifechecks before a node is dead."),
        .seconds(
            "wd_heartbeat_keepalive", .at(\.wdHeartbeatKeepalive), .int32(from: 1),
            .startup, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Time between heartbeats sent."),
        .seconds(
            "wd_heartbeat_deadtime", .at(\.wdHeartbeatDeadtime), .int32(from: 1),
            .startup, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "Time without heartbeat before a node is dead."),
        .integer(
            "wd_listen_port", .at(\.wdListenPort), 1024...65535, zeroMeansUnset: true,
            .startup, since: "4.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Port for the local watchdog listener instead of wd_portN; 0 = not set."),
        .integer(
            "wd_heartbeat_listen_port", .at(\.wdHeartbeatListenPort), .int32(),
            .startup, since: "4.7", .inactive(.warnTogetherWith("use_watchdog")),
            "Port for the local heartbeat receiver; 0 = use heartbeat_portN."),
        .choice(
            "wd_lifecheck_method", .at(\.wdLifecheckMethod),
            .startup, since: "3.3", .inactive(.warnTogetherWith("use_watchdog")),
            "How nodes check one another."),
    ]
}
