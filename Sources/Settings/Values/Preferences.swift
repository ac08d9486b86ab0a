/// One item of a redirect list: sessions that match `pattern` read from `target`.
public struct RedirectPreference: Sendable, Equatable {
    /// Where the matching sessions read.
    public enum Target: Sendable, Equatable {
        /// The primary node.
        case primary
        /// Any node but the primary, chosen by weight.
        case standby
        /// The node with this id (0..127).
        case node(Int)
    }

    /// Regular expression that has to match the whole name, see ``Pattern``.
    public var pattern: String
    /// The preferred node.
    public var target: Target
    /// Share of the sessions that goes there (0..1); the others go to the primary when `target`
    /// is `standby`, else to the other nodes.
    public var ratio: Double

    /// One item.
    public init(pattern: String, target: Target, ratio: Double = 1) {
        self.pattern = pattern
        self.target = target
        self.ratio = ratio
    }
}

/// One item of `dml_adaptive_object_relationship_list`: a write to `object` also writes
/// `dependent`.
public struct ObjectDependency: Sendable, Equatable {
    /// Table, or function written as `name()`.
    public var object: String
    /// The object that changes with it.
    public var dependent: String

    /// One pair.
    public init(object: String, dependent: String) {
        self.object = object
        self.dependent = dependent
    }
}
