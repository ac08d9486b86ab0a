internal import Reactor
internal import Routing
internal import Settings

/// Catalog facts: the worker's own store, and the catalog thread that it asks.
extension Worker {
    static func catalogStore(_ settings: WorkerSettings) -> CatalogStore {
        CatalogStore(size: settings.settings.relcacheSize, lifetime: settings.catalogLifetime)
    }

    /// What the settings make of facts.
    ///
    /// - Parameter generation: another number for each load of the settings.
    static func catalogRules(_ settings: WorkerSettings, generation: UInt64) -> CatalogRules {
        let checksTemporary: Bool
        switch settings.settings.checkTempTable {
        case .catalog, .on: checksTemporary = true
        case .trace, .never, .off: checksTemporary = false
        }
        return CatalogRules(
            checksTemporary: checksTemporary,
            checksUnlogged: settings.settings.checkUnloggedTable, generation: generation)
    }

    func catalogSettingsChanged() {
        catalog.settingsChanged(
            size: settings.settings.relcacheSize, lifetime: settings.catalogLifetime)
        catalogRules = Self.catalogRules(settings, generation: catalogRules.generation &+ 1)
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
        catalogAnswered(client)
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
        // No statement waits for facts yet.
        _ = clients.find(handle)
    }
}
