/// Expressions: balanced runs of tokens, searched for calls and subqueries.
extension SkeletonParser {
    /// Takes expressions, separated by commas or not, up to what `mode` says.
    mutating func expression(_ mode: ExpressionRun.Mode, in text: Span<UInt8>) throws(Stop) {
        var run = ExpressionRun(
            mode: mode, base: mode == .closing ? self.frames.count &- 1 : self.frames.count)
        while true {
            switch self.token.kind {
            case .string, .bitString, .number, .parameter:
                run.followsOperand = true
                run.previous = .none
                try self.advance(in: text)
            case .comma:
                if self.frames.count > run.base {
                    self.frames[self.frames.count &- 1].commas &+= 1
                } else if mode == .on {
                    return
                }
                run.followsOperand = false
                run.previous = .none
                try self.advance(in: text)
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
                run.followsOperand = false
                run.previous = .none
                try self.advance(in: text)
            case .leftBracket:
                try self.push(Frame(kind: .brackets, openEnd: self.token.end))
                run.followsOperand = false
                run.previous = .none
                try self.advance(in: text)
            case .rightBracket:
                guard self.frames.count > run.base, self.frames.last?.kind == .brackets else {
                    throw self.unexpected
                }
                self.frames.removeLast()
                run.followsOperand = true
                run.previous = .none
                try self.advance(in: text)
            case .colon:
                guard self.frames.count > run.base, let frame = self.frames.last,
                    frame.kind == .brackets || frame.kind == .json
                else { throw self.unexpected }
                run.followsOperand = false
                run.previous = .none
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
        self.frames.append(frame)
    }

    private mutating func operation(
        _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        if let frame = self.frames.last, frame.openEnd == self.lastEnd,
            self.next.kind == .rightParenthesis
        {
            // count(*)
            self.frames[self.frames.count &- 1].isUncountable = true
        }
        run.followsOperand = false
        run.previous = .none
        try self.advance(in: text)
    }

    /// Whether a query begins at `next`, behind a parenthesis at `token`.
    func opensQuery(in text: Span<UInt8>) -> Bool {
        switch self.next.keyword {
        case .select, .with, .table: true
        case .values: self.afterNext(in: text).kind == .leftParenthesis
        default: false
        }
    }

    private mutating func open(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        run.previous = .none
        guard self.opensQuery(in: text) else {
            try self.push(Frame(kind: .plain, openEnd: self.token.end))
            run.followsOperand = false
            try self.advance(in: text)
            return
        }
        let isFirst = self.frames.last?.openEnd == self.lastEnd
        try self.advance(in: text)
        let level = try self.query(in: text)
        guard self.isAt(.rightParenthesis) else { throw self.unexpected }
        if isFirst, self.frames.count > run.base {
            self.frames[self.frames.count &- 1].queryLevel = level
            self.frames[self.frames.count &- 1].queryEnd = self.token.end
        }
        run.followsOperand = true
        try self.advance(in: text)
    }

    private mutating func close(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        guard let frame = self.frames.popLast(), frame.kind != .brackets else {
            throw self.unexpected
        }
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
        case .plain, .brackets, .json, .cast, .grouping, .suffix, .window:
            break
        }
        run.callEnd = self.token.end
        run.followsOperand = true
        run.previous = .none
        try self.advance(in: text)
    }

    /// A name with its dots: a column, or a function if a parenthesis follows.
    mutating func names(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        run.previous = .none
        run.followsOperand = true
        var name = QualifiedName(try self.takePart(in: text))
        while self.isAt(.dot), self.next.isAnyName {
            try self.advance(in: text)
            name.append(try self.takePart(in: text))
        }
        if self.isAt(.leftParenthesis) {
            try self.call(name, in: text)
            run.followsOperand = false
        } else if name.last.word.keyword == .lastValue {
            self.draft.findings.insert(.readsSystem)
        }
    }

    /// What follows the dot behind a bracket or parenthesis.
    private mutating func attribute(
        _ run: inout ExpressionRun, in text: Span<UInt8>
    ) throws(Stop) {
        let name = QualifiedName(try self.takePart(in: text))
        run.previous = .none
        run.followsOperand = true
        if self.isAt(.leftParenthesis) {
            try self.call(name, in: text)
            run.followsOperand = false
        }
    }

    /// Opens the parentheses of a call.
    mutating func call(_ name: QualifiedName, in text: Span<UInt8>) throws(Stop) {
        var frame = Frame(kind: .call, openEnd: self.token.end)
        frame.call = try self.calls(name, in: text)
        frame.isEmpty = self.next.kind == .rightParenthesis
        try self.push(frame)
        try self.advance(in: text)
    }

    /// A type's name, behind `::` or AS or RETURNING; its modifiers are parentheses like others.
    mutating func type(_ run: inout ExpressionRun, in text: Span<UInt8>) throws(Stop) {
        run.previous = .none
        run.followsOperand = true
        _ = try self.take(.setof, in: text)
        switch self.token.keyword {
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
            while self.isAt(.dot), self.next.isAnyName { try self.advance(2, in: text) }
        }
    }

    /// Takes a query's rest when a query in parentheses turns out to be its beginning:
    /// `((SELECT 1) UNION SELECT 2)`.
    mutating func continuesQuery(_ run: ExpressionRun, in text: Span<UInt8>) throws(Stop) -> Bool {
        guard self.frames.count > run.base, let frame = self.frames.last, frame.queryLevel >= 0,
            frame.queryEnd == self.lastEnd
        else { return false }
        try self.continueQuery(frame.queryLevel, in: text)
        return true
    }

    /// Opens the parentheses of a keyword that has arguments.
    mutating func openSyntax(
        _ kind: Frame.Kind, _ special: SpecialCall = .none, in text: Span<UInt8>
    ) throws(Stop) {
        try self.advance(in: text)
        var frame = Frame(kind: kind, openEnd: self.token.end)
        frame.special = special
        guard self.isAt(.leftParenthesis) else { throw self.unexpected }
        if kind == .special, special == .btrim {
            switch self.next.keyword {
            case .leading: frame.special = .ltrim
            case .trailing: frame.special = .rtrim
            default: break
            }
        }
        try self.push(frame)
        try self.advance(in: text)
    }
}
