/// Where reads of a session should go: what `database_redirect_preference_list` or one of its
/// relatives says of it.
public struct ReaderPreference: BitwiseCopyable, Equatable, Sendable {
    public enum Target: BitwiseCopyable, Equatable, Sendable {
        /// A node by its number, whatever its weight. One that does not exist or is not usable
        /// makes the rule void.
        case node(Int)
        case primary
        /// Any standby, by weight.
        case standby
    }

    public var target: Target
    /// Share of the sessions that follow the rule, 0...1. The others choose among the other nodes
    /// by weight; with `standby` they read from the primary.
    public var ratio: Double

    public init(target: Target, ratio: Double = 1) {
        self.target = target
        self.ratio = ratio
    }
}
