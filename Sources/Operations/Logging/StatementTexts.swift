/// The SQL texts of one session's statements and portals, for entries about Bind and Execute, which
/// carry names only.
///
/// It is a memory aid, not a registry: nobody asks whether a statement could be prepared, and a name
/// that is not known is no error.
package struct StatementTexts: Sendable {
    private var statements: [String: String] = [:]
    private var portals: [String: String] = [:]
    private let countMax: Int

    /// - Parameter countMax: Texts of statements, and as many of portals, that are kept; one more and
    ///   all are forgotten.
    package init(countMax: Int) { self.countMax = max(countMax, 1) }

    /// A Parse; the unnamed statement has an empty name.
    package mutating func parsed(_ statement: String, text: String) {
        if statements.count >= countMax, statements[statement] == nil { statements = [:] }
        statements[statement] = text
    }

    /// A Bind.
    ///
    /// - Returns: the statement's text.
    package mutating func bound(_ portal: String, to statement: String) -> String? {
        if portals.count >= countMax, portals[portal] == nil { portals = [:] }
        let text = statements[statement]
        portals[portal] = text
        return text
    }

    /// An Execute.
    package func executed(_ portal: String) -> String? { portals[portal] }

    /// A Close of a statement. Portals that were made of it remain until they are closed.
    package mutating func closed(statement: String) { statements[statement] = nil }

    /// A Close of a portal.
    package mutating func closed(portal: String) { portals[portal] = nil }
}
