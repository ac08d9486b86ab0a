/// CREATE: the target, the relations that it refers to, and the query if there is one. All of it
/// writes, so nothing depends on what is not recognised here.
extension SkeletonParser {
    mutating func create(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let start = self.token.start
        try self.advance(in: text)
        if self.isAt(.or), self.next(in: text).keyword == .replace { try self.advance(2, in: text) }
        var isTemporary = false
        var isRecursive = false
        // MATERIALIZED, UNIQUE, CONSTRAINT ... come before what they describe.
        while true {
            switch self.token.keyword {
            case .temp, .temporary: isTemporary = true
            case .recursive: isRecursive = true
            case .materialized:
                try self.advance(in: text)
                guard self.isAt(.view) else { throw self.unexpected }
                return try self.createTable(isTemporary: false, in: text)
            case .foreign where self.next(in: text).keyword == .table:
                try self.advance(in: text)
                var verdict = try self.createTable(isTemporary: false, in: text)
                verdict.kind = .ddl
                return verdict
            case .table: return try self.createTable(isTemporary: isTemporary, in: text)
            case .view:
                return try self.createView(
                    isTemporary: isTemporary, isRecursive: isRecursive, in: text)
            case .index: return try self.createIndex(in: text)
            case .sequence: return try self.createSequence(isTemporary: isTemporary, in: text)
            case .schema: return try self.createSchema(in: text)
            case .trigger: return try self.createOnRelation(.createTrigger, in: text)
            case .policy: return try self.createOnRelation(.ddl, in: text)
            case .rule: return try self.createRule(in: text)
            case .publication: return try self.createPublication(in: text)
            case .statistics: return try self.createStatistics(in: text)
            case .function, .procedure:
                // The body may hold semicolons.
                try self.skipRoutine(from: start, in: text)
                return .write(.createFunction, .changesCatalog)
            case .database:
                try self.skipStatement(in: text)
                return .write(.createDatabase, .changesCatalog)
            case .global, .local, .unlogged, .unique, .constraint: break
            default:
                try self.skipStatement(in: text)
                return .write(.ddl, .changesCatalog)
            }
            try self.advance(in: text)
        }
    }

    private mutating func ifNotExists(in text: Span<UInt8>) throws(Stop) {
        if self.isAt(.if), self.next(in: text).keyword == .not { try self.advance(3, in: text) }
    }

    private mutating func ifExists(in text: Span<UInt8>) throws(Stop) {
        if self.isAt(.if), self.next(in: text).keyword == .exists { try self.advance(2, in: text) }
    }

    private func definition(_ kind: StatementKind) -> Verdict {
        var verdict = Verdict.write(kind, .changesCatalog)
        if self.draft.findings.contains(.createsTemporary) {
            verdict.traits.insert(.createsTemporary)
        }
        return verdict
    }

    /// CREATE TABLE, and CREATE MATERIALIZED VIEW from its name on.
    private mutating func createTable(
        isTemporary: Bool, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        let isView = self.isAt(.view)
        try self.advance(in: text)
        try self.ifNotExists(in: text)
        let name = try self.takeQualifiedName(in: text)
        try self.creates(name, isTemporary: isTemporary, in: text)
        try self.expression(.definition, in: text)
        guard try self.take(.as, in: text) else {
            return self.definition(isView ? .createTableAs : .createTable)
        }
        var traits = StatementTraits()
        if self.isAt(.execute) {
            traits = try self.execute(in: text).traits.subtracting(.inheritsNode)
        } else {
            _ = try self.innerStatement(in: text)
            traits = self.reading(.select).traits
        }
        // WITH [NO] DATA
        try self.words(in: text)
        var verdict = self.definition(.createTableAs)
        verdict.traits.formUnion(traits)
        return verdict
    }

    private mutating func createView(
        isTemporary: Bool, isRecursive: Bool, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        try self.advance(in: text)
        try self.ifNotExists(in: text)
        let name = try self.takeQualifiedName(in: text)
        try self.creates(name, isTemporary: isTemporary, in: text)
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        if try self.take(.with, in: text) { try self.skipParentheses(in: text) }
        try self.expect(.as, in: text)
        if isRecursive { self.scope.append(self.bytes(of: name.last, in: text)) }
        try self.query(in: text)
        // WITH [CASCADED | LOCAL] CHECK OPTION
        if self.isAt(.with) { try self.words(in: text) }
        return self.definition(.createView)
    }

    private mutating func createIndex(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        _ = try self.take(.concurrently, in: text)
        try self.ifNotExists(in: text)
        if !self.isAt(.on) { _ = try self.takeName(in: text) }
        try self.expect(.on, in: text)
        try self.writes(try self.relation(in: text))
        try self.expression(.definition, in: text)
        return self.definition(.createIndex)
    }

    private mutating func createSequence(
        isTemporary: Bool, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        try self.advance(in: text)
        try self.ifNotExists(in: text)
        let name = try self.takeQualifiedName(in: text)
        try self.creates(name, isTemporary: isTemporary, in: text)
        try self.expression(.definition, in: text)
        return self.definition(.ddl)
    }

    /// CREATE SCHEMA, with the statements that it may hold.
    private mutating func createSchema(in text: Span<UInt8>) throws(Stop) -> Verdict {
        while !self.isAtEnd, !self.isAt(.create), !self.isAt(.grant) {
            try self.advance(in: text)
        }
        while !self.isAtEnd {
            try self.enter()
            switch self.token.keyword {
            case .create: _ = try self.create(in: text)
            case .grant: _ = try self.grant(in: text)
            default: throw self.unexpected
            }
            self.leave()
        }
        return self.definition(.createSchema)
    }

    /// CREATE TRIGGER, CREATE POLICY: ON names the relation.
    private mutating func createOnRelation(
        _ kind: StatementKind, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        while !self.isAtEnd, !self.isAt(.on) { try self.advance(in: text) }
        try self.expect(.on, in: text)
        try self.writes(try self.relation(in: text))
        if kind == .createTrigger, try self.take(.from, in: text) {
            let name = try self.takeQualifiedName(in: text)
            try self.reads(name, alias: nil, level: 0, in: text)
        }
        try self.expression(.definition, in: text)
        return self.definition(kind)
    }

    /// CREATE RULE: its statements run later, so that they only read here.
    private mutating func createRule(in text: Span<UInt8>) throws(Stop) -> Verdict {
        while !self.isAtEnd, !self.isAt(.to) { try self.advance(in: text) }
        try self.expect(.to, in: text)
        try self.writes(try self.takeQualifiedName(in: text))
        let first = self.draft.tables.count
        if try self.take(.where, in: text) { try self.expression(.clause, in: text) }
        try self.expect(.do, in: text)
        if self.isAt(.also) || self.isAt(.instead) { try self.advance(in: text) }
        if self.isAt(.leftParenthesis) {
            try self.advance(in: text)
            while !self.isAt(.rightParenthesis) {
                if self.isAt(.semicolon) {
                    try self.step(in: text)
                } else {
                    try self.ruleAction(in: text)
                }
            }
            try self.advance(in: text)
        } else {
            try self.ruleAction(in: text)
        }
        for index in self.draft.tables.indices.dropFirst(first) {
            self.draft.tables[index].mode = .read
        }
        return self.definition(.createRule)
    }

    private mutating func ruleAction(in text: Span<UInt8>) throws(Stop) {
        switch self.token.keyword {
        case .nothing: try self.advance(in: text)
        case .notify: _ = try self.channel(in: text)
        default: _ = try self.innerStatement(in: text)
        }
    }

    /// CREATE PUBLICATION ... FOR TABLE names.
    private mutating func createPublication(in text: Span<UInt8>) throws(Stop) -> Verdict {
        while !self.isAtEnd, !self.isAt(.for) { try self.advance(in: text) }
        if try self.take(.for, in: text) { try self.publishedTables(in: text) }
        try self.skipStatement(in: text)
        return self.definition(.ddl)
    }

    private mutating func publishedTables(in text: Span<UInt8>) throws(Stop) {
        while try self.take(.table, in: text) {
            repeat {
                if self.isAt(.table) { break }
                let name = try self.relation(in: text)
                try self.reads(name, alias: nil, level: 0, in: text)
                if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
                if try self.take(.where, in: text) { try self.parentheses(in: text) }
            } while try self.take(.comma, in: text)
        }
    }

    private mutating func createStatistics(in text: Span<UInt8>) throws(Stop) -> Verdict {
        while !self.isAtEnd, !self.isAt(.from) {
            if self.isAt(.leftParenthesis) {
                try self.parentheses(in: text)
            } else {
                try self.advance(in: text)
            }
        }
        if try self.take(.from, in: text) { try self.fromList(0, in: text) }
        try self.skipStatement(in: text)
        return self.definition(.ddl)
    }

    /// Skips CREATE FUNCTION, whose body may hold statements with semicolons.
    private mutating func skipRoutine(from start: Int, in text: Span<UInt8>) throws(Stop) {
        var boundary = StatementBoundary()
        self.restart(at: start, in: text)
        while self.token.kind != .end {
            let token = Token(kind: self.token.kind, start: self.token.start, end: self.token.end)
            if boundary.endsStatement(token, in: text, words: self.words) { return }
            try self.step(in: text)
        }
    }
}

/// ALTER, DROP, GRANT and maintenance.
extension SkeletonParser {
    mutating func alter(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        var kind = StatementKind.ddl
        switch self.token.keyword {
        case .system:
            try self.skipStatement(in: text)
            return .write(.alterSystem)
        case .role, .user:
            let setsSetting = try self.altersRoleSetting(in: text)
            return .write(setsSetting ? .alterRoleSet : .ddl, .changesCatalog)
        case .trigger, .policy, .rule:
            return try self.createOnRelation(.ddl, in: text)
        case .publication:
            while !self.isAtEnd, !self.isAt(.table) { try self.advance(in: text) }
            try self.publishedTables(in: text)
            try self.skipStatement(in: text)
            return self.definition(.ddl)
        case .materialized,
            .foreign where self.next(in: text).keyword == .table:
            try self.advance(in: text)
        case .table: kind = .alterTable
        case .index, .view, .sequence: break
        default:
            try self.skipStatement(in: text)
            return self.definition(.ddl)
        }
        try self.advance(in: text)
        try self.ifExists(in: text)
        // ALTER TABLE ALL IN TABLESPACE
        if !self.isAt(.all) {
            try self.writes(try self.relation(in: text))
            if self.isAt(.attach) || self.isAt(.detach) {
                try self.advance(2, in: text)
                try self.writes(try self.takeQualifiedName(in: text))
            }
        }
        try self.expression(.definition, in: text)
        return self.definition(kind)
    }

    /// ALTER ROLE ... { SET | RESET } setting.
    private mutating func altersRoleSetting(in text: Span<UInt8>) throws(Stop) -> Bool {
        // ROLE and the role's name.
        try self.advance(2, in: text)
        if self.isAt(.in) {
            // IN DATABASE name
            try self.advance(3, in: text)
        }
        let setsSetting = self.isAt(.set) || self.isAt(.reset)
        try self.skipStatement(in: text)
        return setsSetting
    }

    mutating func drop(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        switch self.token.keyword {
        case .database:
            try self.skipStatement(in: text)
            return .write(.dropDatabase, .changesCatalog)
        case .trigger, .rule, .policy:
            return try self.createOnRelation(.drop, in: text)
        case .materialized,
            .foreign where self.next(in: text).keyword == .table:
            try self.advance(in: text)
        case .table, .view, .sequence, .index: break
        default:
            try self.skipStatement(in: text)
            return self.definition(.drop)
        }
        try self.advance(in: text)
        _ = try self.take(.concurrently, in: text)
        try self.ifExists(in: text)
        repeat {
            let name = try self.takeQualifiedName(in: text)
            // Only what runs refuses a name of more than three parts.
            if name.count <= 3 { try self.writes(name) }
        } while try self.take(.comma, in: text)
        try self.words(in: text)
        return self.definition(.drop)
    }

    /// GRANT, REVOKE: of privileges on relations, on other things, or of roles.
    mutating func grant(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let kind: StatementKind = self.isAt(.grant) ? .grant : .revoke
        try self.advance(in: text)
        while !self.isAt(.on), !self.isAtEnd, !self.isAt(.to), !self.isAt(.from) {
            if self.isAt(.leftParenthesis) {
                try self.skipParentheses(in: text)
            } else {
                try self.advance(in: text)
            }
        }
        if try self.take(.on, in: text), try self.areRelations(in: text) {
            repeat {
                try self.writes(try self.takeQualifiedName(in: text))
            } while try self.take(.comma, in: text)
        }
        while !self.isAtEnd, !self.isAt(.create), !self.isAt(.grant) {
            if self.isAt(.leftParenthesis) {
                try self.skipParentheses(in: text)
            } else {
                try self.advance(in: text)
                // REVOKE GRANT OPTION FOR, WITH GRANT OPTION.
                if self.isAt(.grant), self.next(in: text).keyword == .option {
                    try self.advance(2, in: text)
                }
            }
        }
        return self.definition(kind)
    }

    /// Whether ON is followed by names of relations; takes the word that says so.
    private mutating func areRelations(in text: Span<UInt8>) throws(Stop) -> Bool {
        switch self.token.keyword {
        case .table, .sequence:
            if self.isAt(.table) || self.next(in: text).isName { try self.advance(in: text) }
            return true
        case .all, .foreign:
            return false
        case .function, .procedure, .routine, .schema, .database, .language, .domain, .type,
            .large, .tablespace, .parameter:
            // Any of these words can also be a relation's name.
            return !self.next(in: text).isName
        default:
            return true
        }
    }

    /// VACUUM, ANALYZE, CLUSTER, REINDEX, REFRESH MATERIALIZED VIEW, CHECKPOINT.
    mutating func maintenance(in text: Span<UInt8>) throws(Stop) -> Verdict {
        let head = self.token.keyword
        try self.advance(in: text)
        switch head {
        case .checkpoint:
            if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
            return .write(.checkpoint)
        case .refresh:
            try self.expect(.materialized, in: text)
            try self.expect(.view, in: text)
            _ = try self.take(.concurrently, in: text)
            try self.writes(try self.takeQualifiedName(in: text))
            try self.words(in: text)
            return .write(.refreshMaterializedView, .changesCatalog)
        case .reindex: return try self.reindex(in: text)
        case .cluster: return try self.cluster(in: text)
        default: break
        }
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        while self.isAt(.full) || self.isAt(.freeze) || self.isAt(.verbose) || self.isAt(.analyze)
            || self.isAt(.analyse)
        {
            try self.advance(in: text)
        }
        if !self.isAtEnd {
            repeat {
                try self.writes(try self.relation(in: text))
                if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
            } while try self.take(.comma, in: text)
        }
        return .write(head == .vacuum ? .vacuum : .analyze)
    }

    private mutating func reindex(in text: Span<UInt8>) throws(Stop) -> Verdict {
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        let isRelation = self.isAt(.table) || self.isAt(.index)
        try self.advance(in: text)
        _ = try self.take(.concurrently, in: text)
        if isRelation {
            try self.writes(try self.takeQualifiedName(in: text))
        } else {
            try self.words(in: text)
            try self.skipStatement(in: text)
        }
        return .write(.reindex)
    }

    /// CLUSTER [VERBOSE] [relation [USING index]], or as it was written long ago: index ON relation.
    private mutating func cluster(in text: Span<UInt8>) throws(Stop) -> Verdict {
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        _ = try self.take(.verbose, in: text)
        if !self.isAtEnd {
            var name = try self.takeQualifiedName(in: text)
            if try self.take(.on, in: text) {
                name = try self.takeQualifiedName(in: text)
            } else if try self.take(.using, in: text) {
                _ = try self.takeName(in: text)
            }
            try self.writes(name)
        }
        return .write(.cluster)
    }
}
