/// What FROM, and USING of DELETE and MERGE, list.
extension SkeletonParser {
    mutating func fromList(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        repeat { try self.fromItem(level, in: text) } while try self.take(.comma, in: text)
    }

    /// A table, a function, a query, or a join of such.
    mutating func fromItem(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        try self.enter()
        try self.fromPrimary(level, in: text)
        /// Joins whose condition is still to come.
        var openJoins = 0
        while true {
            switch self.token.keyword {
            case .natural, .cross, .inner, .left, .right, .full, .join:
                if try self.joinWords(in: text) { openJoins &+= 1 }
                try self.fromPrimary(level, in: text)
                self.bareQueryLevel = -1
            case .on where openJoins > 0:
                try self.advance(in: text)
                try self.expression(.on, in: text)
                openJoins &-= 1
            case .using where openJoins > 0:
                try self.advance(in: text)
                try self.skipParentheses(in: text)
                if try self.take(.as, in: text) { _ = try self.takeName(in: text) }
                openJoins &-= 1
            default:
                guard openJoins == 0 else { throw self.unexpected }
                self.leave()
                return
            }
        }
    }

    /// The words up to JOIN. True: a condition has to follow.
    private mutating func joinWords(in text: Span<UInt8>) throws(Stop) -> Bool {
        var needsCondition = true
        while !self.isAt(.join) {
            switch self.token.keyword {
            case .natural, .cross: needsCondition = false
            case .inner, .left, .right, .full, .outer: break
            default: throw self.unexpected
            }
            try self.advance(in: text)
        }
        try self.advance(in: text)
        return needsCondition
    }

    private mutating func fromPrimary(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        self.bareQueryLevel = -1
        _ = try self.take(.lateral, in: text)
        if self.isAt(.leftParenthesis) {
            try self.fromParentheses(level, in: text)
            return
        }
        let word = self.token.word
        if self.isNext("(", in: text) {
            switch word.keyword {
            case .only:
                break
            case .graphTable:
                // Tables hide in it.
                self.draft.findings.insert(.isUnknown)
                try self.advance(in: text)
                try self.skipParentheses(in: text)
                try self.alias(in: text)
                return
            default:
                if word.flags.contains(.isColumn) || word.isReserved {
                    try self.fromSyntax(in: text)
                    return
                }
            }
        }
        if word.keyword == .rows, self.next(in: text).keyword == .from {
            try self.advance(2, in: text)
            try self.parentheses(in: text)
            try self.functionSuffix(in: text)
            return
        }
        if word.keyword == .collation, self.next(in: text).keyword == .for {
            // COLLATION FOR (a)
            try self.calls(.collationFor)
            try self.advance(2, in: text)
            try self.parentheses(in: text)
            try self.functionSuffix(in: text)
            return
        }
        if let value = SpecialCall(value: word.keyword),
            word.isReserved || (!self.isNext("(", in: text) && !self.isNext(".", in: text))
        {
            try self.calls(value)
            try self.advance(in: text)
            if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
            try self.functionSuffix(in: text)
            return
        }
        try self.fromName(level, in: text)
    }

    /// A relation or the call of a function.
    private mutating func fromName(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        if self.isAt(.only) {
            try self.fromRelation(try self.relation(in: text), level, in: text)
            return
        }
        let isRelationName = self.token.isName
        let name = try self.takeFunctionName(in: text)
        if self.isAt(.leftParenthesis) {
            try self.call(name, in: text)
            try self.expression(.closing, in: text)
            try self.functionSuffix(in: text)
        } else {
            guard isRelationName else { throw self.unexpected }
            if self.isAt(.operation) { try self.star(in: text) }
            try self.fromRelation(name, level, in: text)
        }
    }

    /// What follows a relation's name: alias, TABLESAMPLE.
    private mutating func fromRelation(
        _ name: QualifiedName, _ level: Int32, in text: Span<UInt8>
    ) throws(Stop) {
        let alias = try self.alias(in: text)
        try self.reads(name, alias: alias, level: level, in: text)
        if try self.take(.tablesample, in: text) {
            _ = try self.takeQualifiedName(in: text)
            try self.parentheses(in: text)
            if try self.take(.repeatable, in: text) { try self.parentheses(in: text) }
        }
    }

    /// A relation where nothing else can stand: `[ONLY] name [*]`, `ONLY (name)`.
    mutating func relation(in text: Span<UInt8>) throws(Stop) -> QualifiedName {
        if try self.take(.only, in: text), try self.take(.leftParenthesis, in: text) {
            let name = try self.takeQualifiedName(in: text)
            try self.expect(.rightParenthesis, in: text)
            return name
        }
        let name = try self.takeQualifiedName(in: text)
        if self.isAt(.operation) { try self.star(in: text) }
        return name
    }

    /// The star behind a relation that means its children, too.
    private mutating func star(in text: Span<UInt8>) throws(Stop) {
        guard self.token.end &- self.token.start == 1, text[self.token.start] == UInt8(ascii: "*")
        else { throw self.unexpected }
        try self.advance(in: text)
    }

    /// `(query)`, or joins in parentheses.
    private mutating func fromParentheses(
        _ level: Int32, in text: Span<UInt8>
    ) throws(Stop) {
        var queryLevel: Int32 = -1
        let opensQuery = self.opensQuery(in: text)
        try self.advance(in: text)
        if opensQuery {
            queryLevel = try self.query(in: text)
        } else {
            try self.fromItem(level, in: text)
            if self.bareQueryLevel >= 0 {
                queryLevel = self.bareQueryLevel
                try self.continueQuery(queryLevel, in: text)
            }
        }
        try self.expect(.rightParenthesis, in: text)
        self.bareQueryLevel = try self.alias(in: text) == nil ? queryLevel : -1
    }

    /// XMLTABLE, JSON_TABLE and other keywords with arguments.
    private mutating func fromSyntax(in text: Span<UInt8>) throws(Stop) {
        if self.isAt(.jsonArray), try self.jsonArrayOfQuery(in: text) {
            try self.functionSuffix(in: text)
            return
        }
        if let syntax = CallSyntax(self.token.keyword) {
            try self.openSyntax(syntax.kind, syntax.special, in: text)
        } else {
            if let value = SpecialCall(value: self.token.keyword) {
                try self.calls(value)
            } else if self.token.word.isReserved {
                throw self.unexpected
            }
            try self.openSyntax(.plain, in: text)
        }
        try self.expression(.closing, in: text)
        try self.functionSuffix(in: text)
    }

    /// WITH ORDINALITY and the alias of a function.
    private mutating func functionSuffix(in text: Span<UInt8>) throws(Stop) {
        if self.isAt(.with), self.next(in: text).keyword == .ordinality {
            try self.advance(2, in: text)
        }
        try self.alias(in: text)
    }

    /// FORMAT JSON behind the query of JSON_ARRAY: no alias.
    private func isAtFormat(in text: Span<UInt8>) -> Bool {
        self.isAt(.format) && self.next(in: text).keyword == .json
    }

    /// `[AS] alias [(columns)]`, or `AS (columns)`; nil if nothing of it stands here.
    @discardableResult
    mutating func alias(in text: Span<UInt8>) throws(Stop) -> NamePart? {
        var alias: NamePart?
        if try self.take(.as, in: text) {
            guard self.token.isName || self.isAt(.leftParenthesis) else { throw self.unexpected }
            alias = self.part
            if self.token.isName { alias = try self.takePart(in: text) }
        } else if self.token.isName, !self.isAtFormat(in: text) {
            alias = try self.takePart(in: text)
        } else {
            return nil
        }
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        return alias
    }
}
