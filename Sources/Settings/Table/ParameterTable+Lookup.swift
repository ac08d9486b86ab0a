/// What a name in a file stands for.
enum ParameterLookup: Sendable {
    /// A parameter, with the node's number if the name carries one.
    case parameter(Parameter, index: Int?)
    /// A name of an older release.
    case historic(HistoricName)
    /// The name of a numbered parameter with a wrong number.
    case wrong(ValueProblem)
    /// No known name; the nearest one, if it is near.
    case unknown(suggestion: String?)
}

extension ParameterTable {
    /// Finds the parameter that a name in a file stands for.
    ///
    /// Numbered parameters are found by prefix, longest first: a name that begins like one but
    /// does not go on with digits only is an error and not an unknown name.
    static func lookUp(_ name: String) -> ParameterLookup {
        if let row = row(named: name), row.suffix == .none { return .parameter(row, index: nil) }
        if let row = numbered.first(where: { name.hasPrefix($0.name) }) {
            return numberedLookup(row, name)
        }
        if let entry = HistoricName.named(name) { return .historic(entry) }
        return .unknown(suggestion: suggestion(for: name))
    }

    private static func numberedLookup(_ row: Parameter, _ name: String) -> ParameterLookup {
        let digits = name.dropFirst(row.name.count)
        guard let indexMax = row.suffix.indexMax else { return .parameter(row, index: nil) }
        if digits.isEmpty {
            if case .optional = row.suffix { return .parameter(row, index: nil) }
            return .wrong(
                ValueProblem(
                    message: "parameter \"\(name)\" expects the index value",
                    hint: "Write \(row.name)0 for the first node."))
        }
        guard digits.utf8.allSatisfy(\.isDigit) else {
            return .wrong(
                ValueProblem(
                    message: "invalid index value for parameter \"\(name)\" ",
                    detail: "index part contains the invalid non digit character",
                    hint: "Write \(row.name) directly followed by a number from 0 to \(indexMax)."))
        }
        guard let index = Int(digits), index <= indexMax else {
            return .wrong(
                ValueProblem(
                    message: """
                        \(digits) index outside the valid range for parameter "\(name)" \
                        (0 .. \(indexMax + 1))
                        """,
                    hint: "The highest number is \(indexMax)."))
        }
        return .parameter(row, index: index)
    }

    /// The known name nearest to a misspelt one; digits at the end are a node's number.
    static func suggestion(for name: String) -> String? {
        guard name.utf8.count <= nameLengthMax else { return nil }
        let digits = String(name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
        let base = Array(name.lowercased().utf8.dropLast(digits.utf8.count))
        guard base.count >= 3 else { return nil }
        let limit = max(1, min(3, base.count / 4))
        var best: (distance: Int, name: String)?
        for row in all {
            let distance = editDistance(base, Array(row.name.utf8), limit: best?.distance ?? limit)
            guard distance <= limit, distance < best?.distance ?? .max else { continue }
            let number = row.suffix == .none ? "" : digits.isEmpty ? "0" : digits
            best = (distance, row.name + number)
        }
        return best?.name
    }

    /// Longer names get no suggestion: nobody misspells that far, and the work is bounded.
    static let nameLengthMax = 64

    /// Insertions, deletions, replacements and swaps of neighbours between two words; any number
    /// above `limit` if there are more than that.
    static func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit else { return limit + 1 }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(
                    previous[column + 1] + 1, current[column] + 1,
                    previous[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], other == left[row - 1] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            if current.allSatisfy({ $0 > limit }) { return limit + 1 }
            beforePrevious = previous
            previous = current
        }
        return previous.last ?? 0
    }
}
