/// How the file descriptors that the process may have open are shared out, so that the last ones are
/// kept for what must not fail: health checks, logs and commands, then connections to servers, then
/// clients.
///
/// The system gives a new descriptor the lowest free number. One with the number n so shows, without
/// counting, that at least n others are open.
public struct DescriptorBudget: Equatable, Sendable {
    /// Descriptors that the process may have, RLIMIT_NOFILE: their numbers are below.
    public let limit: Int
    /// Clients get numbers below this one.
    public let clientsEnd: Int
    /// Connections to servers get numbers below this one; the rest is for the proxy's own work.
    public let serversEnd: Int

    /// Kept from clients and from servers at most.
    private static let keptMax = (clients: 1024, servers: 64)

    public init(limit: Int) {
        self.limit = max(limit, 0)
        clientsEnd = self.limit - min(self.limit / 4, Self.keptMax.clients)
        serversEnd = self.limit - min(self.limit / 8, Self.keptMax.servers)
    }

    public static let unlimited = DescriptorBudget(limit: .max)

    /// Whether a client may keep the descriptor that it was accepted with.
    public func admits(client descriptor: Int32) -> Bool { Int(descriptor) < clientsEnd }

    /// Whether there is room to tell one more client that there is none for it.
    public func admits(refused descriptor: Int32) -> Bool { Int(descriptor) < serversEnd }

    /// Whether clients and servers as these limits allow them all find room.
    public func fits(_ limits: PermitBook.Limits, nodes: Int) -> Bool {
        limits.descriptorsMax(nodes: nodes) <= serversEnd
    }
}

extension PermitBook.Limits {
    /// Descriptors that clients, waiting ones included, and server connections may need together.
    public func descriptorsMax(nodes: Int) -> Int {
        let servers = serversPerNodeMax.multipliedReportingOverflow(by: max(nodes, 0))
        guard !servers.overflow else { return .max }
        let clients = sessionsMax.addingReportingOverflow(waitersMax)
        guard !clients.overflow else { return .max }
        let sum = clients.partialValue.addingReportingOverflow(servers.partialValue)
        return sum.overflow ? .max : sum.partialValue
    }
}

/// A time in which descriptors were short: told once when it begins and once when it is over, however
/// many were refused in it.
public struct DescriptorShortage: Sendable {
    /// It is over when nobody was refused for so long, in nanoseconds.
    public static let quietTime: UInt64 = 5_000_000_000

    /// Clients and server connections that were refused since the start of the process.
    public private(set) var refusals: UInt64 = 0
    private var refusalsBefore: UInt64 = 0
    private var lastAt: UInt64 = 0
    private var isOn = false

    public init() {}

    /// Somebody was refused for want of a descriptor.
    ///
    /// - Returns: whether the shortage begins with this one.
    public mutating func refused(at now: UInt64) -> Bool {
        if !isOn { refusalsBefore = refusals }
        refusals &+= 1
        lastAt = max(lastAt, now)
        defer { isOn = true }
        return !isOn
    }

    public enum Look: Equatable, Sendable {
        /// Nothing is short.
        case none
        /// It may be over at this time.
        case later(UInt64)
        /// It has ended: so many were refused in it. Said once.
        case over(refused: UInt64)
    }

    public mutating func look(at now: UInt64) -> Look {
        guard isOn else { return .none }
        let end = lastAt &+ Self.quietTime
        guard now >= end else { return .later(end) }
        isOn = false
        return .over(refused: refusals &- refusalsBefore)
    }
}
