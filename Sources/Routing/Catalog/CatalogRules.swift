/// What the settings make of catalog facts; the same for all sessions of a proxy.
public struct CatalogRules {
    /// Which functions write.
    public enum Functions {
        /// Volatile ones.
        case byVolatility
        /// `read_only_function_list`: all but those whose name matches.
        case allBut((_ name: [UInt8]) -> Bool)
        /// `write_function_list`: those whose name matches, and no others.
        case only((_ name: [UInt8]) -> Bool)
    }

    /// `check_temp_table` is `catalog` or `on`.
    public var checksTemporary: Bool
    /// `check_unlogged_table`.
    public var checksUnlogged: Bool
    /// Names are matched as they are written, with the schema only if that is written. A list says
    /// nothing of PostgreSQL's own functions but by naming one in `write_function_list`.
    public var functions: Functions
    /// Another number for other rules: what was concluded under the old ones is forgotten.
    public var generation: UInt64

    public init(
        checksTemporary: Bool = true, checksUnlogged: Bool = true,
        functions: Functions = .byVolatility, generation: UInt64 = 0
    ) {
        self.checksTemporary = checksTemporary
        self.checksUnlogged = checksUnlogged
        self.functions = functions
        self.generation = generation
    }
}
