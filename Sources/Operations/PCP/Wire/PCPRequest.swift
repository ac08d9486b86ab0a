internal import PostgresWire

/// What a PCP client asks for: one message, type and body (PCP protocol, section 3).
package enum PCPRequest: Equatable, Sendable {
    /// `M`
    case salt
    /// `R`: name and digest, 32 hexadecimal digits.
    case login(user: [UInt8], digest: [UInt8])
    /// `A`: a setting of this connection.
    case setParameter(name: String, value: String)
    /// `B`
    case poolStatus
    /// `C`
    case attach(node: Int)
    /// `D`, gracefully `d`.
    case detach(node: Int, isGraceful: Bool)
    /// `F`: a left-over that has no answer.
    case nothing
    /// `G`
    case invalidateQueryCache
    /// `H`
    case healthCheckStatistics(node: Int)
    /// `I`; nil for all nodes.
    case nodeInfo(node: Int?)
    /// `J`, gracefully `j`.
    case promote(node: Int, isSwitchover: Bool, isGraceful: Bool)
    /// `L`
    case nodeCount
    /// `N`
    case processCount
    /// `O`
    case recover(node: Int)
    /// `o`, ours: what else there is to a recovery. Pgpool-II refuses the type.
    case recovery(node: Int, PCPRecoveryAction)
    /// `P`; nil for all processes.
    case processInfo(process: Int?)
    /// `T`, for all proxies of a watchdog `t`.
    case stop(mode: UInt8, scope: PCPScope)
    /// `V`
    case rotateLog(PCPScope)
    /// `W`; nil for all.
    case watchdogInfo(index: Int?)
    /// `Z`
    case reload(PCPScope)
    /// `X`
    case goodbye
    /// A type that nobody knows.
    case unknown(type: UInt8)
    /// A known type whose body cannot be read.
    case malformed(type: UInt8)
}

/// Whether a command is for one proxy or for all of a watchdog.
package enum PCPScope: UInt8, Sendable {
    /// `l`
    case local = 0x6C
    /// `c`
    case cluster = 0x63
}

/// What `pcp_recovery_node` asks beside recovering a node and waiting for that.
package enum PCPRecoveryAction: UInt8, Sendable, CaseIterable {
    /// `a`: begin, and do not wait.
    case begin = 0x61
    /// `c`
    case cancel = 0x63
    /// `k`: what it would do and meet.
    case check = 0x6B
    /// `s`: how far it is.
    case status = 0x73
}

extension PCPRequest {
    /// A request is as long as Pgpool-II accepts: its length word, which counts itself, is below
    /// 260.
    package static let lengths = 4..<260

    /// Reads a message. Total: any type and any body give an answer.
    package static func parse(_ type: UInt8, _ body: [UInt8]) -> PCPRequest {
        var fields = PCPFields(body)
        return parse(type, &fields) ?? .malformed(type: type)
    }

    private static func parse(_ type: UInt8, _ fields: inout PCPFields) -> PCPRequest? {
        switch type {
        case UInt8(ascii: "M"): return .salt
        case UInt8(ascii: "R"):
            guard let user = fields.bytes(), let digest = fields.bytes() else { return nil }
            return .login(user: user, digest: digest)
        case UInt8(ascii: "A"):
            guard let name = fields.text(), let value = fields.text() else { return nil }
            return .setParameter(name: name, value: value)
        case UInt8(ascii: "B"): return .poolStatus
        case UInt8(ascii: "C"): return fields.number().map { .attach(node: $0) }
        case UInt8(ascii: "D"): return fields.number().map { .detach(node: $0, isGraceful: false) }
        case UInt8(ascii: "d"): return fields.number().map { .detach(node: $0, isGraceful: true) }
        case UInt8(ascii: "F"): return .nothing
        case UInt8(ascii: "G"): return .invalidateQueryCache
        case UInt8(ascii: "H"): return fields.number().map { .healthCheckStatistics(node: $0) }
        case UInt8(ascii: "I"): return fields.number().map { .nodeInfo(node: $0 == -1 ? nil : $0) }
        case UInt8(ascii: "J"): return promotion(&fields, isGraceful: false)
        case UInt8(ascii: "j"): return promotion(&fields, isGraceful: true)
        case UInt8(ascii: "L"): return .nodeCount
        case UInt8(ascii: "N"): return .processCount
        case UInt8(ascii: "O"): return fields.number().map { .recover(node: $0) }
        case UInt8(ascii: "o"):
            guard let node = fields.number(),
                let action = fields.byte().flatMap(PCPRecoveryAction.init(rawValue:))
            else { return nil }
            return .recovery(node: node, action)
        case UInt8(ascii: "P"):
            return fields.number().map { .processInfo(process: $0 == 0 ? nil : $0) }
        case UInt8(ascii: "T"): return fields.byte().map { .stop(mode: $0, scope: .local) }
        case UInt8(ascii: "t"): return fields.byte().map { .stop(mode: $0, scope: .cluster) }
        case UInt8(ascii: "V"): return fields.scope().map { .rotateLog($0) }
        case UInt8(ascii: "W"):
            return fields.number().map { .watchdogInfo(index: $0 == -1 ? nil : $0) }
        case UInt8(ascii: "X"): return .goodbye
        case UInt8(ascii: "Z"): return fields.scope().map { .reload($0) }
        default: return .unknown(type: type)
        }
    }

    /// `"1 " NUL 's'`: the number is followed by a blank, and by the option only after the zero
    /// byte.
    private static func promotion(_ fields: inout PCPFields, isGraceful: Bool) -> PCPRequest? {
        guard let node = fields.number() else { return nil }
        let option = fields.byte()
        guard option == nil || option == UInt8(ascii: "s") || option == UInt8(ascii: "n") else {
            return nil
        }
        return .promote(
            node: node, isSwitchover: option == UInt8(ascii: "s"), isGraceful: isGraceful)
    }
}

extension PCPRequest {
    /// The message's type.
    package var type: UInt8 {
        switch self {
        case .salt: UInt8(ascii: "M")
        case .login: UInt8(ascii: "R")
        case .setParameter: UInt8(ascii: "A")
        case .poolStatus: UInt8(ascii: "B")
        case .attach: UInt8(ascii: "C")
        case .detach(_, let isGraceful): isGraceful ? UInt8(ascii: "d") : UInt8(ascii: "D")
        case .nothing: UInt8(ascii: "F")
        case .invalidateQueryCache: UInt8(ascii: "G")
        case .healthCheckStatistics: UInt8(ascii: "H")
        case .nodeInfo: UInt8(ascii: "I")
        case .promote(_, _, let isGraceful): isGraceful ? UInt8(ascii: "j") : UInt8(ascii: "J")
        case .nodeCount: UInt8(ascii: "L")
        case .processCount: UInt8(ascii: "N")
        case .recover: UInt8(ascii: "O")
        case .recovery: UInt8(ascii: "o")
        case .processInfo: UInt8(ascii: "P")
        case .stop(_, let scope): scope == .cluster ? UInt8(ascii: "t") : UInt8(ascii: "T")
        case .rotateLog: UInt8(ascii: "V")
        case .watchdogInfo: UInt8(ascii: "W")
        case .reload: UInt8(ascii: "Z")
        case .goodbye: UInt8(ascii: "X")
        case .unknown(let type), .malformed(let type): type
        }
    }

    /// The type of a successful answer, which a client checks. Some are odd for good: promoting is
    /// answered as detaching, recovering as attaching.
    package var replyType: UInt8 {
        switch self {
        case .detach, .promote: UInt8(ascii: "d")
        case .recover: UInt8(ascii: "c")
        // Lower case of the request.
        default: type | 0x20
        }
    }

    /// The message as a client sends it.
    package var encoded: [UInt8] {
        var writer = WireWriter()
        writer.message(type) { body in
            switch self {
            case .salt, .poolStatus, .nothing, .invalidateQueryCache, .nodeCount, .processCount,
                .goodbye, .unknown, .malformed:
                break
            case .login(let user, let digest):
                body.string(user)
                body.string(digest)
            case .setParameter(let name, let value):
                body.string(name)
                body.string(value)
            case .attach(let node), .detach(let node, _), .healthCheckStatistics(let node),
                .recover(let node):
                body.string(String(node))
            case .recovery(let node, let action):
                body.string(String(node))
                body.uint8(action.rawValue)
            case .nodeInfo(let number), .watchdogInfo(let number):
                body.string(String(number ?? -1))
            case .processInfo(let process): body.string(String(process ?? 0))
            case .promote(let node, let isSwitchover, _):
                body.string("\(node) ")
                body.uint8(isSwitchover ? UInt8(ascii: "s") : UInt8(ascii: "n"))
            case .stop(let mode, _): body.uint8(mode)
            case .rotateLog(let scope), .reload(let scope): body.uint8(scope.rawValue)
            }
        }
        return writer.bytes
    }
}

/// Walks the body of a message.
struct PCPFields {
    private var rest: ArraySlice<UInt8>

    init(_ body: [UInt8]) { rest = body[...] }

    /// A string up to its zero byte; nil if there is none.
    mutating func bytes() -> [UInt8]? {
        guard let end = rest.firstIndex(of: 0) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return Array(rest[..<end])
    }

    mutating func text() -> String? { bytes().map { String(decoding: $0, as: UTF8.self) } }

    /// A decimal number, with blanks around it or not. What is no number stays none: Pgpool-II
    /// takes it for 0, and 0 is a node.
    mutating func number() -> Int? {
        guard let bytes = bytes() else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return Int32(text.drop { $0 == " " }.prefix { $0 != " " }).map(Int.init)
    }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func scope() -> PCPScope? { byte().flatMap(PCPScope.init(rawValue:)) }
}
