import Foundation
import LocalCluster
import Testing

/// Asks an HTTP server on the loopback interface, with curl.
struct WebClient {
    struct Answer {
        var status: Int
        var type: String
        var body: String
    }

    let port: UInt16

    func get(_ path: String, _ arguments: [String] = []) throws -> Answer {
        let result = try ClientTool.run(
            [
                "/usr/bin/curl", "-sS", "--max-time", "10", "-w",
                "\\n%{http_code} %{content_type}",
            ] + arguments + ["http://127.0.0.1:\(port)\(path)"], within: .seconds(20))
        try #require(result.isSuccess, "\(path): \(result.summary)")
        let end = try #require(result.output.lastIndex(of: "\n"))
        let words = result.output[end...].dropFirst().split(separator: " ", maxSplits: 1)
        return Answer(
            status: words.first.flatMap { Int($0) } ?? 0, type: words.last.map(String.init) ?? "",
            body: String(result.output[..<end]))
    }
}
