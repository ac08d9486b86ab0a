/// What was decided of a node, as opposed to what it says of itself: it stays so until somebody
/// decides otherwise, whatever the node answers.
package struct Membership: Equatable, Sendable {
    /// Why a node was put out without an operator's word.
    package enum Exclusion: String, Equatable, Sendable {
        /// Its health checks failed.
        case failed
        /// It was the primary until another one took over.
        case replaced
        /// It takes writes although another node is the primary.
        case rogue
        /// It does not replay what the new primary writes.
        case behind
    }

    /// An operator took it out: only an operator puts it back.
    package var isDetached = false
    /// Why it is out; nil for a member.
    package var exclusion: Exclusion?
    /// Since when, in seconds since 1970.
    package var since: Int64?

    package init(isDetached: Bool = false, exclusion: Exclusion? = nil, since: Int64? = nil) {
        self.isDetached = isDetached
        self.exclusion = exclusion
        self.since = since
    }

    package var isMember: Bool { !isDetached && exclusion == nil }

    /// Who was replaced comes back as a standby or not at all.
    package var mayBecomePrimary: Bool {
        !isDetached && exclusion != .replaced && exclusion != .rogue
    }

    /// For people.
    package var words: String {
        if isDetached { return "detached by an operator" }
        switch exclusion {
        case nil: return ""
        case .failed?: return "health checks failed"
        case .replaced?: return "replaced as the primary"
        case .rogue?: return "takes writes beside the primary"
        case .behind?: return "does not follow the primary"
        }
    }
}
