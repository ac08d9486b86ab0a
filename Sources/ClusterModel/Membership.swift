/// What was decided of a node, as opposed to what it says of itself: it stays so until somebody
/// decides otherwise, whatever the node answers.
public struct Membership: Equatable, Sendable {
    /// Why a node was put out without an operator's word.
    public enum Exclusion: String, Equatable, Sendable {
        /// Its health checks failed.
        case failed
        /// It was the primary until another one took over.
        case replaced
        /// It takes writes although another node is the primary.
        case rogue
        /// It does not replay what the new primary writes.
        case behind
        /// It is being recovered.
        case recovering
    }

    /// An operator took it out: only an operator puts it back.
    public var isDetached = false
    /// Why it is out; nil for a member.
    public var exclusion: Exclusion?
    /// Since when, in seconds since 1970.
    public var since: Int64?

    public init(isDetached: Bool = false, exclusion: Exclusion? = nil, since: Int64? = nil) {
        self.isDetached = isDetached
        self.exclusion = exclusion
        self.since = since
    }

    public var isMember: Bool { !isDetached && exclusion == nil }

    /// Who was replaced comes back as a standby or not at all.
    public var mayBecomePrimary: Bool {
        !isDetached && exclusion != .replaced && exclusion != .rogue && exclusion != .recovering
    }

    /// For people.
    public var words: String {
        if isDetached { return "detached by an operator" }
        switch exclusion {
        case nil: return ""
        case .failed?: return "health checks failed"
        case .replaced?: return "replaced as the primary"
        case .rogue?: return "takes writes beside the primary"
        case .behind?: return "does not follow the primary"
        case .recovering?: return "is being recovered"
        }
    }
}
