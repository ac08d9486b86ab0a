import ClusterModel

/// The new directory takes the data directory's place, and back.
///
/// Both are moves within a file system. After a crash at any point the same request finishes the
/// work, and so does its opposite; what was the data directory is at every moment either there or
/// under the name of the old one.
struct DirectorySwap {
    private let places: HostPlaces

    init(_ places: HostPlaces) { self.places = places }

    /// Whether a base backup of the job has finished.
    func hasNew(of job: String) -> Bool {
        guard let record = HostJob.load(places), record.job == job, record.kind == .baseBackup,
            record.state == .succeeded
        else { return false }
        return HostFiles.isDirectory(places.new) && !isEntering
    }

    /// Whether what the data directory was is still there.
    var hasOld: Bool { HostFiles.isDirectory(places.old) }

    func swap(job: String) throws(HostFailure) {
        try requireStopped()
        places.isInside ? try moveEntries(job) : try moveDirectories(job)
    }

    func unswap() throws(HostFailure) {
        try requireStopped()
        places.isInside ? try moveEntriesBack() : try moveDirectoriesBack()
    }

    private func requireStopped() throws(HostFailure) {
        for directory in [places.data, places.new] where Postmaster(in: directory) != nil {
            throw HostFailure("the server of \"\(directory)\" runs")
        }
        guard !HostJob.isRunning(places) else {
            throw HostFailure("a job works on \"\(places.data)\"")
        }
    }

    private func requireNoOld() throws(HostFailure) {
        guard !hasOld else {
            throw HostFailure(
                "what was the data directory before an earlier recovery is still in "
                    + "\"\(places.old)\"",
                hint: "Discard it, or take it back.")
        }
    }

    private var noNew: HostFailure {
        HostFailure("there is no finished copy in \"\(places.new)\"")
    }
}

// MARK: Renaming the directory

extension DirectorySwap {
    private func moveDirectories(_ job: String) throws(HostFailure) {
        let hasData = HostFiles.exists(places.data)
        guard HostFiles.exists(places.new) else {
            // Done before, if there is something.
            guard hasData else { throw noNew }
            return
        }
        // Half of a swap is finished whoever began it, or is not begun.
        guard hasNew(of: job) || (!hasData && hasOld) else { throw noNew }
        if hasData {
            if places.dataExists {
                try requireNoOld()
                try HostFiles.move(places.data, to: places.old)
            } else {
                try removeEmpty()
            }
        }
        try HostFiles.move(places.new, to: places.data)
    }

    /// Nothing worth keeping.
    private func removeEmpty() throws(HostFailure) { try HostFiles.removeEmpty(places.data) }

    private func moveDirectoriesBack() throws(HostFailure) {
        guard hasOld else {
            guard HostFiles.exists(places.data) else {
                throw HostFailure("there is nothing in \"\(places.old)\" to take back")
            }
            return
        }
        if HostFiles.exists(places.data) {
            // One of an earlier attempt; the one that is coming back can be looked at instead.
            try remove(places.new)
            try HostFiles.move(places.data, to: places.new)
        }
        try HostFiles.move(places.old, to: places.data)
    }
}

// MARK: Moving the entries

extension DirectorySwap {
    /// Where the entries of a directory that cannot be renamed are on their way to.
    private enum Phase: String {
        /// Those of the data directory go to the old one.
        case oldLeaves
        /// Those of the new one come.
        case newEnters
        /// Those of the new one go back.
        case newLeaves
        /// Those of the old one come back.
        case oldEnters
    }

    private var phase: Phase? {
        HostFiles.text(places.swapPhase).flatMap(Phase.init)
    }

    /// Whether the new directory has begun to move in.
    private var isEntering: Bool { places.isInside && phase != nil && phase != .oldLeaves }

    private func enter(_ phase: Phase) throws(HostFailure) {
        try HostFiles.replace(places.swapPhase, with: phase.rawValue)
    }

    private func moveEntries(_ job: String) throws(HostFailure) {
        switch phase {
        case nil:
            guard HostFiles.exists(places.new) else {
                guard places.dataExists else { throw noNew }
                return
            }
            guard hasNew(of: job) else { throw noNew }
            if places.dataExists {
                try requireNoOld()
                try enter(.oldLeaves)
            } else {
                try enter(.newEnters)
            }
        case .oldEnters: try enter(.oldLeaves)
        case .newLeaves: try enter(.newEnters)
        case .oldLeaves, .newEnters: break
        }
        if phase == .oldLeaves {
            try HostFiles.makeDirectory(places.old)
            try move(places.entries, from: places.data, to: places.old)
            try enter(.newEnters)
        }
        try move(HostFiles.names(in: places.new), from: places.new, to: places.data)
        try HostFiles.removeEmpty(places.new)
        try HostFiles.removeFile(places.swapPhase)
    }

    private func moveEntriesBack() throws(HostFailure) {
        switch phase {
        case nil:
            guard hasOld else {
                guard places.dataExists else {
                    throw HostFailure("there is nothing in \"\(places.old)\" to take back")
                }
                return
            }
            if places.dataExists {
                try remove(places.new)
                try enter(.newLeaves)
            } else {
                try enter(.oldEnters)
            }
        case .oldLeaves: try enter(.oldEnters)
        case .newEnters: try enter(.newLeaves)
        case .newLeaves, .oldEnters: break
        }
        if phase == .newLeaves {
            try HostFiles.makeDirectory(places.new)
            try move(places.entries, from: places.data, to: places.new)
            try enter(.oldEnters)
        }
        try move(HostFiles.names(in: places.old), from: places.old, to: places.data)
        try HostFiles.removeEmpty(places.old)
        try HostFiles.removeFile(places.swapPhase)
    }

    private func move(_ names: [String], from place: String, to other: String)
        throws(HostFailure)
    {
        for name in names {
            // Renaming would replace a file without a word.
            guard !HostFiles.exists("\(other)/\(name)") else {
                throw HostFailure("\"\(name)\" is both in \"\(place)\" and in \"\(other)\"")
            }
            guard HostFiles.rename("\(place)/\(name)", "\(other)/\(name)") else {
                throw .system("could not move", "\(place)/\(name)")
            }
        }
        HostFiles.sync(other)
        HostFiles.sync(place)
    }
}

// MARK: Removing

extension DirectorySwap {
    /// Removes a directory that nothing depends on any more.
    func discard(_ which: HostRequest.Directory) throws(HostFailure) {
        guard !HostJob.isRunning(places) else {
            throw HostFailure("a job works on \"\(places.data)\"")
        }
        guard !places.isInside || phase == nil else {
            throw HostFailure(
                "the entries of \"\(places.data)\" are on their way",
                hint: "Finish the swap, or take it back.")
        }
        switch which {
        case .data: throw HostFailure("the data directory is not removed")
        case .new:
            guard Postmaster(in: places.new) == nil else {
                throw HostFailure("the server of \"\(places.new)\" runs")
            }
            if var record = HostJob.load(places) {
                if record.kind == .baseBackup, record.state == .succeeded,
                    HostFiles.exists(places.new)
                {
                    // From here on it is no whole copy any more.
                    record.state = .failed
                    record.lastLines = ["discarded"]
                    try record.save(places)
                }
                try record.clearTablespaces(places)
            }
            try remove(places.copy)
            try remove(places.new)
            // One of a rewind has the name that the node had before.
            if HostJob.load(places)?.kind == .baseBackup { try HostJob.forget(places) }
        case .old:
            if HostFiles.exists(places.old) {
                guard HostWorker.dataVersion(in: places.data) != nil else {
                    throw HostFailure(
                        "\"\(places.old)\" is the only copy: there is no data directory beside it")
                }
                try remove(places.old)
            }
            // What failed has yet to be cleared away, by its record.
            let isCopyThere = HostFiles.exists(places.new) || HostFiles.exists(places.copy)
            if HostJob.load(places)?.state == .succeeded, !isCopyThere {
                try HostJob.forget(places)
            }
        }
        try remove(places.trash, renaming: false)
    }

    /// Removes what the data directory holds although nothing has replaced it.
    func removeData() throws(HostFailure) {
        try requireStopped()
        guard places.isInside else { return try remove(places.data) }
        guard phase == nil else {
            throw HostFailure("the entries of \"\(places.data)\" are on their way")
        }
        try TaintMark(places).forget(places.data)
        // Whoever finds the rest does not take it for a whole one.
        try HostFiles.removeFile(places.data + "/PG_VERSION")
        for name in places.entries { try HostFiles.removeTree("\(places.data)/\(name)") }
    }

    /// A half-removed directory does not bear a name that stands for a whole one.
    func remove(_ directory: String, renaming: Bool = true) throws(HostFailure) {
        guard HostFiles.exists(directory) else { return }
        try TaintMark(places).forget(directory)
        guard renaming else { return try HostFiles.removeTree(directory) }
        try HostFiles.removeTree(places.trash)
        try HostFiles.move(directory, to: places.trash)
        try HostFiles.removeTree(places.trash)
    }
}
