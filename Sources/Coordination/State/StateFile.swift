package import ClusterModel
import Glibc

/// The state of the cluster in work_dir: `trunkline_state.json`, and `pgpool_status` as Pgpool-II
/// has it. For one writer; each call waits for the disk.
package struct StateFile: Sendable {
    /// The file that counts.
    package let path: String
    /// The file that scripts read.
    package let legacyPath: String

    /// - Parameter directory: `work_dir`.
    package init(directory: String) {
        let folder = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        path = folder + "/trunkline_state.json"
        legacyPath = folder + "/pgpool_status"
    }

    /// The record; nil if there is none yet.
    package func load() throws(StateFailure) -> ClusterRecord? {
        guard let bytes = try DurableFile.read(path) else { return nil }
        do {
            return try ClusterRecord(json: bytes)
        } catch {
            throw StateFailure(error.code, "\"\(path)\" is damaged: \(error.message)")
        }
    }

    /// Replaces the record. After a failure the old one is as it was.
    package func save(_ record: ClusterRecord) throws(StateFailure) {
        try DurableFile.replace(path, with: record.json(), mode: 0o600)
    }

    /// What Pgpool-II has left; nil if there is nothing.
    package func loadLegacy() throws(StateFailure) -> LegacyStatus? {
        guard let bytes = try DurableFile.read(legacyPath) else { return nil }
        return LegacyStatus(bytes: bytes)
    }

    /// Replaces the file for scripts, unless all nodes are down: then it goes on saying which were
    /// the last ones that could have taken writes.
    ///
    /// - Returns: whether it was written.
    @discardableResult
    package func saveLegacy(_ status: LegacyStatus) throws(StateFailure) -> Bool {
        guard status.isMeaningful else { return false }
        try DurableFile.replace(legacyPath, with: status.text, mode: 0o644)
        return true
    }

    /// Puts a damaged record aside, for people to look at, so that the next one can be written.
    ///
    /// - Returns: where it is now; nil if that failed.
    package func setAside() -> String? {
        let place = path + ".damaged"
        return rename(path, place) == 0 ? place : nil
    }

    /// Removes both files: nothing is known of the nodes any more (`-D`).
    ///
    /// - Returns: those that were there.
    package func discard() -> [String] { [path, legacyPath].filter(DurableFile.remove) }
}
