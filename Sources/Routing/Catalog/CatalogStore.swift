public import SQLSyntax

/// What one worker knows of the catalogs, and what follows from it for the messages it analysed.
///
/// A verdict is kept with the message's analysis for as long as nothing could have changed it, so
/// that the next one costs two comparisons. Names that are not known come back as a question; the
/// answer is for ``learned(_:database:now:)``.
public struct CatalogStore: Sendable {
    /// Names, of relations and of functions each, below which no setting brings it: a message
    /// needs all of its names at once.
    public static let sizeMin = 128
    /// What the catalog could not be asked for is asked again after so long, in nanoseconds.
    private static let unclearLifetime: UInt64 = 10_000_000_000

    private var relations: CatalogMemory<RelationFact>
    private var functions: CatalogMemory<FunctionFact>
    /// Databases that cannot be asked, until when, in nanoseconds.
    private var unavailable: [Int: UInt64] = [:]
    /// How long facts are believed, in nanoseconds.
    private var lifetime: UInt64
    /// Another number once anything was forgotten.
    public private(set) var generation: UInt64 = 0

    /// - Parameters:
    ///   - size: names of relations that are remembered, and as many of functions.
    ///   - lifetime: how long facts are believed, in nanoseconds.
    public init(size: Int, lifetime: UInt64) {
        self.relations = CatalogMemory(sizeMax: max(size, Self.sizeMin))
        self.functions = CatalogMemory(sizeMax: max(size, Self.sizeMin))
        self.lifetime = lifetime
    }

    /// Names that are remembered now.
    public var count: Int { self.relations.count + self.functions.count }

    /// New settings. What is known stays, as long as it had to.
    public mutating func settingsChanged(size: Int, lifetime: UInt64) {
        self.relations.resize(max(size, Self.sizeMin))
        self.functions.resize(max(size, Self.sizeMin))
        self.lifetime = lifetime
        self.unavailable.removeAll()
        self.generation &+= 1
    }

    /// Whether a standby may run a message, as far as the catalog knows.
    ///
    /// Of statements that have to run on the primary anyhow only the functions are looked at, for
    /// what they may leave behind. A name that does not exist keeps nothing from a standby: the
    /// message fails on every node.
    ///
    /// - Parameters:
    ///   - database: number of the session's database, not negative.
    ///   - now: nanoseconds of a clock that only goes forward.
    public mutating func verdict(
        _ detail: StatementDetail, database: Int, path: SearchPath, rules: CatalogRules,
        now: UInt64
    ) -> CatalogLookup {
        let remembered = Self.remembered(
            detail, generation: self.generation, database: database, path: path.fingerprint,
            rules: rules.generation, now: now)
        if let remembered { return .known(remembered) }
        return self.judge(detail, database, path, rules, now)
    }

    /// What ``verdict(_:database:path:rules:now:)`` has said under the same circumstances before,
    /// if that still holds: to be asked first. It takes nothing that would have to be copied.
    ///
    /// - Parameters:
    ///   - generation: the store's.
    ///   - path: fingerprint of the ``SearchPath``.
    ///   - rules: generation of the ``CatalogRules``.
    public static func remembered(
        _ detail: StatementDetail, generation: UInt64, database: Int, path: UInt64, rules: UInt64,
        now: UInt64
    ) -> CatalogVerdict? {
        guard detail.memoKey == Self.memoKey(generation, database, path, rules) else { return nil }
        return CatalogMemo(word: detail.memo).verdict(now: now)
    }

    private mutating func judge(
        _ detail: StatementDetail, _ database: Int, _ path: SearchPath, _ rules: CatalogRules,
        _ now: UInt64
    ) -> CatalogLookup {
        var judgement = CatalogJudgement(path: path, rules: rules)
        let question = CatalogJudgement.question(detail)
        var expiresAt = now &+ self.lifetime
        if max(question.relations.count, question.functions.count) > self.relations.sizeMax / 2 {
            judgement.gaveUp()
        } else {
            let missing = self.collect(question, database, now, &judgement, &expiresAt)
            if !missing.isEmpty {
                guard let until = self.unavailable[database], until > now else {
                    self.unavailable[database] = nil
                    return .missing(missing)
                }
                expiresAt = min(expiresAt, until)
            }
            judgement.judge(detail)
        }
        detail.memo = CatalogMemo(judgement.verdict, expiresAt: expiresAt).word
        detail.memoKey = Self.memoKey(
            self.generation, database, path.fingerprint, rules.generation)
        return .known(judgement.verdict)
    }

    /// Hands what is known to the judgement and returns what is not.
    private mutating func collect(
        _ question: CatalogQuestion, _ database: Int, _ now: UInt64,
        _ judgement: inout CatalogJudgement, _ expiresAt: inout UInt64
    ) -> CatalogQuestion {
        var relations: [[UInt8]] = []
        var functions: [[UInt8]] = []
        for name in question.relations {
            if let entry = self.relations.find(name, database: database, now: now) {
                judgement.facts.relations[name] = entry.facts
                expiresAt = min(expiresAt, entry.expiresAt)
            } else {
                relations.append(name)
            }
        }
        for name in question.functions {
            if let entry = self.functions.find(name, database: database, now: now) {
                judgement.facts.functions[name] = entry.facts
                expiresAt = min(expiresAt, entry.expiresAt)
            } else {
                functions.append(name)
            }
        }
        return CatalogQuestion(relations: relations, functions: functions)
    }

    /// An answer to a question about this database.
    public mutating func learned(_ answer: CatalogAnswer, database: Int, now: UInt64) {
        switch answer {
        case .facts(let facts):
            let expiresAt = min(facts.expiresAt, now &+ self.lifetime)
            for (name, facts) in facts.relations {
                self.relations.learned(facts, of: name, database: database, expiresAt: expiresAt)
            }
            for (name, facts) in facts.functions {
                self.functions.learned(facts, of: name, database: database, expiresAt: expiresAt)
            }
            let unclearUntil = now &+ min(self.lifetime, Self.unclearLifetime)
            for name in facts.unclear.relations {
                self.relations.learned(nil, of: name, database: database, expiresAt: unclearUntil)
            }
            for name in facts.unclear.functions {
                self.functions.learned(nil, of: name, database: database, expiresAt: unclearUntil)
            }
        case .unavailable(let until): self.unavailable(database: database, until: until)
        }
    }

    /// The catalog cannot be asked: until then relations count as ordinary ones, because a standby
    /// refuses what it cannot read and the read is repeated on the primary; functions that are not
    /// known count as writing.
    public mutating func unavailable(database: Int, until: UInt64) {
        self.unavailable[database] = until
    }

    /// The catalog of this database was changed.
    public mutating func forget(database: Int) {
        self.relations.forget(database: database)
        self.functions.forget(database: database)
        self.generation &+= 1
    }

    /// Everything may be different: another primary.
    public mutating func forgetAll() {
        self.relations.forgetAll()
        self.functions.forgetAll()
        self.unavailable.removeAll()
        self.generation &+= 1
    }

    /// Under which circumstances a verdict was found; never 0.
    private static func memoKey(
        _ generation: UInt64, _ database: Int, _ path: UInt64, _ rules: UInt64
    ) -> UInt64 {
        let circumstances =
            UInt64(truncatingIfNeeded: database) &* 0x9E37_79B9_7F4A_7C15
            &+ generation &* 0xC2B2_AE3D_27D4_EB4F
            &+ rules &* 0x1656_67B1_9E37_79F9
        return (path ^ (circumstances ^ circumstances &>> 29)) | 1
    }
}
