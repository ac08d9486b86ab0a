package import Operations
package import Settings

/// How a shutdown treats clients (Pgpool-II's `-m`).
package enum ShutdownMode: Sendable {
    /// Stop accepting; wait until all clients have left.
    case smart
    /// Disconnect the clients, clean up, exit.
    case fast
    /// As `fast`, without waiting for anything.
    case immediate
}

/// Why a proxy could not start: a sentence for the log, with what to do about it.
package struct ProxyStartError: Error, Sendable {
    package var message: String
    package var detail: String?
    package var hint: String?

    package init(_ message: String, detail: String? = nil, hint: String? = nil) {
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}

/// The running proxy: listeners, workers and the control thread, wired from one settings value.
package final class ProxyServer: Sendable {
    package init(settings: Settings, log: Log) throws(ProxyStartError) {}

    /// Binds the sockets and starts the threads. Returns when clients can connect.
    package func start() throws(ProxyStartError) {}

    /// Replaces the settings; sessions keep what they have set themselves.
    package func reload(_ settings: Settings) {}

    /// Begins to shut down. A stronger mode may follow a weaker one.
    package func requestShutdown(_ mode: ShutdownMode) {}

    /// Blocks until a requested shutdown is complete.
    package func waitUntilStopped() {}
}
