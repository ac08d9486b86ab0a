/// Why a read has to run on the primary although its text would let it go anywhere. Words are
/// stable: logs, counters and JSON carry them.
public enum CatalogReason: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// Calls a volatile function, itself or through a view, an operator of a view or a policy.
    case functionWrites = 1
    /// Calls a function that `write_function_list` names or `read_only_function_list` does not.
    case functionListed
    /// Calls a function that is not PostgreSQL's own while the catalog cannot be asked.
    case functionUnknown
    case systemCatalog
    case temporaryTable
    case unloggedTable
    case foreignTable
    /// Reads a sequence as a table: a standby's copy runs ahead.
    case sequence
    /// A view or a policy calls a function of PostgreSQL's that writes, or locks rows.
    case viewWrites
    /// A view or a policy asks for what depends on the node.
    case viewNodeSpecific
    /// The text of a view or of a policy is not understood.
    case viewUnclear
    /// Names more relations or functions than facts are kept of.
    case tooManyNames

    /// Running it only reads.
    public var onlyReads: Bool {
        switch self {
        case .systemCatalog, .temporaryTable, .unloggedTable, .foreignTable, .sequence,
            .viewNodeSpecific:
            true
        case .functionWrites, .functionListed, .functionUnknown, .viewWrites, .viewUnclear,
            .tooManyNames:
            false
        }
    }

    /// Stable word for JSON, logs and counters.
    public var word: String {
        switch self {
        case .functionWrites: "function_writes"
        case .functionListed: "function_listed"
        case .functionUnknown: "function_unknown"
        case .systemCatalog: "system_catalog"
        case .temporaryTable: "temporary_table"
        case .unloggedTable: "unlogged_table"
        case .foreignTable: "foreign_table"
        case .sequence: "sequence"
        case .viewWrites: "view_writes"
        case .viewNodeSpecific: "view_node_specific"
        case .viewUnclear: "view_unclear"
        case .tooManyNames: "too_many_names"
        }
    }

    /// One English sentence for a person.
    public var sentence: String {
        switch self {
        case .functionWrites: "It calls a volatile function, which may write."
        case .functionListed:
            "It calls a function that read_only_function_list or write_function_list makes a write."
        case .functionUnknown:
            "It calls a function of which nothing is known, because the catalog cannot be asked."
        case .systemCatalog: "It reads a system catalog."
        case .temporaryTable: "It may read a temporary table, which only one server process has."
        case .unloggedTable: "It reads an unlogged table, which a standby cannot read."
        case .foreignTable: "It reads a foreign table."
        case .sequence: "It reads a sequence, whose value on a standby runs ahead."
        case .viewWrites: "A view or row security policy of it writes or locks rows."
        case .viewNodeSpecific:
            "A view or row security policy of it asks for what depends on the node."
        case .viewUnclear: "A view or row security policy of it is not understood."
        case .tooManyNames: "It names more relations or functions than facts are kept of."
        }
    }
}
