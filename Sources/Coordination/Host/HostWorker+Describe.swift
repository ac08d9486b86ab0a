import ClusterModel

extension HostWorker {
    /// Looks at everything and changes nothing.
    func describe(
        _ server: HostedServer, _ places: HostPlaces, _ job: String,
        _ expectation: HostRequest.Expectation
    ) -> ServerDescription {
        var description = ServerDescription()
        description.exists = places.dataExists
        let postmaster = Postmaster(in: places.data)
        description.isRunning = postmaster != nil
        description.pid = postmaster.map { Int($0.process) }
        description.replaying = postmaster.flatMap { _ in ProcessTable.replaying(in: places.data) }
        description.dataVersion = Self.dataVersion(in: places.data)
        let programs = try? HostPrograms(for: server, dataVersion: description.dataVersion)
        description.programVersion = programs?.version
        if description.dataVersion != nil, let programs {
            let control = Self.controlData(programs, places.data)
            description.systemIdentifier = control.systemIdentifier
            description.state = control.state
            description.timeline = control.timeline
            description.checkpointBytes = control.checkpointBytes
            description.minimumRecoveryBytes = control.minimumRecoveryBytes
            description.hasChecksums = control.hasChecksums
            description.hasHintLogging = control.hasHintLogging
        }
        description.hasOwnConfiguration = Self.configurationFile(server, places) != nil
        description.hasStandbySignal = HostFiles.exists(places.data + "/standby.signal")
        description.isTainted = TaintMark(places).isOn(places.data)
        let swap = DirectorySwap(places)
        description.hasNew = swap.hasNew(of: job)
        description.hasOld = swap.hasOld
        description.isMountPoint = places.isMountPoint
        // It takes a look at every file.
        if expectation.sourceBytes > 0 {
            description.usedBytes = HostFiles.bytes(
                in: places.data, skipping: HostPlaces.innerName)
            description.settings = Self.standbySettings(server, places)
        }
        description.freeBytes = HostFiles.freeBytes(
            at: places.isInside ? places.data : HostFiles.folder(of: places.data))
        if HostFiles.isDirectory(places.data + "/pg_wal") {
            description.walFreeBytes = HostFiles.freeBytes(at: places.data + "/pg_wal")
        }
        let ours = HostJob.load(places)?.spareTablespaces(places) ?? []
        description.takenTablespaces = expectation.tablespaces.filter { path in
            HostPlaces.flaw(inPath: path) == nil && !ours.contains(path)
                && !HostFiles.names(in: path).isEmpty
        }
        return description
    }

    /// Major version of a data directory; nil if it is none.
    static func dataVersion(in directory: String) -> Int? {
        HostFiles.text(directory + "/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) }
    }

    static func controlData(_ programs: HostPrograms, _ directory: String) -> ControlData {
        ControlData(lines: programs.run("pg_controldata", ["-D", directory]).output)
    }
}
