internal import SQLSyntax

/// The kinds of statements that Pgpool-II counts for each node.
enum StatementClass: UInt8, CaseIterable, Sendable {
    case select, insert, update, delete, ddl, other

    init(_ kind: StatementKind) {
        switch kind {
        case .select, .selectInto, .values, .table: self = .select
        case .insert: self = .insert
        case .update: self = .update
        case .delete: self = .delete
        case .ddl, .truncate: self = .ddl
        default: self = .other
        }
    }

    /// By the first letters of a text, for sessions whose statements nobody analyses. Texts with
    /// something before their first word are `other`.
    init(beginningOf text: RawSpan) {
        guard text.byteCount >= 4 else {
            self = .other
            return
        }
        let letters = text.unsafeLoadUnaligned(as: UInt32.self).bigEndian | 0x2020_2020
        switch letters {
        case Self.letters("sele"), Self.letters("with"), Self.letters("valu"),
            Self.letters("tabl"):
            self = .select
        case Self.letters("inse"): self = .insert
        case Self.letters("upda"): self = .update
        case Self.letters("dele"): self = .delete
        case Self.letters("crea"), Self.letters("alte"), Self.letters("drop"),
            Self.letters("trun"), Self.letters("gran"), Self.letters("revo"):
            self = .ddl
        default: self = .other
        }
    }

    @inline(__always)
    private static func letters(_ word: StaticString) -> UInt32 {
        let start = UnsafeRawPointer(word.utf8Start)
        return start.loadUnaligned(as: UInt32.self).bigEndian
    }
}

/// The severities of errors that Pgpool-II counts for each node.
enum ErrorClass: UInt8, CaseIterable, Sendable {
    case panic, fatal, error

    /// By the word that a server sends untranslated.
    init?(severity: String) {
        switch severity {
        case "PANIC": self = .panic
        case "FATAL": self = .fatal
        case "ERROR": self = .error
        default: return nil
        }
    }
}
