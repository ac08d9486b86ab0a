/// Which parameters differ between two settings, by what a reload can do about them.
public struct SettingsDifference: Sendable, Equatable {
    /// Names (with the node's number) of changed values that a reload applies.
    public private(set) var applied: [String] = []
    /// Names of changed values that need a restart.
    public private(set) var needsRestart: [String] = []

    /// Whether nothing differs.
    public var isEmpty: Bool { applied.isEmpty && needsRestart.isEmpty }

    /// Compares `old`, which is running, with `new`, which was just loaded.
    public init(from old: Settings, to new: Settings) {
        for change in Change.all(from: old, to: new) {
            if change.isApplied(to: old) {
                applied.append(change.name)
            } else {
                needsRestart.append(change.name)
            }
        }
    }

    /// What runs after a reload: `new`, except that values which need a restart stay as in `old`,
    /// as do host and port of the nodes in use. `ignored` names those that would have changed.
    public static func reloaded(
        from old: Settings, to new: Settings
    ) -> (settings: Settings, ignored: [String]) {
        var settings = new
        var ignored: [String] = []
        for change in Change.all(from: old, to: new) where !change.isApplied(to: old) {
            change.row.write(&settings, change.index, change.row.read(old, change.index))
            ignored.append(change.name)
        }
        return (settings, ignored)
    }
}

/// One differing value.
private struct Change {
    var row: Parameter
    var index: Int?
    var name: String { row.fullName(index) }

    /// A node in use keeps its host and port; a new node may come at any time.
    func isApplied(to old: Settings) -> Bool {
        guard row.reload.isReloadable else { return false }
        guard row.name == "backend_hostname" || row.name == "backend_port" else { return true }
        return !old.backend(index).isUsed
    }

    static func all(from old: Settings, to new: Settings) -> [Change] {
        var changes: [Change] = []
        for row in ParameterTable.all {
            for index in indices(of: row, in: old, new)
            where row.read(old, index) != row.read(new, index) {
                changes.append(Change(row: row, index: index))
            }
        }
        return changes
    }

    /// Every number under which one of the two has a value.
    private static func indices(of row: Parameter, in old: Settings, _ new: Settings) -> [Int?] {
        let both = row.indices(in: old) + row.indices(in: new)
        let numbers = Set(both.compactMap { $0 }).sorted()
        return (both.contains(nil) ? [nil] : []) + numbers
    }
}
