internal import Settings

/// What is kept of a session that asked the proxy itself for something. Most never do.
final class PoolerSession {
    var conversation = PoolerConversation()
    /// `PGPOOL SET`
    var overrides = SessionOverrides()
    /// The worker's settings with the overrides; nil without any.
    var settings: WorkerSettings?
    /// Under way, while the client waits for a report about all sessions.
    var gathering: ReportCollector?
    /// What the next such report says.
    var gathered: ReportCollector.Facts?
}
