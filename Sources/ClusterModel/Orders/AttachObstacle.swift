/// Why a node that an operator attaches would serve nobody, or serve wrong answers.
public enum AttachObstacle: Equatable, Sendable {
    case notAsked
    case silent(reason: String)
    case starting(reason: String)
    case ofAnotherCluster
    /// It takes writes on this timeline, and another node is the primary.
    case takesWrites(timeline: Int64, primary: Int)
    /// It was left behind at a change of the primary.
    case leftBehind(timeline: Int64, current: Int64)
    /// The primary is there, and no WAL receiver of the standby's runs: fed by an archive, or by
    /// nobody.
    case withoutReceiver

    /// A standby may begin to stream in a moment.
    public var mayPass: Bool {
        switch self {
        case .leftBehind, .withoutReceiver: true
        case .notAsked, .silent, .starting, .ofAnotherCluster, .takesWrites: false
        }
    }

    /// For people: a sentence about "it", without a full stop.
    public var words: String {
        switch self {
        case .notAsked: "it was not asked yet"
        case .silent(let reason): "it does not answer (\(reason))"
        case .starting(let reason): reason
        case .ofAnotherCluster: "it belongs to another cluster"
        case .takesWrites(let timeline, let primary):
            "it takes writes (timeline \(timeline)), and node \(primary) is the primary"
        case .leftBehind(let timeline, let current):
            "it is on timeline \(timeline) and does not stream from the primary, which is on "
                + "\(current)"
        case .withoutReceiver: "it does not stream from the primary: no WAL receiver runs there"
        }
    }
}

extension RoleSurvey {
    /// What its last answer has against attaching a node; nil if nothing.
    public func obstacle(toAttaching id: Int) -> AttachObstacle? {
        switch answer(id) {
        case nil: return .notAsked
        case .unreachable(let reason, _)?: return .silent(reason: reason)
        case .starting(let reason)?: return .starting(reason: reason)
        case .refused?: return nil
        case .answered(let isInRecovery, let timeline, _, let facts)?:
            guard isStreaming else { return nil }
            if isForeign(id) { return .ofAnotherCluster }
            guard isInRecovery else {
                guard let primary = snapshot.primary, primary != id else { return nil }
                return .takesWrites(timeline: timeline, primary: primary)
            }
            let current = primaryTimeline
            let received = facts.receiver?.timeline ?? 0
            let mayTell = facts.receiver == nil || facts.receiver?.status != nil
            if timeline != 0, timeline < current, received < current, mayTell {
                return .leftBehind(timeline: timeline, current: current)
            }
            // Nobody streams from a primary that is not there, and who may not be asked for facts
            // is believed.
            guard let primary = snapshot.primary,
                case .answered(isInRecovery: false, _, _, _)? = answer(primary),
                facts.systemIdentifier != nil, facts.receiver == nil
            else { return nil }
            return .withoutReceiver
        }
    }
}
