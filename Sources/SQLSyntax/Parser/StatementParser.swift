/// Parses one message's text as far as its skeleton goes, without memory of other texts.
package enum StatementParser {
    /// What each statement of `text` is. Total: every text gives a result.
    package static func parse(
        _ text: Span<UInt8>, dialect: TextDialect = .standard,
        options: AnalysisOptions = AnalysisOptions()
    ) -> ParsedMessage {
        let classifier = StatementClassifier(options: options)
        var message = ParsedMessage(statements: [])
        for range in StatementSplitter.split(text, dialect: dialect) {
            let analysis = classifier.classify(text.extracting(range), dialect: dialect)
                .withEffect()
            message.statements.append(
                StatementOutline(
                    kind: analysis.kind, effect: analysis.effect, reason: analysis.reason,
                    traits: analysis.traits, isReadOnly: analysis.effect < .write, range: range))
            if analysis.kind == .unterminated, message.fault == nil {
                message.fault = SyntaxFault(kind: .unterminated, offset: range.lowerBound)
            }
        }
        if let last = message.statements.last?.range.upperBound {
            var at = last
            while at < text.count, ByteClass.isBlank(text[at]) { at &+= 1 }
            message.hasTrailingSemicolon = text.has(UInt8(ascii: ";"), at: at)
        }
        return message
    }
}
