extension CommandFacts {
    /// Names of the variables begin with this, which no parameter's does: the program that a script
    /// calls must not take them for settings (`ConfigurationReader.eventPrefix`).
    public static let environmentPrefix = "TRUNKLINE_EVENT_"

    /// Everything by name, for scripts of today; the values of nodes that are not there are empty.
    ///
    /// All names are there in every case, so that a script with `set -u` works.
    public var environment: [(name: String, value: String)] {
        var variables = [
            ("COMMAND", command.rawValue), ("OPERATION_ID", operation.id),
            ("EPOCH", "\(operation.epoch)"), ("KIND", operation.kind),
            ("PHASE", operation.phase), ("REASON", operation.reason),
        ]
        for (name, node) in nodesByName {
            variables.append(("\(name)_ID", node.map { "\($0.id)" } ?? ""))
            variables.append(("\(name)_HOST", node?.host ?? ""))
            variables.append(("\(name)_PORT", node.map { "\($0.port)" } ?? ""))
            variables.append(("\(name)_DATA_DIRECTORY", node?.dataDirectory ?? ""))
        }
        return variables.map { (Self.environmentPrefix + $0, $1) }
    }

    private var nodesByName: [(String, Node?)] {
        [
            ("NODE", node), ("TARGET", target), ("NEW_MAIN", newMain),
            ("NEW_PRIMARY", newPrimary), ("OLD_MAIN", oldMain), ("OLD_PRIMARY", oldPrimary),
        ]
    }
}
