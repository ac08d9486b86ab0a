/// Why an analysis came out as it did. Words are stable: logs, counters and JSON carry them.
public enum AnalysisReason: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// A read that any hot standby answers like the primary.
    case plainRead
    /// SHOW of a setting that does not depend on the node.
    case showSetting
    /// SHOW of a setting that tells the role or state of one server connection.
    case showNodeSpecific
    /// BEGIN, COMMIT, ROLLBACK, savepoints.
    case transactionControl
    /// PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED.
    case twoPhaseCommit
    /// Blanks, comments and semicolons only.
    case emptyStatement
    /// Calls a function that writes, or that is not known to be harmless.
    case functionMayWrite
    /// Calls a function whose answer depends on the node that is asked.
    case nodeSpecificFunction
    /// Reads a system catalog, a statistics view or information_schema.
    case nodeSpecificCatalog
    /// FOR UPDATE, FOR SHARE and their relatives, at any depth.
    case rowLock
    case selectInto
    /// INSERT, UPDATE, DELETE or MERGE inside WITH.
    case dataModifyingCTE
    /// SET, RESET, DISCARD, PREPARE, LISTEN and what else writes nothing and leaves session state.
    case sessionControl
    /// FETCH, EXECUTE, CLOSE, DEALLOCATE: what it names decides.
    case inheritsNode
    /// SHOW POOL_... and PGPOOL ...
    case poolerCommand
    /// A read with a comment that keeps it from being balanced.
    case noBalanceDirective
    /// Any other statement: it writes, or changes what the session carries.
    case notASelect
    case multipleStatements
    /// A comment before the statement while `allow_sql_comments` is off.
    case leadingComment
    /// Blanks before the statement while `ignore_leading_white_space` is off.
    case leadingWhiteSpace
    case unterminatedText
    /// Something that PostgreSQL refuses or that this analyser does not know.
    case containsUnknownConstruct
    /// Bytes that make no character of the client's encoding.
    case invalidEncoding
    /// The text was longer than the limit up to which it is analysed.
    case textTooLong

    /// Stable word for JSON, logs and counters.
    public var word: String {
        switch self {
        case .plainRead: "plain_read"
        case .showSetting: "show_setting"
        case .showNodeSpecific: "show_node_specific"
        case .transactionControl: "transaction_control"
        case .twoPhaseCommit: "two_phase_commit"
        case .emptyStatement: "empty_statement"
        case .functionMayWrite: "function_may_write"
        case .nodeSpecificFunction: "node_specific_function"
        case .nodeSpecificCatalog: "node_specific_catalog"
        case .rowLock: "row_lock"
        case .selectInto: "select_into"
        case .dataModifyingCTE: "data_modifying_cte"
        case .sessionControl: "session_control"
        case .inheritsNode: "inherits_node"
        case .poolerCommand: "pooler_command"
        case .noBalanceDirective: "no_load_balance"
        case .notASelect: "not_a_select"
        case .multipleStatements: "multiple_statements"
        case .leadingComment: "leading_comment"
        case .leadingWhiteSpace: "leading_white_space"
        case .unterminatedText: "unterminated_text"
        case .containsUnknownConstruct: "unknown_construct"
        case .invalidEncoding: "invalid_encoding"
        case .textTooLong: "text_too_long"
        }
    }

    /// One English sentence for a person.
    public var sentence: String {
        switch self {
        case .plainRead: "It is a read that every standby can answer."
        case .showSetting: "It shows a setting that does not depend on the node."
        case .showNodeSpecific: "It shows a setting that depends on the node asked."
        case .transactionControl: "It begins, ends or marks a transaction."
        case .twoPhaseCommit: "It takes part in a two-phase commit."
        case .emptyStatement: "It holds no statement."
        case .functionMayWrite: "It calls a function that writes or is not known to be harmless."
        case .nodeSpecificFunction: "It calls a function whose answer depends on the node asked."
        case .nodeSpecificCatalog: "It reads a system catalog or statistics view."
        case .rowLock: "It locks rows, which only the primary can do."
        case .selectInto: "SELECT INTO creates a table."
        case .dataModifyingCTE: "A WITH clause in it changes data."
        case .sessionControl: "It changes what the session carries."
        case .inheritsNode: "It goes where the thing that it names is."
        case .poolerCommand: "It asks the proxy, not a server."
        case .noBalanceDirective: "A NO LOAD BALANCE comment keeps it on the primary."
        case .notASelect: "It is not a SELECT, SHOW or transaction control."
        case .multipleStatements: "The text holds more than one statement."
        case .leadingComment:
            "A comment stands before it and allow_sql_comments is off."
        case .leadingWhiteSpace:
            "White space stands before it and ignore_leading_white_space is off."
        case .unterminatedText: "A string, comment or quoted name in it does not end."
        case .containsUnknownConstruct: "It contains something that is not understood."
        case .invalidEncoding: "Its bytes are no characters of the client's encoding."
        case .textTooLong: "It is longer than the limit up to which text is analysed."
        }
    }
}
