package import ClusterModel

/// One line on the status socket.
package enum StatusRequest: Equatable, Sendable {
    /// `status`; also what a reader means that says nothing.
    case status
    /// `attach 1`, `detach 1`, `detach 1 gracefully`, `promote 1`, `promote 1 switchover`,
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

    package var line: String {
        switch self {
        case .status: return "status"
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

    package init(isDone: Bool, reason: String? = nil, hint: String? = nil) {
        self.isDone = isDone
        self.reason = reason
        self.hint = hint
    }

    private enum CodingKeys: String, CodingKey {
        case isDone = "done"
        case reason, hint
    }
}

/// What the status socket answers: one JSON document.
package enum StatusAnswer: Sendable {
    case status(ProxyStatus)
    case order(OrderReport)
}
