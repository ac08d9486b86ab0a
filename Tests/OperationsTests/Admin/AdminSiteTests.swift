import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite struct AdminSiteTests {
    private final class Observer: ProxyObserver {
        let ready: Readiness
        let history = ClusterHistory()

        init(ready: Readiness = Readiness(isReady: true, reason: "ready")) {
            self.ready = ready
            history.note(.warning, "node 1 does not answer: <b>\"timeout\"</b>")
        }

        func metrics() -> ProxyMetrics { MetricsTextTests.metrics() }
        func readiness() -> Readiness { ready }
        func overview() -> ProxyOverview {
            ProxyOverview(
                status: ProxyStatus(
                    version: "0.1.0", pid: 1, uptimeSeconds: 2, state: "running", clients: 3,
                    waitingClients: 0, nodes: []),
                readiness: ready, metrics: metrics(), events: history.events)
        }
    }

    private func get(_ path: String, _ observer: (any ProxyObserver)? = Observer()) -> HTTPResponse
    {
        AdminSite { observer }.respond(HTTPRequest("GET", path))
    }

    @Test(
        "each path has its answer",
        arguments: [
            ("/", HTTPStatus.ok, "text/html; charset=utf-8"),
            ("/metrics", .ok, "text/plain; version=0.0.4; charset=utf-8"),
            ("/healthz", .ok, "text/plain; charset=utf-8"),
            ("/readyz", .ok, "text/plain; charset=utf-8"),
            ("/api/status", .ok, "application/json"),
            ("/metrics/", .notFound, "text/plain; charset=utf-8"),
            ("/../etc/passwd", .notFound, "text/plain; charset=utf-8"),
            ("", .notFound, "text/plain; charset=utf-8"),
        ])
    func paths(path: String, status: HTTPStatus, type: String) {
        let response = get(path)
        #expect(response.status == status)
        #expect(response.contentType == type)
        #expect(!response.body.isEmpty)
    }

    @Test("the metrics are what a strict reader takes")
    func metrics() throws {
        let text = String(decoding: get("/metrics").body, as: UTF8.self)
        #expect(try PrometheusText(text)["trunkline_clients"] == 12)
    }

    @Test("who cannot serve says why")
    func notReady() {
        let response = get(
            "/readyz", Observer(ready: Readiness(isReady: false, reason: "no primary is up")))
        #expect(response.status == .serviceUnavailable)
        #expect(String(decoding: response.body, as: UTF8.self) == "no primary is up\n")
    }

    @Test("after the end of the proxy everything is unavailable", arguments: ["/", "/healthz"])
    func gone(path: String) { #expect(get(path, nil).status == .serviceUnavailable) }

    @Test("the document can be read back")
    func overview() throws {
        let read = try JSONDecoder().decode(ProxyOverview.self, from: Data(get("/api/status").body))
        #expect(read == Observer().overview() || read.events.count == 1)
        #expect(read.nodes.map(\.reason) == ["", "no answer:\ntimeout"])
        #expect(read.failover.done == 2 && read.failover.lastSeconds == 0.21)
        #expect(read.events.first?.severity == "WARNING")
    }

    @Test("the page loads nothing from elsewhere and writes texts only as text")
    func page() {
        let response = get("/")
        let page = String(decoding: response.body, as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
        for word in ["http://", "https://", "innerHTML", "src=", "url(", "eval("] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(
            response.headers.contains {
                $0.hasPrefix("Content-Security-Policy: default-src 'none'")
            })
        #expect(page.contains("prefers-color-scheme: dark"))
        #expect(page.contains("aria-live=\"polite\""))
        #expect(page.contains("<th scope=\"col\">"))
    }
}
