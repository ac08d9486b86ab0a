/// What the HTTP endpoints ask of the proxy: looks only, nothing changes by them. Called on the HTTP
/// server's thread; an answer may take a moment, but not long.
package protocol ProxyObserver: AnyObject, Sendable {
    func metrics() -> ProxyMetrics
    func overview() -> ProxyOverview
    func readiness() -> Readiness
}

/// Whether clients can be served.
package struct Readiness: Sendable, Equatable, Codable {
    package var isReady: Bool
    /// Why not, or with what limit.
    package var reason: String

    package init(isReady: Bool, reason: String) {
        self.isReady = isReady
        self.reason = reason
    }
}
