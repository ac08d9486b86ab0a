package import ClusterModel
import Foundation

/// Requests and answers as lines: one JSON object each.
package enum HostWire {
    /// Bytes of the longest line, its end included.
    package static let lineBytesMax = ProgramLaunch.inputBytesMax

    /// A request and the end of its line.
    ///
    /// - Returns: nil if it would be too long.
    package static func line(_ request: HostRequest) -> [UInt8]? { line(of: request) }

    /// An answer and the end of its line; one that is too long is cut, or becomes a failure.
    package static func line(_ answer: HostAnswer) -> [UInt8] {
        line(of: answer) ?? line(of: cut(answer))
            ?? line(of: HostAnswer.failed(reason: "the answer is too long", hint: nil)) ?? []
    }

    /// With the ends of long texts left out.
    private static func cut(_ answer: HostAnswer) -> HostAnswer {
        func cut(_ lines: [String]) -> [String] { lines.suffix(20).map { String($0.prefix(400)) } }
        switch answer {
        case .lines(let lines): return .lines(cut(lines))
        case .job(var report):
            report.lastLines = cut(report.lastLines)
            return .job(report)
        case .failed(let reason, let hint):
            return .failed(reason: String(reason.prefix(2000)), hint: hint)
        case .done, .description: return answer
        }
    }

    private static func line(of value: some Encodable) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text in JSON has no line ends of its own.
        guard let data = try? encoder.encode(value), data.count < lineBytesMax else { return nil }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads a request; total on any bytes. What is wrong is not repeated: it may be a password.
    static func request(_ line: some Collection<UInt8>) throws(HostFailure) -> HostRequest {
        guard line.count <= lineBytesMax,
            let request = try? JSONDecoder().decode(HostRequest.self, from: Data(line))
        else {
            throw HostFailure(
                "the request is none that this program knows",
                hint: "The proxy and the host need the same version of Trunkline.")
        }
        return request
    }

    /// Reads an answer; total on any bytes.
    package static func answer(_ line: some Collection<UInt8>) -> HostAnswer? {
        guard line.count <= lineBytesMax else { return nil }
        return try? JSONDecoder().decode(HostAnswer.self, from: Data(line))
    }
}
