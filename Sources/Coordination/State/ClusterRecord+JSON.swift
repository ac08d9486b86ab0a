package import ClusterModel
import Foundation

extension ClusterRecord {
    /// The content of the state file: one JSON object, laid out for people, too.
    package func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Encoding fails only for numbers that JSON does not have, and there are none in a record.
        guard let data = try? encoder.encode(self) else { return [] }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads such an object; total on any bytes.
    ///
    /// What is wrong is said as a sentence without a full stop, to follow the name of the file.
    package init(json bytes: [UInt8]) throws(StateFailure) {
        do {
            self = try JSONDecoder().decode(ClusterRecord.self, from: Data(bytes))
        } catch {
            throw StateFailure(.damaged, Self.sentence(error))
        }
        if let flaw { throw StateFailure(.damaged, flaw) }
    }

    private static func sentence(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it is no JSON" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\"\(path(context.codingPath + [key]))\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = path(context.codingPath)
            return path.isEmpty ? "it is no JSON object" : "\"\(path)\" has the wrong type"
        case .dataCorrupted(let context):
            let path = path(context.codingPath)
            return path.isEmpty ? "it is no JSON" : "\"\(path)\" has an impossible value"
        @unknown default: return "it is no JSON"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { key in key.intValue.map { "\($0)" } ?? key.stringValue }
            .joined(separator: ".")
    }
}
