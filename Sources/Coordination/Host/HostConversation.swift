import ClusterModel

/// One question to a helper that is reached by a command line, and its answer.
enum HostConversation {
    /// Asks and waits for the answer or for the deadline, which ends the program.
    static func ask(_ command: [String], line: [UInt8], seconds: Int) -> HostAnswer {
        do throws(HostFailure) {
            return try answer(
                of: command, line: line, seconds: seconds, explain: { _, _ in nil },
                read: { HostWire.answer(Array($0.utf8)) })
        } catch {
            return error.answer
        }
    }

    /// Asks and waits for the answer or for the deadline, which ends the program.
    ///
    /// - Parameters:
    ///   - explain: what a failure without an answer means, by how the program ended and the words
    ///     of its standard error.
    ///   - read: what a line of the output says; nil if it is no answer.
    static func answer<Answer>(
        of command: [String], line: [UInt8], seconds: Int,
        explain: (CommandOutcome, String) -> HostFailure?, read: (String) -> Answer?
    ) throws(HostFailure) -> Answer {
        var answer: Answer?
        var errors: [String] = []
        var launch = ProgramLaunch(command, input: line)
        launch.lineBytesMax = HostWire.lineBytesMax
        let outcome = CommandRunner.run(
            launch, timeMax: .seconds(max(1, seconds)),
            // There may be a greeting before it.
            onLine: { text in answer = answer ?? read(text) },
            onErrorLine: { if errors.count < errorLinesMax { errors.append($0) } })
        if let answer { return answer }
        let words = errors.joined(separator: "; ")
        if let failure = explain(outcome, words) { throw failure }
        if outcome == .timedOut {
            throw HostFailure(
                "the host has not answered within \(seconds) s", isUnreachable: true)
        }
        let name = command.first ?? ""
        throw HostFailure(words.isEmpty ? "\(name) \(outcome) without an answer" : words)
    }

    private static let errorLinesMax = 5
}
