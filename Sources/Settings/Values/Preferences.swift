/// One item of a redirect list: sessions that match `pattern` read from `target`.
package struct RedirectPreference: Sendable, Equatable {
    /// Where the matching sessions read.
    package enum Target: Sendable, Equatable {
        /// The primary node.
        case primary
        /// Any node but the primary, chosen by weight.
        case standby
        /// The node with this id (0..127).
        case node(Int)
    }

    /// Regular expression that has to match the whole name, see ``Pattern``.
    package var pattern: String
    /// The preferred node.
    package var target: Target
    /// Share of the sessions that goes there (0..1); the others go to the primary when `target`
    /// is `standby`, else to the other nodes.
    package var ratio: Double

    /// One item.
    package init(pattern: String, target: Target, ratio: Double = 1) {
        self.pattern = pattern
        self.target = target
        self.ratio = ratio
    }
}

/// One item of `dml_adaptive_object_relationship_list`: a write to `object` also writes
/// `dependent`.
package struct ObjectDependency: Sendable, Equatable {
    /// Table, or function written as `name()`.
    package var object: String
    /// The object that changes with it.
    package var dependent: String

    /// One pair.
    package init(object: String, dependent: String) {
        self.object = object
        self.dependent = dependent
    }
}
