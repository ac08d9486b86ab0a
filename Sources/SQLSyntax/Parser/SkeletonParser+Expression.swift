/// Expressions: balanced runs of tokens, searched for calls and subqueries.
extension SkeletonParser {
    /// Takes expressions, separated by commas or not, up to what `mode` says.
    mutating func expression(_ mode: ExpressionRun.Mode, in text: Span<UInt8>) throws(Stop) {
        var run = ExpressionRun(
            mode: mode, base: mode == .closing ? self.frames.count &- 1 : self.frames.count,
            start: self.token.start)
        while true {
            switch self.token.kind {
            case .string:
                // PostgreSQL may read a time from it.
                if text.namesTransactionTime(from: self.token.start, to: self.token.end) {
                    self.draft.findings.insert(.callsTransactionTime)
                }
                run.tookOperand()
                try self.advance(in: text)
            case .bitString, .number, .parameter:
                run.tookOperand()
                try self.advance(in: text)
            case .comma:
                run.tookOperator()
                if self.frames.count > run.base {
                    if !self.frames.top.isSorting { self.frames.top.commas &+= 1 }
                    try self.advancePastLiterals(in: text)
                } else {
                    if mode == .on { return }
                    try self.advancePastRows(in: text)
                }
            case .word:
                let word = self.token.word
                if word.keyword == .none, word.isPlain {
                    try self.names(&run, in: text)
                } else if try self.keyword(word, &run, in: text) {
                    return
                }
            case .quotedName, .unicodeName:
                try self.names(&run, in: text)
            case .leftParenthesis:
                try self.open(&run, in: text)
            case .rightParenthesis:
                if self.frames.count == run.base { return }
                try self.close(&run, in: text)
                if mode == .closing, self.frames.count == run.base { return }
            case .operation:
                try self.operation(&run, in: text)
            case .typecast:
                try self.advance(in: text)
                try self.type(&run, in: text)
            case .dot:
                try self.advance(in: text)
                // An attribute of what stands before; a star is an operation.
                if self.token.isAnyName { try self.attribute(&run, in: text) }
            case .namedArgument:
                run.tookOperator()
                try self.advance(in: text)
            case .leftBracket:
                try self.push(Frame(kind: .brackets, openEnd: self.token.end))
                run.tookOperator()
                try self.advance(in: text)
            case .rightBracket:
                guard self.frames.count > run.base, self.frames.top.kind == .brackets else {
                    throw self.unexpected
                }
                _ = self.frames.pop()
                run.tookOperand()
                try self.advance(in: text)
            case .colon:
                guard self.frames.count > run.base,
                    [.brackets, .json, .jsonAggregate].contains(self.frames.top.kind)
                else { throw self.unexpected }
                self.frames.top.hasSyntax = true
                run.tookOperator()
                try self.advance(in: text)
            case .semicolon, .end:
                guard self.frames.count == run.base else { throw self.unexpected }
                return
            case .unterminated, .invalid:
                throw self.unexpected
            }
        }
    }

    /// Takes what stands in parentheses here.
    mutating func parentheses(_ kind: Frame.Kind = .plain, in text: Span<UInt8>) throws(Stop) {
        guard self.isAt(.leftParenthesis) else { throw self.unexpected }
        try self.push(Frame(kind: kind, openEnd: self.token.end))
        try self.advance(in: text)
        try self.expression(.closing, in: text)
    }

    private mutating func push(_ frame: Frame) throws(Stop) {
        guard self.frames.count < Self.framesMax else { throw .limit }
        self.frames.push(frame)
    }

    private mutating func operation(
        _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        if self.frames.top.openEnd == self.lastEnd, self.isNext(")", in: text) {
            // count(*)
            self.frames.top.isUncountable = true
        }
        run.tookOperator()
        try self.advance(in: text)
    }

    /// Whether a query begins at `next`, behind a parenthesis at `token`.
    func opensQuery(in text: Span<UInt8>) -> Bool {
        // Most parentheses hold something else.
        switch self.nextByte(in: text) | 0x20 {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "v"), UInt8(ascii: "w"): break
        default: return false
        }
        return switch self.next(in: text).keyword {
        case .select, .with, .table: true
        case .values: self.afterNext(in: text).kind == .leftParenthesis
        default: false
        }
    }

    private mutating func open(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        run.previous = .none
        guard self.opensQuery(in: text) else {
            let isWindow = run.mode == .window && self.frames.count == run.base
            var frame = Frame(kind: isWindow ? .window : .plain, openEnd: self.token.end)
            frame.isFirst = self.frames.top.openEnd == self.lastEnd
            try self.push(frame)
            run.followsOperand = false
            try self.advancePastLiterals(in: text)
            return
        }
        let isFirst = self.frames.top.openEnd == self.lastEnd
        try self.advance(in: text)
        let level = try self.query(in: text)
        guard self.isAt(.rightParenthesis) else { throw self.unexpected }
        if isFirst { self.holdsQuery(level, run) }
        run.followsOperand = true
        try self.advance(in: text)
    }

    /// The innermost frame holds nothing but a query, which ends at `token`.
    private mutating func holdsQuery(_ level: Int32, _ run: ExpressionRun) {
        guard self.frames.count > Swift.max(run.base, 0) else { return }
        self.frames.top.queryLevel = level
        self.frames.top.queryEnd = self.token.end
    }

    private mutating func close(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        let frame = self.frames.pop()
        guard frame.kind != .brackets else { throw self.unexpected }
        switch frame.kind {
        case .call:
            let count = frame.isEmpty ? 0 : frame.commas &+ 1
            try self.counted(
                frame.isUncountable ? Draft.Call.uncountable : count, of: frame.call, in: text)
        case .special:
            switch frame.special {
            case .substring where !frame.hasSyntax: try self.calls(.plainSubstring)
            case .overlay where !frame.hasSyntax: try self.calls(.plainOverlay)
            case .none: break
            default: try self.calls(frame.special)
            }
        case .json:
            // The function as it was before the constructor had a syntax of its own.
            if !frame.hasSyntax, !frame.isEmpty { try self.calls(.jsonObject) }
        case .plain:
            if frame.isFirst, frame.queryLevel >= 0, frame.queryEnd == self.lastEnd {
                self.holdsQuery(frame.queryLevel, run)
            }
        case .brackets, .jsonAggregate, .cast, .xml, .treat, .grouping, .suffix, .window:
            break
        }
        run.callEnd = self.token.end
        run.tookOperand()
        try self.advance(in: text)
    }

    /// A name with its dots: a column, or a function if a parenthesis follows.
    mutating func names(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        run.tookOperand()
        if self.isAt(.word) {
            let byte = self.nextByte(in: text)
            if byte != UInt8(ascii: "("), byte != UInt8(ascii: ".") {
                if self.isAt(.lastValue) { self.draft.findings.insert(.readsSystem) }
                try self.advance(in: text)
                return
            }
        }
        var name = QualifiedName(try self.takePart(in: text))
        while self.isAt(.dot), self.isNameNext(in: text) {
            try self.advance(in: text)
            name.append(try self.takePart(in: text))
        }
        if self.isAt(.leftParenthesis) {
            try self.call(name, in: text)
            run.followsOperand = false
        } else if name.last.word.keyword == .lastValue {
            self.draft.findings.insert(.readsSystem)
        } else if name.count > 1 {
            try self.mayCall(name.last, in: text)
        }
    }

    /// What follows the dot behind a bracket or parenthesis.
    private mutating func attribute(
        _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        let name = QualifiedName(try self.takePart(in: text))
        run.tookOperand()
        if self.isAt(.leftParenthesis) {
            try self.call(name, in: text)
            run.followsOperand = false
        } else {
            try self.mayCall(name.last, in: text)
        }
    }

    /// `a.f` and `(a).f` call `f(a)` if there is no such column: noted where it would do harm.
    private mutating func mayCall(_ name: NamePart, in text: Span<UInt8>) throws(Stop) {
        switch name.word.function {
        case .unknown, .harmless, .harmlessVolatile, .transactionTime: return
        case .nodeSpecific, .writes, .advisoryLock, .leavesState:
            let index = try self.calls(QualifiedName(name), in: text)
            try self.counted(1, of: index, in: text)
        }
    }

    /// Opens the parentheses of a call.
    mutating func call(_ name: QualifiedName, in text: Span<UInt8>) throws(Stop) {
        var frame = Frame(kind: .call, openEnd: self.token.end)
        frame.call = try self.calls(name, in: text)
        frame.isEmpty = self.isNext(")", in: text)
        try self.push(frame)
        try self.advance(in: text)
    }

    /// A type's name, behind `::` or AS or RETURNING; its modifiers are parentheses like others.
    mutating func type(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        run.tookOperand()
        _ = try self.take(.setof, in: text)
        switch self.token.keyword {
        case .interval:
            try self.advance(in: text)
            // DAY TO SECOND(3)
            while self.token.keyword.isIntervalField { try self.advance(in: text) }
        case .double:
            try self.advance(in: text)
            _ = try self.take(.precision, in: text)
        case .national:
            try self.advance(in: text)
            if self.isAt(.character) || self.isAt(.char) { try self.advance(in: text) }
            _ = try self.take(.varying, in: text)
        case .character, .char, .nchar, .bit:
            try self.advance(in: text)
            _ = try self.take(.varying, in: text)
        default:
            guard self.token.isAnyName, !self.token.word.isReserved else { return }
            try self.advance(in: text)
            while self.isAt(.dot), self.isNameNext(in: text) { try self.advance(2, in: text) }
        }
    }

    /// The type in TREAT: PostgreSQL calls the function of its name in pg_catalog. Those of the
    /// grammar's own types only convert.
    mutating func treatedType(
        _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        guard !self.token.word.flags.contains(.isColumn), !self.isAt(.double), !self.isAt(.setof)
        else { return try self.type(&run, in: text) }
        let name = try self.takeFunctionName(in: text)
        let index = try self.calls(QualifiedName(name.last), in: text)
        try self.counted(1, of: index, in: text)
        run.tookOperand()
    }

    /// Takes a query's rest when a query in parentheses turns out to be its beginning:
    /// `((SELECT 1) UNION SELECT 2)`.
    mutating func continuesQuery(_ run: ExpressionRun, in text: Span<UInt8>) throws(Stop) -> Bool {
        guard self.frames.count > run.base, self.frames.top.queryLevel >= 0,
            self.frames.top.queryEnd == self.lastEnd
        else { return false }
        try self.continueQuery(self.frames.top.queryLevel, in: text)
        self.frames.top.queryEnd = self.lastEnd
        return true
    }

    /// `JSON_ARRAY(query ...)`, which has no parentheses of its own around the query. False: it is
    /// another JSON_ARRAY, and nothing is taken.
    mutating func jsonArrayOfQuery(in text: Span<UInt8>) throws(Stop) -> Bool {
        let start = self.mark
        try self.advance(in: text)
        guard self.isAt(.leftParenthesis), self.opensQuery(in: text) else {
            self.return(to: start)
            return false
        }
        try self.push(Frame(kind: .plain, openEnd: self.token.end))
        try self.advance(in: text)
        try self.query(in: text)
        // FORMAT JSON, RETURNING type
        try self.expression(.closing, in: text)
        return true
    }

    /// Opens the parentheses of a keyword that has arguments.
    mutating func openSyntax(
        _ kind: Frame.Kind, _ special: SpecialCall = .none, in text: Span<UInt8>
    ) throws(Stop) {
        try self.advance(in: text)
        var frame = Frame(kind: kind, openEnd: self.token.end)
        frame.special = special
        frame.isEmpty = self.isNext(")", in: text)
        guard self.isAt(.leftParenthesis) else { throw self.unexpected }
        if kind == .special, special == .btrim {
            switch self.next(in: text).keyword {
            case .leading: frame.special = .ltrim
            case .trailing: frame.special = .rtrim
            default: break
            }
        }
        try self.push(frame)
        try self.advance(in: text)
    }
}
