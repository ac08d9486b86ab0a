package import LocalCluster

/// The files that `pgpool_setup` leaves beside the cluster's own.
package struct PgpoolSetupScripts: Sendable {
    package var folder: String
    package var plan: ClusterPlan
    package var options: PgpoolSetupOptions
    /// Programs of this project are in its `bin`.
    package var installFolder: String
    /// PostgreSQL's programs.
    package var programs: String
    /// What a server's command line starts with, when root made the cluster.
    package var asServerAccount: [String]

    package init(
        folder: String, plan: ClusterPlan, options: PgpoolSetupOptions, installFolder: String,
        programs: String, asServerAccount: [String]
    ) {
        self.folder = folder
        self.plan = plan
        self.options = options
        self.installFolder = installFolder
        self.programs = programs
        self.asServerAccount = asServerAccount
    }

    /// Every file that is written, without those of the cluster.
    package static let names = [
        "startall", "shutdownall", "pgpool_reload", "README.port", "bashrc.ports", "pcppass",
        "pgpool_setup.log", "bin",
    ]

    private var head: String {
        var text = """
            #!/bin/sh
            # Written by pgpool_setup.
            dir=$(cd "$(dirname "$0")" && pwd)
            PGPOOL_INSTALL_DIR=\(installFolder)

            """
        if let libraries = options.libraries {
            text += "export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:\(libraries)\n"
        }
        return text
    }

    /// Blank at its end.
    private var account: String { asServerAccount.map { $0 + " " }.joined() }

    private var servers: Range<Int> { 0..<(plan.hasServers ? plan.nodeCount : 0) }

    /// Starts the servers and pgpool.
    package var startAll: String {
        var text = head
        for node in servers {
            text +=
                "\(account)\(programs)/pg_ctl -w -D $dir/data\(node)"
                + " -l $dir/log/\(plan.name(node)).log start\n"
        }
        let debug = options.isDebug ? "-d " : ""
        return text
            + """
            \(account)$PGPOOL_INSTALL_DIR/bin/pgpool \(debug)-D -n -f $dir/etc/pgpool.conf \
            -F $dir/etc/pcp.conf -a $dir/etc/pool_hba.conf 2>&1 | cat > $dir/log/pgpool.log &

            """
    }

    /// Stops pgpool, waits until it is gone, and stops the servers.
    package var shutdownAll: String {
        var text =
            head
                + """
                $PGPOOL_INSTALL_DIR/bin/pgpool -f $dir/etc/pgpool.conf -m f stop &&
                    while [ -f $dir/run/pgpool.pid ]; do sleep 1; done

                """
        if options.waitsForTimeWait {
            text += "while netstat -a | grep \(plan.proxyPort); do sleep 1; done\n"
        }
        for node in servers {
            text += "\(account)\(programs)/pg_ctl -D $dir/data\(node) -m f stop\n"
        }
        return text
    }

    package var reload: String {
        head + "$PGPOOL_INSTALL_DIR/bin/pgpool -f $dir/etc/pgpool.conf reload\n"
    }

    /// README.port
    package var portList: String {
        (0..<plan.nodeCount).map { "#\($0 + 1) port is \(plan.port($0))\n" }.joined()
            + "pgpool port is \(plan.proxyPort)\npcp port is \(plan.pcpPort)\n"
    }

    /// bashrc.ports, to be sourced.
    package var portVariables: String {
        """
        export PGPOOL_PORT=\(plan.proxyPort)
        export PCP_PORT=\(plan.pcpPort)
        export PCPPASSFILE=\(folder)/pcppass

        """
    }

    /// The last words on the terminal.
    package var ending: String {
        """

        pgpool-II setting for \(options.mode.name) is done.
        To start the whole system, use \(folder)/startall.
        To shutdown the whole system, use \(folder)/shutdownall.
        pcp command user name is "\(plan.superuser)", password is "\(plan.superuser)".
        Each PostgreSQL, pgpool-II and pcp port is as follows:
        \(portList)The info above is in README.port.

        """
            + (options.staysRunning && plan.hasServers
                ? "CAUTION: whole system is still running.\n" : "")
    }
}
