/// SET, RESET, SHOW and what else is about settings.
extension SkeletonParser {
    mutating func set(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        var scope = SettingChange.Scope.session
        switch self.token.keyword {
        case .constraints where self.next(in: text).isName || self.next(in: text).keyword == .all:
            return try self.setConstraints(in: text)
        case .session where self.next(in: text).keyword == .characteristics:
            return try self.setCharacteristics(scope, in: text)
        case .session where self.next(in: text).keyword == .authorization:
            try self.advance(2, in: text)
            return try self.setSpecial("session_authorization", scope, in: text)
        case .local where self.next(in: text).isAnyName:
            scope = .transaction
            try self.advance(in: text)
        case .session where self.next(in: text).isAnyName:
            try self.advance(in: text)
        default:
            break
        }
        return try self.setRest(scope, in: text)
    }

    /// What follows SET [LOCAL | SESSION].
    private mutating func setRest(
        _ scope: SettingChange.Scope, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        // Each of the special forms begins with a word that can also name a setting.
        let isSetting =
            self.isNext(".", in: text) || self.next(in: text).keyword == .to
            || self.isEqualSign(text)
        if !isSetting {
            switch self.token.keyword {
            case .transaction:
                return try self.setTransaction(in: text)
            case .time where self.next(in: text).keyword == .zone:
                try self.advance(2, in: text)
                return try self.setTimeZone(scope, in: text)
            case .session where self.next(in: text).keyword == .characteristics:
                return try self.setCharacteristics(scope, in: text)
            case .session where self.next(in: text).keyword == .authorization:
                try self.advance(2, in: text)
                return try self.setSpecial("session_authorization", scope, in: text)
            case .role:
                try self.advance(in: text)
                return try self.setSpecial("role", scope, in: text)
            case .names:
                try self.advance(in: text)
                return try self.setSpecial("client_encoding", scope, in: text)
            case .schema:
                try self.advance(in: text)
                return try self.setSpecial("search_path", scope, in: text)
            case .xml where self.next(in: text).keyword == .option:
                try self.advance(2, in: text)
                return try self.setSpecial("xmloption", scope, in: text)
            default:
                break
            }
        }
        let name = try self.settingName(in: text)
        if try self.take(.from, in: text) {
            try self.expect(.current, in: text)
            return self.changes(name, scope, .current)
        }
        if !(try self.take(.to, in: text)) {
            guard self.isEqualSign(self.token, text) else { throw self.unexpected }
            try self.advance(in: text)
        }
        if try self.take(.default, in: text) { return self.changes(name, scope, .standard) }
        var items: [[UInt8]] = []
        repeat {
            items.append(try self.takeValue(in: text))
        } while try self.take(.comma, in: text)
        return self.changes(name, scope, .items(items))
    }

    private func isEqualSign(_ text: Span<UInt8>) -> Bool {
        self.isEqualSign(self.next(in: text), text)
    }

    private func isEqualSign(_ token: SyntaxToken, _ text: Span<UInt8>) -> Bool {
        token.kind == .operation && token.end &- token.start == 1
            && text[token.start] == UInt8(ascii: "=")
    }

    /// `name` or `prefix.name`; settings have no case.
    private mutating func settingName(in text: Span<UInt8>) throws(Stop) -> [UInt8] {
        var name = self.bytes(of: try self.takeName(in: text), in: text)
        while try self.take(.dot, in: text) {
            guard self.token.isAnyName else { throw self.unexpected }
            name.append(UInt8(ascii: "."))
            name += self.bytes(of: try self.takePart(in: text), in: text)
        }
        return name.map(WordTable.fold)
    }

    /// One value of SET: a word, a string, or a number with a sign.
    private mutating func takeValue(in text: Span<UInt8>) throws(Stop) -> [UInt8] {
        var sign: [UInt8] = []
        if self.isAt(.operation), self.next(in: text).kind == .number,
            self.token.end &- self.token.start == 1
        {
            switch text[self.token.start] {
            case UInt8(ascii: "-"): sign = [UInt8(ascii: "-")]
            case UInt8(ascii: "+"): break
            default: throw self.unexpected
            }
            try self.advance(in: text)
        }
        if self.token.isLiteral { self.draft.findings.insert(.dependsOnLiterals) }
        guard let value = self.value(in: text) else { throw self.unexpected }
        try self.advance(in: text)
        return sign + value
    }

    /// ROLE, SESSION AUTHORIZATION, NAMES, SCHEMA, XML OPTION: the value stands alone.
    private mutating func setSpecial(
        _ name: StaticString, _ scope: SettingChange.Scope, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        let name = name.withUTF8Buffer { Array($0) }
        if self.isAtEnd || self.isAt(.default) {
            if !self.isAtEnd { try self.advance(in: text) }
            return self.changes(name, scope, .standard)
        }
        return self.changes(name, scope, .items([try self.takeValue(in: text)]))
    }

    private mutating func setTimeZone(
        _ scope: SettingChange.Scope, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        let name = Array("timezone".utf8)
        if self.isAt(.default) || self.isAt(.local) {
            try self.advance(in: text)
            return self.changes(name, scope, .standard)
        }
        guard self.isAt(.interval) else {
            return self.changes(name, scope, .items([try self.takeValue(in: text)]))
        }
        // As PostgreSQL stores it: the qualifiers are without effect on hours and minutes.
        try self.advance(in: text)
        if self.isAt(.leftParenthesis) { try self.skipParentheses(in: text) }
        guard self.isAt(.string) else { throw self.unexpected }
        let value = try self.takeValue(in: text)
        try self.words(in: text)
        return self.changes(
            name, scope, .whole(Array("INTERVAL '".utf8) + value + Array("'".utf8)))
    }

    private mutating func changes(
        _ name: [UInt8], _ scope: SettingChange.Scope, _ value: SettingChange.Value
    ) -> Verdict {
        if let modes = Self.transactionModes(name, value) {
            self.draft.command = .transaction(.set(modes))
            var verdict = Verdict.transaction(.set)
            verdict.reason = .sessionControl
            return verdict
        }
        self.draft.command = .settings([SettingChange(name: name, scope: scope, value: value)])
        return .session(.set)
    }

    /// What SET transaction_isolation and its relatives say of the transaction; nil for others.
    private static func transactionModes(
        _ name: [UInt8], _ value: SettingChange.Value
    ) -> TransactionModes? {
        guard name.starts(with: "transaction_".utf8) else { return nil }
        let item: [UInt8]? =
            if case .items(let items) = value, items.count == 1 { items.first } else { nil }
        var modes = TransactionModes()
        switch String(decoding: name, as: UTF8.self) {
        case "transaction_isolation":
            switch item.map({ String(decoding: $0.map(WordTable.fold), as: UTF8.self) }) {
            case "read uncommitted": modes.isolation = .readUncommitted
            case "read committed": modes.isolation = .readCommitted
            case "repeatable read": modes.isolation = .repeatableRead
            case "serializable": modes.isolation = .serializable
            default: modes.isUnderstood = false
            }
        case "transaction_read_only":
            modes.isReadOnly = item.flatMap(Self.boolean)
            modes.isUnderstood = modes.isReadOnly != nil
        case "transaction_deferrable":
            modes.isDeferrable = item.flatMap(Self.boolean)
            modes.isUnderstood = modes.isDeferrable != nil
        default:
            return nil
        }
        return modes
    }

    /// SET TRANSACTION.
    private mutating func setTransaction(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        if try self.take(.snapshot, in: text) {
            // Only the node that gave it out knows the snapshot.
            try self.expect(.string, in: text)
            self.draft.command = .transaction(.set(TransactionModes(isUnderstood: false)))
            var verdict = Verdict.session(.setTransaction, isReadOnly: false)
            verdict.effect = .primaryRead
            return verdict
        }
        let modes = try self.modes(in: text)
        guard modes != TransactionModes() else { throw self.unexpected }
        self.draft.command = .transaction(.set(modes))
        var verdict = Verdict.transaction(.setTransaction)
        verdict.reason = .sessionControl
        return verdict
    }

    /// SET SESSION CHARACTERISTICS AS TRANSACTION: the defaults of the transactions to come.
    private mutating func setCharacteristics(
        _ scope: SettingChange.Scope, in text: Span<UInt8>
    ) throws(Stop) -> Verdict {
        try self.advance(2, in: text)
        try self.expect(.as, in: text)
        try self.expect(.transaction, in: text)
        let modes = try self.modes(in: text)
        var changes: [SettingChange] = []
        func change(_ name: String, _ value: String) {
            changes.append(
                SettingChange(
                    name: Array(name.utf8), scope: scope, value: .items([Array(value.utf8)])))
        }
        switch modes.isolation {
        case .readUncommitted: change("default_transaction_isolation", "read uncommitted")
        case .readCommitted: change("default_transaction_isolation", "read committed")
        case .repeatableRead: change("default_transaction_isolation", "repeatable read")
        case .serializable: change("default_transaction_isolation", "serializable")
        case nil: break
        }
        if let value = modes.isReadOnly {
            change("default_transaction_read_only", value ? "on" : "off")
        }
        if let value = modes.isDeferrable {
            change("default_transaction_deferrable", value ? "on" : "off")
        }
        guard !changes.isEmpty else { throw self.unexpected }
        self.draft.command = .settings(changes)
        return .session(.set)
    }

    /// SET CONSTRAINTS { ALL | names } { DEFERRED | IMMEDIATE }.
    private mutating func setConstraints(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        var last: [UInt8] = []
        while !self.isAtEnd {
            guard self.token.isAnyName || self.isAt(.comma) || self.isAt(.dot) else {
                throw self.unexpected
            }
            if self.token.isAnyName { last = self.bytes(of: self.part, in: text) }
            try self.advance(in: text)
        }
        self.draft.command = .settings([
            SettingChange(
                name: Array("constraints".utf8), scope: .transaction, value: .items([last]))
        ])
        var verdict = Verdict.session(.setConstraints, isReadOnly: false)
        verdict.effect = .primaryRead
        return verdict
    }

    mutating func reset(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        let name: [UInt8]
        if try self.take(.all, in: text) {
            name = [UInt8(ascii: "*")]
        } else {
            name = try self.shownName(in: text)
        }
        var verdict = self.changes(name, .session, .standard)
        verdict.kind = .reset
        return verdict
    }

    /// A name as RESET and SHOW take it.
    private mutating func shownName(in text: Span<UInt8>) throws(Stop) -> [UInt8] {
        switch (self.token.keyword, self.next(in: text).keyword) {
        case (.time, .zone):
            try self.advance(2, in: text)
            return Array("timezone".utf8)
        case (.transaction, .isolation):
            try self.advance(2, in: text)
            try self.expect(.level, in: text)
            return Array("transaction_isolation".utf8)
        case (.session, .authorization):
            try self.advance(2, in: text)
            return Array("session_authorization".utf8)
        default:
            return try self.settingName(in: text)
        }
    }

    mutating func show(in text: Span<UInt8>) throws(Stop) -> Verdict {
        try self.advance(in: text)
        if self.isAt(.word), text.hasFoldedPrefix("pool_", at: self.token.start) {
            try self.words(in: text)
            return self.forPooler(isReadOnly: true)
        }
        let isAll = try self.take(.all, in: text)
        let name = try isAll ? Array("all".utf8) : self.shownName(in: text)
        self.draft.command = .show(name: name)
        let isNodeSpecific = isAll || self.isNodeSetting(name)
        return Verdict(
            kind: .show, effect: isNodeSpecific ? .primaryRead : .read,
            reason: isNodeSpecific ? .showNodeSpecific : .showSetting, isReadOnly: true)
    }

    private func isNodeSetting(_ name: [UInt8]) -> Bool {
        self.words.lookUp(name.span, from: 0, to: name.count, folds: true).flags
            .contains(.isNodeSetting)
    }

    /// What `current_setting` does, whose parentheses open here: its answer belongs to the node unless
    /// a literal names a setting of which that is not so. `'app.user'::text` is how PostgreSQL writes
    /// down such a literal in the definition of a view.
    mutating func classOfCurrentSetting(in text: Span<UInt8>) throws(Stop) -> FunctionClass {
        let start = self.mark
        try self.advance(in: text)
        var name: [UInt8]?
        if self.isAt(.string) {
            self.draft.findings.insert(.dependsOnLiterals)
            name = self.value(in: text)
            try self.advance(in: text)
            if self.isAt(.typecast), self.next(in: text).isName { try self.advance(2, in: text) }
            if !self.isAt(.comma), !self.isAt(.rightParenthesis) { name = nil }
        }
        self.return(to: start)
        guard let name, !self.isNodeSetting(name) else { return .nodeSpecific }
        return .harmless
    }

    /// PGPOOL SHOW | SET | RESET ...
    mutating func pooler(in text: Span<UInt8>) throws(Stop) -> Verdict {
        guard [.show, .set, .reset].contains(self.next(in: text).keyword) else {
            throw .fault(SyntaxFault(kind: .unknownStatement, offset: self.token.start))
        }
        self.draft.findings.insert(.dependsOnLiterals)
        try self.skipStatement(in: text)
        return self.forPooler(isReadOnly: false)
    }

    private mutating func forPooler(isReadOnly: Bool) -> Verdict {
        self.draft.command = .pooler
        return Verdict(
            kind: .pooler, effect: .nothing, reason: .poolerCommand, isReadOnly: isReadOnly)
    }
}

/// `SELECT set_config(...)`.
extension SkeletonParser {
    /// The verdict on a SELECT that does nothing but set_config with literals; nil, and nothing
    /// taken, for every other SELECT.
    mutating func settingsOnly(in text: Span<UInt8>) -> Verdict? {
        guard self.next(in: text).keyword == .setConfig || self.next(in: text).keyword == .pgCatalog
        else { return nil }
        let start = self.mark
        if let changes = try? self.settingCalls(in: text), !changes.isEmpty {
            self.draft.findings.insert(.dependsOnLiterals)
            self.draft.command = .settings(changes)
            return .session(.select, isReadOnly: false)
        }
        self.return(to: start)
        self.draft.calls.removeAll()
        self.draft.findings = []
        return nil
    }

    private mutating func settingCalls(in text: Span<UInt8>) throws(Stop) -> [SettingChange]? {
        try self.advance(in: text)
        var changes: [SettingChange] = []
        repeat {
            if self.isAt(.pgCatalog), self.isNext(".", in: text) { try self.advance(2, in: text) }
            guard self.isAt(.setConfig), self.isNext("(", in: text) else { return nil }
            _ = try self.calls(QualifiedName(self.part), in: text)
            try self.advance(2, in: text)
            guard self.isAt(.string), let name = self.value(in: text) else { return nil }
            try self.advance(in: text)
            try self.expect(.comma, in: text)
            guard self.isAt(.string), let value = self.value(in: text) else { return nil }
            try self.advance(in: text)
            try self.expect(.comma, in: text)
            guard self.isAt(.true) || self.isAt(.false) || self.isAt(.string),
                let isLocal = self.boolean(in: text)
            else { return nil }
            try self.advance(in: text)
            try self.expect(.rightParenthesis, in: text)
            if try self.take(.as, in: text) {
                try self.advance(in: text)
            } else if self.token.isName {
                try self.advance(in: text)
            }
            let folded = name.map(WordTable.fold)
            // The transaction's own settings are no settings of the session.
            if folded.starts(with: "transaction_".utf8) { return nil }
            changes.append(
                SettingChange(
                    name: folded, scope: isLocal ? .transaction : .session, value: .whole(value)))
        } while try self.take(.comma, in: text)
        return self.isAtEnd ? changes : nil
    }
}

extension Span<UInt8> {
    /// Whether the bytes at `start` spell `prefix`, ASCII capitals counting as small letters.
    func hasFoldedPrefix(_ prefix: StaticString, at start: Int) -> Bool {
        prefix.withUTF8Buffer { prefix in
            for offset in prefix.indices {
                guard start &+ offset < self.count,
                    WordTable.fold(self[start &+ offset]) == prefix[offset]
                else { return false }
            }
            return true
        }
    }
}
