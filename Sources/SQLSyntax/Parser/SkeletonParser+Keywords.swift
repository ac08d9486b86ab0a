/// Words in expressions that are more than names.
extension SkeletonParser {
    /// Takes one word. True: it ends the run and was not taken.
    mutating func keyword(
        _ word: Word, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        let isOutside = self.frames.count == run.base
        if word.isReserved {
            if isOutside, self.ends(word.keyword, run, in: text) { return true }
            try self.reserved(word.keyword, &run, in: text)
            return false
        }
        if self.isNext("(", in: text) {
            if isOutside, run.mode == .on, run.followsOperand, word.keyword == .join { return true }
            try self.beforeParenthesis(word, &run, in: text)
            return false
        }
        return try self.free(word, &run, in: text)
    }

    /// Whether a reserved word outside parentheses begins what follows the run.
    private func ends(
        _ keyword: Keyword, _ run: ExpressionRun, in text: Span<UInt8>
    ) -> Bool {
        switch keyword {
        case .create, .grant: return true
        case .returning: return run.mode != .definition
        case .as: return run.mode == .definition && self.beginsDefinition(in: text)
        case .from: return self.isClause(run) && run.previous != .distinct
        case .group: return self.isClause(run) && run.previous != .within
        case .with:
            guard self.isClause(run) else { return false }
            // WITH TIME ZONE, FETCH ... WITH TIES, IS JSON WITH UNIQUE KEYS.
            switch self.next(in: text).keyword {
            case .time, .ties, .unique: return false
            default: return true
            }
        case .into, .where, .having, .window, .union, .intersect, .except, .order, .limit, .offset,
            .fetch, .for, .on, .do:
            return self.isClause(run)
        case .using: return run.mode == .on
        default: return false
        }
    }

    private func isClause(_ run: ExpressionRun) -> Bool {
        switch run.mode {
        case .clause, .groupBy, .on: true
        case .closing, .merge, .definition: false
        }
    }

    /// Whether AS comes before a query here (CREATE ... AS), not before an expression.
    private func beginsDefinition(in text: Span<UInt8>) -> Bool {
        switch self.next(in: text).keyword {
        case .select, .with, .values, .table, .execute: return true
        default: break
        }
        guard self.isNext("(", in: text) else { return false }
        let following = self.afterNext(in: text)
        switch following.keyword {
        case .select, .with, .values, .table: return true
        default: return following.kind == .leftParenthesis
        }
    }

    private mutating func reserved(
        _ keyword: Keyword, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        switch keyword {
        case .select:
            // A query begins behind a parenthesis, not in the middle of an expression.
            throw self.unexpected
        case .table where run.mode != .definition:
            throw self.unexpected
        case .as:
            try self.alias(&run, in: text)
            return
        case .cast where self.isNext("(", in: text):
            try self.openSyntax(.cast, in: text)
            run.followsOperand = false
            run.previous = .none
            return
        case .union, .intersect, .except, .order, .limit, .offset, .fetch, .for:
            if try self.continuesQuery(run, in: text) {
                run.followsOperand = true
                run.previous = .none
                return
            }
            if keyword == .order { self.inFrame(run) { $0.isSorting = true } }
            if keyword == .for { self.inFrame(run) { $0.hasSyntax = true } }
        case .from, .placing:
            self.inFrame(run) { $0.hasSyntax = true }
        case .variadic:
            self.inFrame(run) { $0.isUncountable = true }
        case .returning:
            try self.advance(in: text)
            try self.type(&run, in: text)
            return
        case .not:
            // Behind an operand LIKE, IN or another operator has to follow; IS NOT is like IS.
            let isTest = run.previous == .is
            try self.pass(&run, asOperand: run.followsOperand, in: text)
            if isTest { run.previous = .is }
            return
        case .distinct:
            // Elsewhere than in IS DISTINCT FROM it is a label.
            let isTest = run.previous == .is
            try self.pass(&run, asOperand: false, in: text)
            if !isTest { run.previous = .none }
            return
        case .null, .true, .false, .end, .default:
            try self.pass(&run, asOperand: true, in: text)
            return
        case .references where run.mode == .definition:
            try self.advance(in: text)
            let name = try self.takeQualifiedName(in: text)
            try self.reads(name, alias: nil, level: 0, in: text)
            run.followsOperand = true
            run.previous = .none
            return
        default:
            if let value = SpecialCall(value: keyword) {
                try self.calls(value)
                try self.pass(&run, asOperand: true, in: text)
                return
            }
        }
        try self.pass(&run, asOperand: false, in: text)
    }

    /// AS and what it names: a label, a type in CAST, or nothing (`w AS (...)`).
    private mutating func alias(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        try self.advance(in: text)
        if self.frames.count > run.base, self.frames.top.kind == .cast {
            try self.type(&run, in: text)
            return
        }
        if self.token.isAnyName { try self.advance(in: text) }
        run.followsOperand = true
        run.previous = .none
    }

    private mutating func inFrame(_ run: ExpressionRun, _ change: (inout Frame) -> Void) {
        guard self.frames.count > Swift.max(run.base, 0) else { return }
        change(&self.frames.top)
    }

    private mutating func pass(
        _ run: inout ExpressionRun, asOperand: Bool, in text: Span<UInt8>
    ) throws(Stop) {
        run.followsOperand = asOperand
        run.previous = self.token.keyword
        try self.advance(in: text)
    }

    /// A word before a parenthesis: a call unless the word has another meaning at this place.
    private mutating func beforeParenthesis(
        _ word: Word, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        let isSuffix = run.callEnd == self.lastEnd
        switch word.keyword {
        case .treat, .xmlserialize: try self.openSyntax(.cast, in: text)
        case .extract: try self.openSyntax(.special, .extract, in: text)
        case .overlay: try self.openSyntax(.special, .overlay, in: text)
        case .position: try self.openSyntax(.special, .position, in: text)
        case .substring: try self.openSyntax(.special, .substring, in: text)
        case .trim: try self.openSyntax(.special, .btrim, in: text)
        case .normalize: try self.openSyntax(.special, .normalize, in: text)
        case .xmlexists: try self.openSyntax(.special, .xmlexists, in: text)
        case .jsonObject: try self.openSyntax(.json, in: text)
        case .jsonObjectagg: try self.openSyntax(.jsonAggregate, in: text)
        case .over where isSuffix: try self.openSyntax(.window, in: text)
        case .filter where isSuffix: try self.openSyntax(.suffix, in: text)
        case .rollup where self.isGroupingSet(run, in: text),
            .cube where self.isGroupingSet(run, in: text):
            try self.openSyntax(.plain, in: text)
        case .sets where run.previous == .grouping: try self.openSyntax(.grouping, in: text)
        case .operator where run.followsOperand || run.previous == .using:
            // OPERATOR(schema.+)
            try self.advance(in: text)
            try self.skipParentheses(in: text)
            run.followsOperand = false
            run.previous = .none
            return
        case .like where run.followsOperand, .ilike where run.followsOperand,
            .is where run.followsOperand:
            try self.pass(&run, asOperand: false, in: text)
            return
        case .overlaps where run.followsOperand:
            try self.calls(.overlaps)
            try self.pass(&run, asOperand: false, in: text)
            return
        case .escape where run.followsOperand:
            try self.calls(.likeEscape)
            try self.pass(&run, asOperand: false, in: text)
            return
        case .value where run.followsOperand:
            self.inFrame(run) { $0.hasSyntax = true }
            try self.pass(&run, asOperand: false, in: text)
            return
        case .by where [.order, .group, .partition].contains(run.previous),
            .passing where run.followsOperand, .columns where run.followsOperand,
            .varying where [.character, .char, .bit, .nchar].contains(run.previous):
            try self.pass(&run, asOperand: false, in: text)
            return
        case .rows where self.isInWindow(run), .range where self.isInWindow(run),
            .groups where self.isInWindow(run):
            try self.pass(&run, asOperand: false, in: text)
            return
        case .inherits where run.mode == .definition:
            try self.parents(in: text)
            run.followsOperand = true
            run.previous = .none
            return
        case .like where run.mode == .definition:
            try self.pass(&run, asOperand: false, in: text)
            return
        case .insert where run.previous == .then && run.mode == .merge:
            try self.pass(&run, asOperand: false, in: text)
            return
        default:
            if word.flags.contains(.isColumn) {
                // VALUES in the middle of an expression is no SQL but in MERGE.
                if word.keyword == .values, run.mode != .merge, run.mode != .definition {
                    throw self.unexpected
                }
                try self.pass(&run, asOperand: true, in: text)
                return
            }
            try self.call(QualifiedName(try self.takePart(in: text)), in: text)
        }
        run.followsOperand = false
        run.previous = .none
    }

    /// ROLLUP and CUBE are no functions where they are an item of GROUP BY or GROUPING SETS.
    private func isGroupingSet(_ run: ExpressionRun, in text: Span<UInt8>) -> Bool {
        guard run.mode == .groupBy, self.lastEnd > 0, self.lastEnd <= text.count else {
            return false
        }
        guard self.frames.count == run.base || self.frames.top.kind == .grouping else {
            return false
        }
        switch text[self.lastEnd &- 1] {
        case UInt8(ascii: ","), UInt8(ascii: "("): return true
        default: return self.token.start == run.start
        }
    }

    private func isInWindow(_ run: ExpressionRun) -> Bool {
        self.frames.count > run.base && self.frames.top.kind != .call
    }

    /// The names in INHERITS (...).
    private mutating func parents(in text: Span<UInt8>) throws(Stop) {
        try self.advance(2, in: text)
        repeat {
            let name = try self.takeQualifiedName(in: text)
            try self.reads(name, alias: nil, level: 0, in: text)
        } while try self.take(.comma, in: text)
        try self.expect(.rightParenthesis, in: text)
    }

    /// A word that may be a name, without a parenthesis behind it. True: it ends the run.
    private mutating func free(
        _ word: Word, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        switch word.keyword {
        case .natural, .cross, .inner, .left, .right, .full, .join:
            if run.mode == .on, self.frames.count == run.base { return true }
        case .at where run.followsOperand:
            if self.next(in: text).keyword == .time, self.afterNext(in: text).keyword == .zone {
                try self.calls(.timezone)
                try self.advance(3, in: text)
                run.followsOperand = false
                run.previous = .none
                return false
            }
            if self.next(in: text).keyword == .local {
                try self.calls(.timezone)
                try self.advance(2, in: text)
                run.followsOperand = true
                run.previous = .none
                return false
            }
        case .escape where run.followsOperand:
            try self.calls(.likeEscape)
            try self.pass(&run, asOperand: false, in: text)
            return false
        case .similar where run.followsOperand:
            try self.calls(.similarToEscape)
            self.inFrame(run) { $0.hasSyntax = true }
            try self.pass(&run, asOperand: false, in: text)
            return false
        case .similar:
            // substring(a SIMILAR b ESCAPE c)
            self.inFrame(run) { $0.hasSyntax = true }
        case .overlaps where run.followsOperand:
            try self.calls(.overlaps)
            try self.pass(&run, asOperand: false, in: text)
            return false
        case .normalized where run.followsOperand || run.previous != .none:
            try self.calls(.isNormalized)
        case .collation
        where self.next(in: text).keyword == .for
            && self.afterNext(in: text).kind == .leftParenthesis:
            try self.calls(.collationFor)
            try self.advance(2, in: text)
            run.followsOperand = false
            run.previous = .none
            return false
        case .like where run.mode == .definition && !run.followsOperand:
            // LIKE relation, among the columns of CREATE TABLE.
            try self.advance(in: text)
            let name = try self.takeQualifiedName(in: text)
            try self.reads(name, alias: nil, level: 0, in: text)
            return false
        case .value where run.followsOperand:
            // JSON_OBJECT(key VALUE value)
            self.inFrame(run) { $0.hasSyntax = true }
        case .is, .like, .ilike:
            try self.pass(&run, asOperand: false, in: text)
            return false
        case .within where self.next(in: text).keyword == .group && run.callEnd == self.lastEnd:
            try self.advance(in: text)
            if self.isNext("(", in: text) {
                try self.openSyntax(.suffix, in: text)
            } else {
                throw self.unexpected
            }
            run.followsOperand = false
            run.previous = .none
            return false
        case .currentSchema:
            if !self.isNext(".", in: text) {
                try self.calls(.currentSchema)
                try self.pass(&run, asOperand: true, in: text)
                return false
            }
        case .partition where run.mode == .definition && self.next(in: text).keyword == .of:
            try self.advance(2, in: text)
            let name = try self.takeQualifiedName(in: text)
            try self.reads(name, alias: nil, level: 0, in: text)
            return false
        case .inherit where run.mode == .definition:
            try self.advance(in: text)
            let name = try self.takeQualifiedName(in: text)
            try self.reads(name, alias: nil, level: 0, in: text)
            return false
        case .execute where run.mode == .definition:
            // EXECUTE FUNCTION f(...) of a trigger: run later.
            try self.advance(in: text)
            if self.isAt(.function) || self.isAt(.procedure) {
                try self.advance(in: text)
                _ = try self.takeQualifiedName(in: text)
                try self.skipParentheses(in: text)
            }
            return false
        default: break
        }
        if self.isNext(".", in: text) {
            try self.names(&run, in: text)
            return false
        }
        if word.keyword == .lastValue { self.draft.findings.insert(.readsSystem) }
        try self.pass(&run, asOperand: true, in: text)
        return false
    }
}
