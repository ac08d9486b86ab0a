/// The schemas in which a session's unqualified names are looked up, in order.
///
/// `pg_catalog` is part of it, at the front unless the session says otherwise. The session's own
/// `pg_temp` is not: a temporary relation of any session counts wherever its name is used.
public struct SearchPath: Equatable, Sendable {
    /// Nil: unknown; then a name may mean what any schema has.
    public let schemas: [[UInt8]]?
    /// Tells paths apart in one comparison; differs from run to run.
    public let fingerprint: UInt64

    /// Nothing is known of the session's path.
    public static let unknown = SearchPath(effective: nil)

    /// PostgreSQL's own default for a user.
    public static func standard(user: [UInt8]) -> SearchPath {
        SearchPath(items: [Self.user, Array("public".utf8)], user: user)
    }

    /// - Parameters:
    ///   - items: schema names as PostgreSQL would compare them, each one item of a SET.
    ///   - user: what `$user` stands for: the role that is in force.
    public init(items: [[UInt8]], user: [UInt8]) {
        var schemas: [[UInt8]] = []
        for item in items {
            let schema = SchemaName.stored(item == Self.user ? user : item)
            if schema == SchemaName.temporary || schemas.contains(schema) { continue }
            schemas.append(schema)
        }
        if !schemas.contains(SchemaName.catalog) { schemas.insert(SchemaName.catalog, at: 0) }
        self.init(effective: schemas)
    }

    /// - Parameters:
    ///   - setting: the value as SHOW, ParameterStatus, a startup parameter or set_config have it.
    ///     One that is no list of names is unknown.
    ///   - user: what `$user` stands for: the role that is in force.
    public init(setting: [UInt8], user: [UInt8]) {
        if let items = NameList.read(setting) {
            self.init(items: items, user: user)
        } else {
            self.init(effective: nil)
        }
    }

    private init(effective schemas: [[UInt8]]?) {
        self.schemas = schemas
        var hasher = Hasher()
        hasher.combine(schemas)
        self.fingerprint = UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private static let user = Array("$user".utf8)

    public static func == (left: Self, right: Self) -> Bool {
        left.fingerprint == right.fingerprint && left.schemas == right.schemas
    }
}

/// Schemas that have a meaning of their own.
enum SchemaName {
    static let catalog = Array("pg_catalog".utf8)
    static let information = Array("information_schema".utf8)
    /// Alias of the session's own temporary schema.
    static let temporary = Array("pg_temp".utf8)

    /// `pg_temp`, `pg_temp_3`: what is in it belongs to one server process.
    static func isTemporary(_ schema: [UInt8]) -> Bool { schema.starts(with: Self.temporary) }

    /// A name as PostgreSQL keeps it: cut after 63 bytes, between two characters.
    static func stored(_ name: [UInt8]) -> [UInt8] {
        guard name.count > Self.bytesMax else { return name }
        var end = Self.bytesMax
        while end > 0, name[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(name[..<end])
    }

    private static let bytesMax = 63
}

/// A comma-separated list of names, as in the value of `search_path`.
private enum NameList {
    /// Nil where PostgreSQL would refuse the list.
    static func read(_ text: [UInt8]) -> [[UInt8]]? {
        var names: [[UInt8]] = []
        var at = text.startIndex
        self.skipBlanks(text, &at)
        if at == text.endIndex { return names }
        while true {
            guard let name = self.name(text, &at) else { return nil }
            names.append(name)
            self.skipBlanks(text, &at)
            if at == text.endIndex { return names }
            guard text[at] == UInt8(ascii: ",") else { return nil }
            at += 1
            self.skipBlanks(text, &at)
        }
    }

    private static func name(_ text: [UInt8], _ at: inout Int) -> [UInt8]? {
        guard at < text.endIndex else { return nil }
        var name: [UInt8] = []
        if text[at] == UInt8(ascii: "\"") {
            at += 1
            while at < text.endIndex {
                if text[at] == UInt8(ascii: "\"") {
                    at += 1
                    guard at < text.endIndex, text[at] == UInt8(ascii: "\"") else { return name }
                }
                name.append(text[at])
                at += 1
            }
            return nil
        }
        while at < text.endIndex, text[at] != UInt8(ascii: ","), !self.isBlank(text[at]) {
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(text[at])
            name.append(isUpper ? text[at] | 0x20 : text[at])
            at += 1
        }
        return name.isEmpty ? nil : name
    }

    private static func skipBlanks(_ text: [UInt8], _ at: inout Int) {
        while at < text.endIndex, self.isBlank(text[at]) { at += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
