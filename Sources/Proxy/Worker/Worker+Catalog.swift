internal import Reactor
internal import Routing
internal import SQLSyntax
internal import Settings

/// Catalog facts: the worker's own store, and the catalog thread that it asks.
extension Worker {
    static func catalogStore(_ settings: WorkerSettings) -> CatalogStore {
        CatalogStore(size: settings.settings.relcacheSize, lifetime: settings.catalogLifetime)
    }

    /// What the settings make of facts.
    ///
    /// - Parameter generation: another number for each load of the settings.
    static func catalogRules(
        _ settings: WorkerSettings, _ lists: RoutingLists, generation: UInt64
    ) -> CatalogRules {
        let checksTemporary: Bool
        switch settings.settings.checkTempTable {
        case .catalog, .on: checksTemporary = true
        case .trace, .never, .off: checksTemporary = false
        }
        let functions: CatalogRules.Functions =
            switch lists.functionRule {
            case .byVolatility: .byVolatility
            case .allButListed: .allBut { lists.isListed(function: $0) }
            case .onlyListed: .only { lists.isListed(function: $0) }
            }
        return CatalogRules(
            checksTemporary: checksTemporary,
            checksUnlogged: settings.settings.checkUnloggedTable, functions: functions,
            generation: generation)
    }

    /// The rules as this session set them for itself (`PGPOOL SET check_unlogged_table`).
    private func rules(of client: ClientRef) -> CatalogRules {
        guard let own = client.pointee.pooler?.settings?.settings.checkUnloggedTable,
            own != catalogRules.checksUnlogged
        else { return catalogRules }
        var rules = catalogRules
        rules.checksUnlogged = own
        rules.generation = ~rules.generation
        return rules
    }

    func catalogSettingsChanged() {
        catalog.settingsChanged(
            size: settings.settings.relcacheSize, lifetime: settings.catalogLifetime)
        catalogRules = Self.catalogRules(
            settings, lists, generation: catalogRules.generation &+ 1)
    }

    /// Adds what the catalog says of a request's statements. False where it has to be asked first:
    /// the client waits, no longer than `relcache_query_timeout`.
    func consultCatalog(
        _ client: ClientRef, _ details: StatementDetails, _ request: inout RouteRequest
    ) -> Bool {
        var question: CatalogQuestion?
        details.forEach { detail in
            switch lookUp(client, detail) {
            case .known(.anyNode): break
            case .known(.transactionTime): request.addTransactionTime()
            case .known(.primaryOnly(_, let leavesState)):
                request.barrier = .catalog
                if leavesState { request.leavesState = true }
            case .missing(let names): question = question?.union(names) ?? names
            }
        }
        // What is known is enough where it forbids a standby, unless code may leave state as well.
        let isEnough = request.barrier != nil && !request.traits.contains(.runsUnseenCode)
        guard !isEnough, let question, let profile = client.pointee.profile else { return true }
        if client.pointee.patience == 0 {
            client.pointee.patience = reactor.now &+ settings.relcacheQueryTimeout
            askCatalog(
                question, database: client.pointee.database, name: profile.database,
                client: client.pointee.handle)
        }
        guard reactor.now < client.pointee.patience else {
            request.barrier = .catalogUnknown
            if request.traits.contains(.runsUnseenCode) {
                // What the open transaction has changed itself the catalog will not tell.
                request.isInDoubt = !request.leavesState && !client.pointee.hasChangedCatalog
                request.leavesState = true
            }
            return true
        }
        client.pointee.block = .catalog
        arm(client.pointee.patience)
        return false
    }

    /// Whether the catalog is known to say that a message may run anywhere. Asks for nothing.
    func isKnownToRead(_ client: ClientRef, _ detail: StatementDetail) -> Bool {
        switch lookUp(client, detail) {
        case .known(.anyNode), .known(.transactionTime): return true
        case .known(.primaryOnly(let reason, _)): return reason.onlyReads
        case .missing: return false
        }
    }

    /// What the catalog says of a message in this session. What is remembered with its analysis
    /// comes first: path and rules need not be handed over for that.
    @inline(__always)
    private func lookUp(_ client: ClientRef, _ detail: StatementDetail) -> CatalogLookup {
        let generation =
            client.pointee.pooler == nil ? catalogRules.generation : rules(of: client).generation
        let remembered = CatalogStore.remembered(
            detail, generation: catalog.generation, database: client.pointee.database,
            path: client.pointee.searchPath.fingerprint, rules: generation, now: reactor.now)
        if let remembered { return .known(remembered) }
        return catalog.verdict(
            detail, database: client.pointee.database, path: client.pointee.searchPath,
            rules: rules(of: client), now: reactor.now)
    }

    /// Where unqualified names of the session are looked for.
    func refreshSearchPath(_ client: ClientRef) {
        guard let profile = client.pointee.profile else { return }
        // Not all that was set is known.
        if isLogFull(client) { return client.pointee.searchPath = .unknown }
        let user = currentUser(client) ?? profile.user
        switch client.pointee.stateLog.value(of: "search_path") {
        case .items(let items): client.pointee.searchPath = SearchPath(items: items, user: user)
        case .whole(let text):
            client.pointee.searchPath = SearchPath(setting: text, user: user)
        case .current: client.pointee.searchPath = .unknown
        case nil, .standard:
            client.pointee.searchPath =
                client.pointee.welcome?.facts
                .map { SearchPath(setting: $0.searchPath, user: user) } ?? .unknown
        }
    }

    /// Who the session is after SET ROLE or SET SESSION AUTHORIZATION.
    private func currentUser(_ client: ClientRef) -> [UInt8]? {
        for name: StaticString in ["role", "session_authorization"] {
            let user: [UInt8]? =
                switch client.pointee.stateLog.value(of: name) {
                case .items(let items): items.first
                case .whole(let text): text
                case nil, .standard, .current: nil
                }
            if let user, user != Array("none".utf8) { return user }
        }
        return nil
    }

    /// Asks for what is missing; ``catalogAnswered(_:)`` follows.
    func askCatalog(
        _ question: CatalogQuestion, database: Int, name: [UInt8], client: UInt64
    ) {
        shared.catalog.post(
            .wanted(
                question, database: name, databaseID: database, worker: index, client: client))
    }

    /// A statement that changes the catalog of a database has succeeded.
    func catalogChanged(database: Int) {
        catalog.forget(database: database)
        shared.catalog.post(.changed(database: database))
    }

    func catalogLearned(_ answer: CatalogAnswer, database: Int, client: UInt64) {
        catalog.learned(answer, database: database, now: reactor.now)
        // That nobody can be asked ends no doubt.
        if case .facts = answer { settleDoubts(client) }
        catalogAnswered(client)
    }

    // MARK: Doubts

    /// Statements of which the catalog has not told in time what they leave behind have gone to the
    /// primary: the session stays there until it has, and for good where it cannot tell any more.
    func noteDoubt(_ client: ClientRef, _ details: StatementDetails) {
        guard client.pointee.doubts.count < Self.doubtsMax else {
            return client.pointee.route.pin()
        }
        client.pointee.doubts.append(
            CatalogDoubt(details: details, path: client.pointee.searchPath.fingerprint))
    }

    /// Doubts that a session may have at a time.
    private static let doubtsMax = 16

    /// The answer came late. Where it is that nobody can tell, the session stays bound. It holds for what ran as facts from the cache would: the session's own
    /// changes of the catalog since then have bound it, those of others are as old as any fact may be.
    private func settleDoubts(_ handle: UInt64) {
        guard let client = clients.find(handle), client.pointee.route.isInDoubt else { return }
        var open: [CatalogDoubt] = []
        for doubt in client.pointee.doubts {
            switch leftState(client, doubt) {
            case true?: client.pointee.route.pin()
            case false?: break
            case nil: open.append(doubt)
            }
        }
        client.pointee.doubts = client.pointee.route.isBound ? [] : open
        guard open.isEmpty else { return }
        client.pointee.route.doubtEnded()
        if !client.pointee.route.isBound { client.pointee.boundNode = nil }
    }

    /// Whether it may have left state; nil while nobody knows.
    private func leftState(_ client: ClientRef, _ doubt: CatalogDoubt) -> Bool? {
        // Names meant something else then.
        guard doubt.path == client.pointee.searchPath.fingerprint else { return true }
        var isKnown = true
        var left = false
        doubt.details.forEach { detail in
            switch lookUp(client, detail) {
            case .known(let verdict): if verdict.leavesState { left = true }
            case .missing: isKnown = false
            }
        }
        return left ? true : isKnown ? false : nil
    }

    /// - Parameter database: nil for all.
    func catalogForgotten(database: Int?) {
        if let database {
            catalog.forget(database: database)
        } else {
            catalog.forgetAll()
        }
    }

    /// The facts that a client's statement waits for are there, or there will be none.
    func catalogAnswered(_ handle: UInt64) {
        guard let client = clients.find(handle), client.pointee.block == .catalog else { return }
        client.pointee.block = .none
        // What is still missing now will stay so.
        client.pointee.patience = reactor.now
        continueClient(client)
    }
}

/// Statements that ran before the catalog told what they leave behind.
struct CatalogDoubt {
    var details: StatementDetails
    /// Fingerprint of the ``SearchPath`` then.
    var path: UInt64
}
