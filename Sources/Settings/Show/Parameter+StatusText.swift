extension Parameter {
    /// The value in the form of SHOW POOL_STATUS: 0 and 1, internal numbers for words, numbers
    /// in the parameter's own unit.
    func statusText(_ settings: Settings, _ index: Int?) -> String {
        let value = read(settings, index)
        if name == "backend_weight", let index {
            let weights = settings.normalizedWeights
            return fixed(weights.indices.contains(index) ? weights[index] : 0)
        }
        return switch (kind, value) {
        case (.boolean, .boolean(let flag)): flag ? "1" : "0"
        case (.integer, .integer(let count)), (.memory, .integer(let count)),
            (.time, .integer(let count)):
            "\(count)"
        case (.choice(let words, _), .text(let word)): number(of: word, among: words)
        case (.redirects, .redirects([])), (.dependencies, .dependencies([])): "(null)"
        default: kind.shownText(value)
        }
    }

    /// The number that stands for a word in the reference.
    ///
    /// Our own parameters have no number there and show the word.
    private func number(of word: String, among words: [String]) -> String {
        switch name {
        case "syslog_facility": return word
        case _ where since == Self.ownRelease: return word
        case "client_min_messages", "log_min_messages":
            return MessageLevel(rawValue: word).map { "\($0.statusNumber)" } ?? word
        default:
            let first = name == "log_error_verbosity" ? 0 : 1
            return words.firstIndex(of: word).map { "\($0 + first)" } ?? word
        }
    }
}

extension MessageLevel {
    /// The number of the level inside the reference, which SHOW POOL_STATUS prints.
    fileprivate var statusNumber: Int {
        switch self {
        case .debug5: 10
        case .debug4: 11
        case .debug3: 12
        case .debug2: 13
        case .debug1: 14
        case .log: 15
        case .info: 17
        case .notice: 18
        case .warning: 19
        case .error: 20
        case .fatal: 21
        case .panic: 22
        }
    }
}
