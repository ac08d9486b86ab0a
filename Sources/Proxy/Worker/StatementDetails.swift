internal import SQLSyntax

/// The details of a request's statements, of which the catalog may know more than their texts.
/// Nearly always one: no heap is needed for it.
struct StatementDetails {
    private var first: StatementDetail?
    private var others: [StatementDetail] = []

    init() {}

    init(_ analysis: StatementAnalysis) { first = analysis.detail }

    var isEmpty: Bool { first == nil }

    mutating func append(_ analysis: StatementAnalysis) {
        guard let detail = analysis.detail else { return }
        if first == nil { first = detail } else { others.append(detail) }
    }

    func forEach(_ body: (StatementDetail) -> Void) {
        if let first { body(first) }
        for detail in others { body(detail) }
    }

    func allSatisfy(_ isTrue: (StatementDetail) -> Bool) -> Bool {
        (first.map(isTrue) ?? true) && others.allSatisfy(isTrue)
    }
}
