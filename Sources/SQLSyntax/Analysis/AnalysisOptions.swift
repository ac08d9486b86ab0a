/// Settings that decide what counts as a read; the same for all sessions of a proxy.
public struct AnalysisOptions: Equatable, Sendable {
    /// `allow_sql_comments`: a comment before a statement does not matter. Off (Pgpool-II's
    /// default): a statement that follows a comment is not treated as a read.
    public var allowSQLComments: Bool
    /// `ignore_leading_white_space`: blanks before a statement do not matter.
    public var ignoreLeadingWhiteSpace: Bool
    /// Texts that differ in literals only are analysed once. Off where the owner's conclusions
    /// depend on literals (query pattern lists); then every analysis has a `detail` to keep them in.
    public var usesShapes: Bool

    public init(
        allowSQLComments: Bool = false, ignoreLeadingWhiteSpace: Bool = true,
        usesShapes: Bool = true
    ) {
        self.allowSQLComments = allowSQLComments
        self.ignoreLeadingWhiteSpace = ignoreLeadingWhiteSpace
        self.usesShapes = usesShapes
    }
}
