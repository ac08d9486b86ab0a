/// SELECT, VALUES, TABLE, set operations and WITH.
extension SkeletonParser {
    /// A statement that can stand inside others: a query, or one that changes data, behind WITH or
    /// not.
    mutating func innerStatement(in text: Span<UInt8>) throws(Stop) -> StatementKind {
        try self.enter()
        let visible = self.scope.count
        if self.isAt(.with) { try self.withClause(in: text) }
        let kind: StatementKind
        switch self.token.keyword {
        case .insert: kind = try self.insert(in: text)
        case .update: kind = try self.update(in: text)
        case .delete: kind = try self.delete(in: text)
        case .merge: kind = try self.merge(in: text)
        default: kind = try self.queryBody(self.newLevel(), in: text)
        }
        self.scope.cut(to: visible)
        self.leave()
        return kind
    }

    /// A query that cannot be anything else; gives its level.
    @discardableResult
    mutating func query(in text: Span<UInt8>) throws(Stop) -> Int32 {
        let level = self.newLevel()
        _ = try self.query(level, in: text)
        return level
    }

    private mutating func query(
        _ level: Int32, in text: Span<UInt8>
    ) throws(Stop) -> StatementKind {
        try self.enter()
        let visible = self.scope.count
        if self.isAt(.with) { try self.withClause(in: text) }
        let kind = try self.queryBody(level, in: text)
        self.scope.cut(to: visible)
        self.leave()
        return kind
    }

    /// SELECT ..., VALUES ..., TABLE ... or a query in parentheses, and what may follow it.
    mutating func queryBody(_ level: Int32, in text: Span<UInt8>) throws(Stop) -> StatementKind {
        let kind: StatementKind
        switch self.token.keyword {
        case .select:
            kind = try self.select(level, in: text)
        case .values:
            try self.advance(in: text)
            guard self.isAt(.leftParenthesis) else { throw self.unexpected }
            try self.expression(.clause, in: text)
            kind = .values
        case .table:
            try self.advance(in: text)
            let name = try self.relation(in: text)
            try self.reads(name, alias: nil, level: level, in: text)
            kind = .table
        default:
            try self.expect(.leftParenthesis, in: text)
            kind = try self.query(level, in: text)
            try self.expect(.rightParenthesis, in: text)
        }
        let isCombined = try self.setOperations(level, in: text)
        try self.queryTail(level, in: text)
        return isCombined && kind != .selectInto ? .select : kind
    }

    /// What follows a query in parentheses that turned out to be the beginning of a longer one.
    mutating func continueQuery(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        _ = try self.setOperations(level, in: text)
        try self.queryTail(level, in: text)
    }

    private mutating func setOperations(
        _ level: Int32, in text: Span<UInt8>
    ) throws(Stop) -> Bool {
        var isCombined = false
        while self.isAt(.union) || self.isAt(.intersect) || self.isAt(.except) {
            isCombined = true
            try self.advance(in: text)
            if self.isAt(.all) || self.isAt(.distinct) { try self.advance(in: text) }
            switch self.token.keyword {
            case .select:
                _ = try self.select(level, in: text)
            case .values:
                try self.advance(in: text)
                guard self.isAt(.leftParenthesis) else { throw self.unexpected }
                try self.expression(.clause, in: text)
            case .table:
                try self.advance(in: text)
                let name = try self.relation(in: text)
                try self.reads(name, alias: nil, level: level, in: text)
            default:
                // A query of its own: a lock in it locks nothing of the others.
                try self.expect(.leftParenthesis, in: text)
                try self.query(in: text)
                try self.expect(.rightParenthesis, in: text)
            }
        }
        return isCombined
    }

    private mutating func select(
        _ level: Int32, in text: Span<UInt8>
    ) throws(Stop) -> StatementKind {
        try self.advance(in: text)
        if self.isAt(.all) {
            try self.advance(in: text)
        } else if try self.take(.distinct, in: text), try self.take(.on, in: text) {
            try self.parentheses(in: text)
        }
        try self.expression(.clause, in: text)
        var kind = StatementKind.select
        if try self.take(.into, in: text) {
            try self.target(in: text)
            kind = .selectInto
        }
        if try self.take(.from, in: text) { try self.fromList(level, in: text) }
        if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
        if try self.take(.group, in: text) {
            try self.expect(.by, in: text)
            if self.isAt(.all) || self.isAt(.distinct) { try self.advance(in: text) }
            try self.expression(.groupBy, in: text)
        }
        if try self.take(.having, in: text) { try self.expression(.clause, in: text) }
        if try self.take(.window, in: text) { try self.expression(.window, in: text) }
        return kind
    }

    /// The table that SELECT INTO makes.
    private mutating func target(in text: Span<UInt8>) throws(Stop) {
        self.draft.findings.insert(.selectInto)
        var isTemporary = false
        switch self.token.keyword {
        case .local, .global:
            if self.next(in: text).keyword == .temp || self.next(in: text).keyword == .temporary {
                try self.advance(2, in: text)
                isTemporary = true
            }
        case .temp, .temporary, .unlogged:
            // Any of these words can also be the table's name.
            if self.next(in: text).keyword == .table || self.next(in: text).isName {
                isTemporary = self.token.keyword != .unlogged
                try self.advance(in: text)
            }
        default: break
        }
        _ = try self.take(.table, in: text)
        let name = try self.takeQualifiedName(in: text)
        try self.creates(name, isTemporary: isTemporary, in: text)
    }

    private mutating func queryTail(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        while true {
            switch self.token.keyword {
            case .order:
                try self.advance(in: text)
                try self.expect(.by, in: text)
                try self.expression(.clause, in: text)
            case .limit, .offset:
                try self.advance(in: text)
                try self.expression(.clause, in: text)
            case .fetch:
                try self.advance(in: text)
                guard self.isAt(.first) || self.isAt(.next) else { throw self.unexpected }
                try self.advance(in: text)
                try self.expression(.clause, in: text)
            case .for:
                try self.lockingClause(level, in: text)
            default:
                return
            }
        }
    }

    /// FOR UPDATE and its relatives; FOR READ ONLY locks nothing.
    private mutating func lockingClause(_ level: Int32, in text: Span<UInt8>) throws(Stop) {
        try self.advance(in: text)
        switch self.token.keyword {
        case .read:
            try self.advance(in: text)
            try self.expect(.only, in: text)
            return
        case .no:
            try self.advance(in: text)
            try self.expect(.key, in: text)
            try self.expect(.update, in: text)
        case .key:
            try self.advance(in: text)
            try self.expect(.share, in: text)
        case .update, .share:
            try self.advance(in: text)
        default:
            throw self.unexpected
        }
        self.draft.findings.insert(.rowLock)
        if try self.take(.of, in: text) {
            repeat {
                let name = try self.takeQualifiedName(in: text)
                try self.lock(level, name.last, in: text)
            } while try self.take(.comma, in: text)
        } else {
            try self.lock(level, nil, in: text)
        }
        if self.isAt(.nowait) {
            try self.advance(in: text)
        } else if try self.take(.skip, in: text) {
            try self.expect(.locked, in: text)
        }
    }

    /// Tables that the query reads become tables that it locks: all, or the one of a name.
    private mutating func lock(
        _ level: Int32, _ name: NamePart?, in text: Span<UInt8>
    ) throws(Stop) {
        self.draft.locks &+= 1
        guard self.draft.locks <= Self.locksMax else { throw .limit }
        try self.look(at: self.draft.tables.count, in: text)
        for index in self.draft.tables.indices
        where self.draft.tables[index].level == level && self.draft.tables[index].mode == .read {
            if let name, !self.isSame(self.draft.tables[index].alias, name, in: text) { continue }
            self.draft.tables[index].mode = .lock
        }
    }
}

/// WITH.
extension SkeletonParser {
    /// WITH and its members; their names stay in `scope`.
    mutating func withClause(in text: Span<UInt8>) throws(Stop) {
        try self.advance(in: text)
        // RECURSIVE may also be the name of the first member.
        let isRecursive = self.isAt(.recursive) && self.next(in: text).isName
        if isRecursive { try self.advance(in: text) }
        let firstName = self.scope.count
        let firstTable = self.draft.tables.count
        repeat {
            let name = self.bytes(of: try self.takeName(in: text), in: text)
            if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
            try self.expect(.as, in: text)
            if try self.take(.not, in: text) {
                try self.expect(.materialized, in: text)
            } else {
                _ = try self.take(.materialized, in: text)
            }
            try self.expect(.leftParenthesis, in: text)
            guard self.scope.count < Self.scopeMax else { throw .limit }
            if isRecursive { self.scope.append(name) }
            _ = try self.innerStatement(in: text)
            if !isRecursive { self.scope.append(name) }
            try self.expect(.rightParenthesis, in: text)
            try self.searchAndCycle(in: text)
        } while try self.take(.comma, in: text)
        if isRecursive, self.scope.count &- firstName > 1 {
            try self.dropForwardReferences(firstTable, in: text)
        }
    }

    /// In WITH RECURSIVE a member may also read those after it: what looked like tables then.
    private mutating func dropForwardReferences(
        _ firstTable: Int, in text: Span<UInt8>
    ) throws(Stop) {
        guard firstTable < self.draft.tables.count else { return }
        // Each costs as much as a few that are only walked over.
        try self.look(at: 4 &* (self.draft.tables.count &- firstTable), in: text)
        let kept = self.draft.tables[firstTable...].filter { table in
            guard table.mode == .read, table.name.count == 1 else { return true }
            return !self.scope.contains(self.bytes(of: table.name.last, in: text))
        }
        self.draft.tables.replaceSubrange(firstTable..., with: kept)
    }

    /// SEARCH ... SET name, CYCLE ... SET name [TO value DEFAULT value] USING name.
    private mutating func searchAndCycle(in text: Span<UInt8>) throws(Stop) {
        if self.isAt(.search) {
            while !self.isAt(.set), !self.isAtEnd { try self.advance(in: text) }
            try self.expect(.set, in: text)
            _ = try self.takeName(in: text)
        }
        if self.isAt(.cycle) {
            while !self.isAt(.using), !self.isAtEnd { try self.advance(in: text) }
            try self.expect(.using, in: text)
            _ = try self.takeName(in: text)
        }
    }
}
