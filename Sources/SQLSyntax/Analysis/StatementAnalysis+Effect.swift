extension StatementAnalysis {
    /// The same with the effect and the traits that follow from what is known.
    func withEffect() -> StatementAnalysis {
        var analysis = self
        switch self.reason {
        case .emptyStatement: analysis.effect = .nothing
        case .plainRead, .showSetting: analysis.effect = .read
        case .showNodeSpecific, .nodeSpecificFunction, .nodeSpecificCatalog, .leadingComment,
            .leadingWhiteSpace:
            analysis.effect = .primaryRead
        case .transactionControl: analysis.effect = .transactionControl
        default: analysis.effect = .write
        }
        switch self.kind {
        case .set, .reset, .discard, .prepare, .deallocate, .listen, .unlisten, .load:
            analysis.effect = .sessionControl
        default: break
        }
        return analysis
    }
}
