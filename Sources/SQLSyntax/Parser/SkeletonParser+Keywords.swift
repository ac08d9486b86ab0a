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
        case .clause, .groupBy, .window, .on: true
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
        case .select where self.isLabel(run), .table where self.isLabel(run):
            try self.pass(&run, asOperand: true, in: text)
            return
        case .select where run.mode == .definition && run.previous == .for:
            // CREATE POLICY ... FOR SELECT
            break
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
            run.tookOperator()
            return
        case .union, .intersect, .except, .order, .limit, .offset, .fetch, .for:
            if try self.continuesQuery(run, in: text) {
                run.tookOperand()
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
            try self.referredRelation(after: 1, &run, in: text)
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
        if self.frames.count > run.base {
            switch self.frames.top.kind {
            case .cast, .xml: return try self.type(&run, in: text)
            case .treat: return try self.treatedType(&run, in: text)
            default: break
            }
        }
        if self.token.isAnyName { try self.advance(in: text) }
        run.tookOperand()
    }

    /// Whether a reserved word behind an operand can only be what its column is called.
    private func isLabel(_ run: ExpressionRun) -> Bool {
        run.mode == .clause && run.followsOperand && self.frames.count == run.base
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
        if word.keyword == .jsonArray, try self.jsonArrayOfQuery(in: text) {
            run.callEnd = self.lastEnd
            run.tookOperand()
        } else if let syntax = CallSyntax(word.keyword) {
            try self.openSyntax(syntax.kind, syntax.special, in: text)
            run.tookOperator()
        } else if try self.suffix(word.keyword, &run, in: text) {
            return
        } else if try self.clauseWord(word.keyword, &run, in: text) {
            return
        } else if word.flags.contains(.isColumn) {
            // VALUES in the middle of an expression is no SQL but in MERGE.
            if word.keyword == .values, run.mode != .merge, run.mode != .definition {
                throw self.unexpected
            }
            try self.pass(&run, asOperand: true, in: text)
        } else {
            try self.call(QualifiedName(try self.takePart(in: text)), in: text)
            run.tookOperator()
        }
    }

    /// A word that goes on after an operand, where no call can stand. True: it was taken.
    private mutating func suffix(
        _ keyword: Keyword, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        if run.callEnd == self.lastEnd, keyword == .over || keyword == .filter {
            try self.openSyntax(keyword == .over ? .window : .suffix, in: text)
            run.tookOperator()
            return true
        }
        if keyword == .operator, run.followsOperand || run.previous == .using {
            // OPERATOR(schema.+)
            try self.advance(in: text)
            try self.skipParentheses(in: text)
            run.tookOperator()
            return true
        }
        guard run.followsOperand else { return false }
        switch keyword {
        case .like, .ilike, .is, .passing, .columns: break
        case .overlaps: try self.calls(.overlaps)
        case .escape: try self.calls(.likeEscape)
        case .value: self.inFrame(run) { $0.hasSyntax = true }
        case .varying where [.character, .char, .bit, .nchar].contains(run.previous): break
        default: return false
        }
        try self.pass(&run, asOperand: false, in: text)
        return true
    }

    /// A word that belongs to a clause and not to an expression. True: it was taken.
    private mutating func clauseWord(
        _ keyword: Keyword, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        switch keyword {
        case .rollup where self.isGroupingSet(run, in: text),
            .cube where self.isGroupingSet(run, in: text):
            try self.openSyntax(.plain, in: text)
            run.tookOperator()
            return true
        case .sets where run.previous == .grouping:
            try self.openSyntax(.grouping, in: text)
            run.tookOperator()
            return true
        case .inherits where run.mode == .definition:
            try self.parents(in: text)
            run.tookOperand()
            return true
        case .second where self.isIntervalField(run, in: text),
            .document where self.beginsXML(run), .content where self.beginsXML(run),
            .by where [.order, .group, .partition].contains(run.previous),
            .like where run.mode == .definition,
            .insert where run.previous == .then && run.mode == .merge,
            .rows where self.beginsFrame(run), .range where self.beginsFrame(run),
            .groups where self.beginsFrame(run):
            try self.pass(&run, asOperand: false, in: text)
            return true
        default:
            return false
        }
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

    /// `interval '1 2:03' day to second(2)`: the digits that are kept.
    private func isIntervalField(_ run: ExpressionRun, in text: Span<UInt8>) -> Bool {
        guard run.followsOperand else { return run.previous == .to }
        // Behind the literal; no call follows one.
        return run.previous == .none && text.has(UInt8(ascii: "'"), at: self.lastEnd &- 1)
    }

    /// Whether DOCUMENT or CONTENT stands here for itself.
    private func beginsXML(_ run: ExpressionRun) -> Bool {
        self.frames.count > run.base && self.frames.top.kind == .xml
            && self.frames.top.openEnd == self.lastEnd
    }

    /// Whether ROWS, RANGE or GROUPS can begin the frame of a window here.
    private func beginsFrame(_ run: ExpressionRun) -> Bool {
        guard self.frames.count > run.base, self.frames.top.kind == .window else { return false }
        return run.followsOperand || self.frames.top.openEnd == self.lastEnd
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
        case .is, .like, .ilike:
            if run.mode == .definition, word.keyword == .like, !run.followsOperand {
                // LIKE relation, among the columns of CREATE TABLE.
                try self.referredRelation(after: 1, &run, in: text)
            } else {
                try self.pass(&run, asOperand: false, in: text)
            }
            return false
        case .by where [.order, .group, .partition].contains(run.previous),
            .between where run.followsOperand, .passing where run.followsOperand:
            // An operand follows, which may be the call of a function with any name.
            try self.pass(&run, asOperand: false, in: text)
            return false
        case .within where self.next(in: text).keyword == .group && run.callEnd == self.lastEnd:
            try self.advance(in: text)
            try self.openSyntax(.suffix, in: text)
            run.tookOperator()
            return false
        case .currentSchema where !self.isNext(".", in: text):
            try self.calls(.currentSchema)
            try self.pass(&run, asOperand: true, in: text)
            return false
        default:
            if try self.infix(word.keyword, &run, in: text) { return false }
            if run.mode == .definition, try self.definitionWord(word.keyword, &run, in: text) {
                return false
            }
        }
        if self.isNext(".", in: text) {
            try self.names(&run, in: text)
            return false
        }
        if word.keyword == .lastValue { self.draft.findings.insert(.readsSystem) }
        try self.pass(&run, asOperand: true, in: text)
        return false
    }

    /// An operator that is a word and a call as well. True: it was taken.
    private mutating func infix(
        _ keyword: Keyword, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        switch keyword {
        case .at where run.followsOperand:
            let following = self.next(in: text).keyword
            if following == .time, self.afterNext(in: text).keyword == .zone {
                try self.calls(.timezone)
                try self.advance(3, in: text)
                run.tookOperator()
                return true
            }
            guard following == .local else { return false }
            try self.calls(.timezone)
            try self.advance(2, in: text)
            run.tookOperand()
            return true
        case .collation:
            guard self.next(in: text).keyword == .for,
                self.afterNext(in: text).kind == .leftParenthesis
            else { return false }
            try self.calls(.collationFor)
            try self.advance(2, in: text)
            run.tookOperator()
            return true
        case .normalized where run.followsOperand || run.previous != .none:
            try self.calls(.isNormalized)
            return false
        case .similar:
            // Also substring(a SIMILAR b ESCAPE c).
            self.inFrame(run) { $0.hasSyntax = true }
            guard run.followsOperand else { return false }
            try self.calls(.similarToEscape)
        case .escape where run.followsOperand:
            try self.calls(.likeEscape)
        case .overlaps where run.followsOperand:
            try self.calls(.overlaps)
        case .value where run.followsOperand:
            // JSON_OBJECT(key VALUE value)
            self.inFrame(run) { $0.hasSyntax = true }
            return false
        default:
            return false
        }
        try self.pass(&run, asOperand: false, in: text)
        return true
    }

    /// What follows the name in CREATE and ALTER and names another relation. True: it was taken.
    private mutating func definitionWord(
        _ keyword: Keyword, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        switch keyword {
        case .partition where self.next(in: text).keyword == .of:
            try self.referredRelation(after: 2, &run, in: text)
        case .inherit where run.previous != .no:
            try self.referredRelation(after: 1, &run, in: text)
        case .execute:
            // EXECUTE FUNCTION f(...) of a trigger: run later.
            try self.advance(in: text)
            if self.isAt(.function) || self.isAt(.procedure) {
                try self.advance(in: text)
                _ = try self.takeFunctionName(in: text)
                try self.skipParentheses(in: text)
            }
        default:
            return false
        }
        return true
    }

    /// A relation that a definition refers to, behind `count` words.
    private mutating func referredRelation(
        after count: Int, _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        try self.advance(count, in: text)
        let name = try self.takeQualifiedName(in: text)
        try self.reads(name, alias: nil, level: 0, in: text)
        run.tookOperand()
    }
}
