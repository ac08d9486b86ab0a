/// Says that a rewind was begun in a data directory and has not ended well.
///
/// The mark lies beside the directory, because a rewind removes what the source does not have, and
/// names it by a part of it that keeps its number wherever it is moved.
struct TaintMark {
    private let file: String

    init(_ places: HostPlaces) { file = places.taint }

    func isOn(_ directory: String) -> Bool {
        guard HostFiles.exists(file) else { return false }
        // One that cannot be read or understood is a warning all the same.
        guard let marked = HostFiles.text(file), !marked.isEmpty else { return true }
        return marked == Self.number(of: directory)
    }

    func put(on directory: String) throws(HostFailure) {
        try HostFiles.replace(file, with: Self.number(of: directory) ?? "")
    }

    func clear() throws(HostFailure) { try HostFiles.removeFile(file) }

    /// Before a directory is removed, or once a new one has been made: another one may get, or has
    /// got, its number.
    func forget(_ directory: String) throws(HostFailure) {
        if isOn(directory) { try clear() }
    }

    private static func number(of directory: String) -> String? {
        HostFiles.inode(directory + "/global")
    }
}
