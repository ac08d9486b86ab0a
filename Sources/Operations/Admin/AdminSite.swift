/// What is at which path: metrics, health, and the page for people.
package struct AdminSite: Sendable {
    private let observer: @Sendable () -> (any ProxyObserver)?

    /// - Parameter observer: nil once the proxy is gone.
    package init(_ observer: @escaping @Sendable () -> (any ProxyObserver)?) {
        self.observer = observer
    }

    /// Answers a GET or HEAD.
    package func respond(_ request: HTTPRequest) -> HTTPResponse {
        guard let proxy = observer() else {
            return .text(.serviceUnavailable, "the proxy has stopped")
        }
        switch request.path {
        case "/": return Self.page
        case "/metrics":
            return HTTPResponse(
                .ok, MetricsText.contentType, Array(proxy.metrics().prometheusText().utf8))
        case "/healthz": return .text(.ok, "ok")
        case "/readyz":
            let readiness = proxy.readiness()
            return .text(readiness.isReady ? .ok : .serviceUnavailable, readiness.reason)
        case "/api/status":
            return HTTPResponse(.ok, "application/json", proxy.overview().json())
        default: return .plain(.notFound)
        }
    }

    /// It may load nothing from elsewhere and be shown in nobody's frame.
    private static let page: HTTPResponse = {
        var response = HTTPResponse(.ok, "text/html; charset=utf-8", Array(AdminPage.html.utf8))
        response.headers = [
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline';"
                + " script-src 'unsafe-inline'; connect-src 'self'; img-src data:;"
                + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy: no-referrer",
        ]
        return response
    }()
}
