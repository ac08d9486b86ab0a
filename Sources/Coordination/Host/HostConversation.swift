import ClusterModel

/// One question to a helper that is reached by a command line, and its answer.
enum HostConversation {
    /// Asks and waits for the answer or for the deadline, which ends the program.
    ///
    /// - Parameter explain: what a failure without an answer means, by how the program ended and
    ///   the words of its standard error.
    static func ask(
        _ command: [String], line: [UInt8], seconds: Int,
        explain: (CommandOutcome, String) -> HostFailure? = { _, _ in nil }
    ) -> HostAnswer {
        var answer: HostAnswer?
        var errors: [String] = []
        var launch = ProgramLaunch(command, input: line)
        launch.lineBytesMax = HostWire.lineBytesMax
        let outcome = CommandRunner.run(
            launch, timeMax: .seconds(max(1, seconds)),
            // There may be a greeting before it.
            onLine: { text in answer = answer ?? HostWire.answer(Array(text.utf8)) },
            onErrorLine: { if errors.count < errorLinesMax { errors.append($0) } })
        if let answer { return answer }
        let words = errors.joined(separator: "; ")
        if let failure = explain(outcome, words) { return failure.answer }
        if outcome == .timedOut {
            return .failed(reason: "the host has not answered within \(seconds) s", hint: nil)
        }
        let name = command.first ?? ""
        return .failed(
            reason: words.isEmpty ? "\(name) \(outcome) without an answer" : words, hint: nil)
    }

    private static let errorLinesMax = 5
}
