internal import PostgresWire
internal import Reactor
internal import Routing
internal import Sessions

/// A client of some worker that waits for facts.
struct CatalogAsker {
    let question: CatalogQuestion
    let worker: Int
    let client: UInt64
    /// Nanoseconds.
    let since: UInt64
    /// The query failed while others were asked for as well: next time it is asked alone.
    var isAlone = false
    /// Answers that were out of date when they came.
    var staleAnswers = 0
}

/// What the catalog thread knows of one database.
struct CatalogDatabase {
    let name: [UInt8]
    /// In the order in which they came.
    var waiting: [CatalogAsker] = []
    /// Not asked until then, in nanoseconds.
    var unavailableUntil: UInt64 = 0
    /// That it cannot be asked was logged.
    var isReported = false
    /// Its catalog changed lately: until then, in nanoseconds, a standby may not know yet.
    var primaryUntil: UInt64 = 0
}

/// The catalog thread's connection to one database.
struct CatalogConnection {
    enum Phase: UInt8 {
        case closed
        case connecting
        case loggingIn
        /// Logged in; nobody asked anything.
        case idle
        case asking
    }

    /// One query under way.
    struct Round {
        var askers: [CatalogAsker]
        /// All names that are asked for.
        var question: CatalogQuestion
        var reading: CatalogReading
        var bytes = 0
        /// The catalog changed since the query was sent.
        var isStale = false
        /// The server's own words, or ours, why there is no answer.
        var failure: String?
    }

    var phase = Phase.closed
    /// Number of the database.
    var database = 0
    var node = 0
    var socket = SocketID.none
    var addressIndex = 0
    var login: ServerLogin?
    var input = ByteStash()
    /// The statement is known to the server.
    var isPrepared = false
    /// Nothing was answered on it yet: if it fails the server is to blame.
    var isFresh = true
    /// Connecting, login or answer have to be done by then, in nanoseconds; 0 = nothing runs.
    var deadline: UInt64 = 0
    /// When it came to rest, in nanoseconds.
    var idleSince: UInt64 = 0
    var round: Round?
}

/// The messages that put the question.
enum CatalogExchange {
    private static let statement = "catalog"
    private static let textArray: UInt32 = 1009
    private static let text: UInt32 = 25

    static func startup(user: String, database: [UInt8]) -> [UInt8] {
        func parameter(_ name: String, _ value: [UInt8]) -> StartupMessage.Parameter {
            StartupMessage.Parameter(name: Array(name.utf8), value: value)
        }
        var parameters = [
            parameter("user", Array(user.utf8)), parameter("database", database),
            parameter("application_name", Array("trunkline catalog".utf8)),
        ]
        for setting in CatalogQuery.settings {
            parameters.append(parameter(setting.name, Array(setting.value.utf8)))
        }
        var writer = WireWriter()
        writer.startup(parameters)
        return writer.bytes
    }

    /// Bind and Execute, after Parse where the server does not know the statement yet.
    static func ask(_ question: CatalogQuestion, isPrepared: Bool) -> [UInt8] {
        var writer = WireWriter()
        if !isPrepared {
            writer.message(FrontendType.parse) { body in
                body.string(statement)
                body.string(CatalogQuery.text)
                body.uint16(2)
                body.uint32(textArray)
                body.uint32(textArray)
            }
        }
        writer.message(FrontendType.bind) { body in
            body.string("")
            body.string(statement)
            // All parameters in binary form, all columns as text.
            body.uint16(1)
            body.uint16(1)
            body.uint16(2)
            array(question.relations, &body)
            array(question.functions, &body)
            body.uint16(0)
        }
        writer.message(FrontendType.execute) { body in
            body.string("")
            body.uint32(0)
        }
        writer.empty(FrontendType.sync)
        return writer.bytes
    }

    /// A `text[]` in binary form: names need no quotes there.
    private static func array(_ names: [[UInt8]], _ writer: inout WireWriter) {
        writer.lengthOnly { body in
            body.uint32(names.isEmpty ? 0 : 1)
            body.uint32(0)
            body.uint32(text)
            guard !names.isEmpty else { return }
            body.uint32(UInt32(clamping: names.count))
            body.uint32(1)
            for name in names { body.lengthOnly { $0.raw(name) } }
        }
    }

    /// The columns of a DataRow's body; nil where it is malformed.
    static func columns(_ body: RawSpan) -> [[UInt8]?]? {
        var reader = WireReader(body)
        guard let count = reader.uint16(body) else { return nil }
        var columns: [[UInt8]?] = []
        for _ in 0..<count {
            guard let length = reader.uint32(body) else { return nil }
            if length == .max {
                columns.append(nil)
            } else {
                guard let value = reader.take(Int(length), body) else { return nil }
                columns.append(value)
            }
        }
        return columns
    }
}

extension WireWriter {
    /// A value with its length before it, which does not count itself.
    fileprivate mutating func lengthOnly(_ body: (inout WireWriter) -> Void) {
        var value = WireWriter()
        body(&value)
        uint32(UInt32(clamping: value.bytes.count))
        raw(value.bytes)
    }
}
