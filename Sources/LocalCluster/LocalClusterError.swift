/// What went wrong while making or moving a local cluster.
package struct LocalClusterError: Error, CustomStringConvertible, Sendable, Codable,
    Equatable
{
    /// The kind of failure, for callers that react to it.
    package enum Code: String, Sendable, Codable {
        /// PostgreSQL's programs, the proxy's binary or a needed account are not there.
        case missing
        /// What was asked for cannot be, and nothing was done.
        case refused
        /// A program did not start, or ended with an error.
        case cannotStart
        /// Something did not happen before its deadline.
        case timedOut
        /// `psql` reported an error for a statement.
        case statementFailed
        /// A host could not be asked, or has not answered.
        case unreachable
    }

    package let code: Code
    /// What failed, with the output of the program that failed.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
