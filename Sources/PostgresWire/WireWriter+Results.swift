// The answers to statements that the proxy answers itself.

/// The type that columns of our own are said to have.
public enum TextType: UInt32, Sendable {
    /// None, as Pgpool-II says in the simple protocol.
    case unspecified = 0
    /// `text`: drivers that look types up know it, and its binary form is the text itself.
    case text = 25
}

extension WireWriter {
    /// RowDescription of columns that are all text, numbered from 0.
    ///
    /// - Parameter isBinary: whether the client asked for column values in binary form.
    public mutating func rowDescription(
        _ columns: [String], type: TextType, isBinary: (Int) -> Bool = { _ in false }
    ) {
        message(BackendType.rowDescription) { body in
            body.uint16(UInt16(clamping: columns.count))
            for (index, column) in columns.enumerated().prefix(Int(UInt16.max)) {
                body.string(column)
                body.uint32(0)
                body.uint16(UInt16(clamping: index))
                body.uint32(type.rawValue)
                body.uint16(UInt16(bitPattern: -1))
                body.uint32(0)
                body.uint16(isBinary(index) ? 1 : 0)
            }
        }
    }

    public mutating func dataRow(_ values: [String]) {
        message(BackendType.dataRow) { body in
            body.uint16(UInt16(clamping: values.count))
            for value in values.prefix(Int(UInt16.max)) {
                body.uint32(UInt32(clamping: value.utf8.count))
                body.raw(value.utf8)
            }
        }
    }

    public mutating func commandComplete(_ tag: String) {
        message(BackendType.commandComplete) { $0.string(tag) }
    }

    /// ParameterDescription of a statement without parameters.
    public mutating func noParameters() {
        message(BackendType.parameterDescription) { $0.uint16(0) }
    }
}
