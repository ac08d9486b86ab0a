import Foundation

extension ProxyStatus {
    /// The document of the status socket: one JSON object and a newline.
    package func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding fails only for numbers that JSON does not have.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(self) else { return [] }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads such a document.
    package init(json bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(ProxyStatus.self, from: Data(bytes))
    }
}
