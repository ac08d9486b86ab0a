internal import PostgresWire
internal import SQLSyntax

/// What a session has before it sets anything, by role and database: asked once when a startup key
/// logs in for the first time. None of it is among the settings that servers report by themselves.
struct LoginFacts: Equatable, Sendable {
    static let question = """
        SELECT pg_catalog.current_setting('search_path'), \
        pg_catalog.current_setting('default_transaction_isolation'), \
        pg_catalog.current_setting('default_transaction_read_only')
        """

    /// As `SHOW search_path` prints it.
    var searchPath: [UInt8]
    /// What BEGIN without options begins.
    var defaults: TransactionModes

    /// Reads the row of the answer: three columns in text form.
    init?(row: RawSpan) {
        var reader = WireReader(row)
        guard let columns = reader.uint16(row), columns == 3 else { return nil }
        var values: [[UInt8]] = []
        for _ in 0..<3 {
            guard let length = reader.uint32(row), let bytes = reader.take(Int(length), row) else {
                return nil
            }
            values.append(bytes)
        }
        searchPath = values[0]
        defaults = TransactionModes(
            isolation: Self.isolation(values[1]), isReadOnly: values[2] == Array("on".utf8))
    }

    /// A boolean setting in any of PostgreSQL's spellings; nil for anything else.
    static func boolean(_ text: [UInt8]) -> Bool? {
        switch String(decoding: text, as: UTF8.self).lowercased() {
        case "on", "true", "tru", "tr", "t", "yes", "ye", "y", "1": true
        case "off", "of", "false", "fals", "fal", "fa", "f", "no", "n", "0": false
        default: nil
        }
    }

    /// `default_transaction_isolation` and `transaction_isolation` as PostgreSQL spells them.
    static func isolation(_ text: [UInt8]) -> TransactionModes.Isolation? {
        switch String(decoding: text, as: UTF8.self).lowercased() {
        case "read uncommitted": .readUncommitted
        case "read committed": .readCommitted
        case "repeatable read": .repeatableRead
        case "serializable": .serializable
        default: nil
        }
    }
}
