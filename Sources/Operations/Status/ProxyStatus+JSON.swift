import Foundation

/// The documents of the status socket: one JSON object and a newline.
enum StatusDocument {
    static func json(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding fails only for numbers that JSON does not have.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(value) else { return [] }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }
}

extension ProxyStatus {
    package func json() -> [UInt8] { StatusDocument.json(self) }

    /// Reads such a document.
    package init(json bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(ProxyStatus.self, from: Data(bytes))
    }
}

extension StatusAnswer {
    func json() -> [UInt8] {
        switch self {
        case .status(let status): StatusDocument.json(status)
        case .order(let report): StatusDocument.json(report)
        case .recoveries(let facts): StatusDocument.json(facts)
        }
    }
}
