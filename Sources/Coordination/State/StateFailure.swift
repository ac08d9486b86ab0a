/// Why the state of the cluster could not be read or written.
package struct StateFailure: Error, Equatable, Sendable {
    package enum Code: Equatable, Sendable {
        /// The file is there, but cannot be read, or should not be.
        case unreadable
        /// The file holds something else than a record, or not a whole one.
        case damaged
        /// The file was not replaced; the old one is as it was.
        case notWritten
    }

    package var code: Code
    /// One sentence without a full stop that names the file.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
