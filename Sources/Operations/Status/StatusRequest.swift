package import ClusterModel

/// One line on the status socket.
package enum StatusRequest: Equatable, Sendable {
    /// `status`; also what a reader means that says nothing.
    case status
    /// `recoveries`: how far they are.
    case recoveries
    /// `recover 1`, with words for what else was said: `method=rewind`, `detach`,
    /// `discard-divergent`, `overwrite-foreign`, `async`; `recover-check 1`, with the same words;
    /// `recover-cancel 1`; `attach 1`, `detach 1`, `detach 1 gracefully`, `promote 1`, `promote 1 switchover`,
    /// `promote 1 switchover gracefully`
    case order(NodeOrder)
    case unknown(String)

    /// Bytes of a line.
    static let byteCountMax = 200

    package init(line: String) {
        var words = line.split(separator: " ").map(String.init)
        let order = words.first ?? "status"
        if words == ["status"] || words.isEmpty {
            self = .status
            return
        }
        if words == ["recoveries"] {
            self = .recoveries
            return
        }
        if order.hasPrefix("recover") {
            self = Self.recovery(words).map { .order($0) } ?? .unknown(line)
            return
        }
        let isGraceful = words.count > 2 && words.last == "gracefully"
        if isGraceful { words.removeLast() }
        let isSwitchover = words.count > 2 && words.last == "switchover"
        if isSwitchover { words.removeLast() }
        guard words.count == 2, let node = UInt8(words[1]).map(Int.init) else {
            self = .unknown(line)
            return
        }
        switch (order, isSwitchover, isGraceful) {
        case ("attach", false, false): self = .order(.attach(node: node))
        case ("detach", false, _): self = .order(.detach(node: node, isGraceful: isGraceful))
        case ("promote", _, _):
            self = .order(
                .promote(node: node, isSwitchover: isSwitchover, isGraceful: isGraceful))
        default: self = .unknown(line)
        }
    }

    private static func recovery(_ words: [String]) -> NodeOrder? {
        guard words.count >= 2, let node = UInt8(words[1]).map(Int.init) else { return nil }
        var options = RecoveryOptions()
        var isAwaited = true
        for word in words.dropFirst(2) {
            switch word {
            case "detach": options.detaches = true
            case "discard-divergent": options.discardsDivergent = true
            case "overwrite-foreign": options.overwritesForeign = true
            case "async": isAwaited = false
            default:
                guard word.hasPrefix("method="),
                    let method = RecoveryMethod(rawValue: String(word.dropFirst(7)))
                else { return nil }
                options.method = method
            }
        }
        switch words[0] {
        case "recover": return .recover(node: node, options: options, isAwaited: isAwaited)
        case "recover-check": return .checkRecovery(node: node, options: options)
        case "recover-cancel" where words.count == 2: return .cancelRecovery(node: node)
        default: return nil
        }
    }

    private static func words(_ options: RecoveryOptions) -> String {
        (options.method.map { " method=\($0.rawValue)" } ?? "")
            + (options.detaches ? " detach" : "")
            + (options.discardsDivergent ? " discard-divergent" : "")
            + (options.overwritesForeign ? " overwrite-foreign" : "")
    }

    package var line: String {
        switch self {
        case .status: return "status"
        case .recoveries: return "recoveries"
        case .order(.recover(let node, let options, let isAwaited)):
            return "recover \(node)" + Self.words(options) + (isAwaited ? "" : " async")
        case .order(.checkRecovery(let node, let options)):
            return "recover-check \(node)" + Self.words(options)
        case .order(.cancelRecovery(let node)): return "recover-cancel \(node)"
        case .order(.attach(let node)): return "attach \(node)"
        case .order(.detach(let node, let isGraceful)):
            return "detach \(node)" + (isGraceful ? " gracefully" : "")
        case .order(.promote(let node, let isSwitchover, let isGraceful)):
            return "promote \(node)" + (isSwitchover ? " switchover" : "")
                + (isGraceful ? " gracefully" : "")
        case .unknown(let text): return text
        }
    }
}

/// The answer to an order, as JSON.
package struct OrderReport: Codable, Equatable, Sendable {
    package var isDone: Bool
    /// Why not.
    package var reason: String?
    /// What to do about it.
    package var hint: String?
    /// What came out, for people; nil where that is nothing.
    package var lines: [String]?

    package init(
        isDone: Bool, reason: String? = nil, hint: String? = nil, lines: [String]? = nil
    ) {
        self.isDone = isDone
        self.reason = reason
        self.hint = hint
        self.lines = lines
    }

    private enum CodingKeys: String, CodingKey {
        case isDone = "done"
        case reason, hint, lines
    }
}

/// What the status socket answers: one JSON document.
package enum StatusAnswer: Sendable {
    case status(ProxyStatus)
    case order(OrderReport)
    case recoveries([RecoveryFacts])
}
