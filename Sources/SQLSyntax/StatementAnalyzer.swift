/// Analyses the SQL texts of one worker thread.
package struct StatementAnalyzer: ~Copyable {
    private let classifier: StatementClassifier

    /// - Parameter cacheBytesMax: upper bound of the memory for cached texts; 0 caches nothing.
    package init(options: AnalysisOptions = AnalysisOptions(), cacheBytesMax: Int = 4 << 20) {
        self.classifier = StatementClassifier(options: options)
    }

    /// Analyses one message's text, without its trailing NUL.
    ///
    /// - Parameters:
    ///   - dialect: what is in force in the session before the message.
    ///   - isComplete: false for a text that was cut at a limit; then nothing is known of it.
    package mutating func analyze(
        _ text: Span<UInt8>, dialect: TextDialect = .standard, isComplete: Bool = true
    ) -> StatementAnalysis {
        guard isComplete else { return .tooLong }
        return self.classifier.classify(text, dialect: dialect)
    }
}
