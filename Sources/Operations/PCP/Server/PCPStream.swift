internal import Glibc
internal import PostgresWire

/// A moment of the system's monotonic clock, up to which something is waited for.
struct PCPDeadline: Sendable {
    /// Milliseconds of the clock; nil = for ever.
    private let end: Int64?

    static let never = PCPDeadline(end: nil)

    private init(end: Int64?) { self.end = end }

    static func after(seconds: Int) -> PCPDeadline {
        PCPDeadline(end: now() + Int64(clamping: seconds) * 1000)
    }

    /// For poll(2): -1 = for ever.
    var milliseconds: Int32 { end.map { Int32(clamping: max(0, $0 - Self.now())) } ?? -1 }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// A non-blocking socket, read and written with deadlines by the thread that serves it.
struct PCPStream: Sendable {
    enum Reception: Sendable {
        case message(type: UInt8, body: [UInt8])
        /// The length word cannot be right: what follows makes no sense.
        case badLength(UInt32)
        case late
        /// The peer is gone, or left in the middle of a message.
        case ended
    }

    private enum Bytes {
        case bytes([UInt8])
        case late
        case ended
    }

    let descriptor: Int32

    /// Reads one message.
    ///
    /// - Parameter lengths: what its length word may say.
    func receive(lengths: Range<Int>, by deadline: PCPDeadline) -> Reception {
        let header: [UInt8]
        switch bytes(FrameHeader.byteCount, by: deadline) {
        case .bytes(let bytes): header = bytes
        case .late: return .late
        case .ended: return .ended
        }
        var reader = WireReader(header.span.bytes)
        guard let type = reader.uint8(header.span.bytes),
            let length = reader.uint32(header.span.bytes)
        else { return .ended }
        guard let count = Int(exactly: length), lengths.contains(count) else {
            return .badLength(length)
        }
        switch bytes(count - 4, by: deadline) {
        case .bytes(let body): return .message(type: type, body: body)
        case .late: return .late
        case .ended: return .ended
        }
    }

    private func bytes(_ count: Int, by deadline: PCPDeadline) -> Bytes {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(max(count, 0), 16 << 10))
        while bytes.count < count {
            let received = recv(descriptor, &buffer, min(buffer.count, count - bytes.count), 0)
            if received > 0 {
                bytes += buffer.prefix(received)
                continue
            }
            guard received < 0, errno == EINTR || errno == EAGAIN else { return .ended }
            guard wait(for: POLLIN, by: deadline) else { return .late }
        }
        return .bytes(bytes)
    }

    /// Sends all; false if the peer does not take it in time.
    func send(_ bytes: [UInt8], by deadline: PCPDeadline) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                rest = rest.dropFirst(sent)
                continue
            }
            guard sent < 0, errno == EINTR || errno == EAGAIN, wait(for: POLLOUT, by: deadline)
            else { return false }
        }
        return true
    }

    private func wait(for events: Int32, by deadline: PCPDeadline) -> Bool {
        while true {
            var poll = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = Glibc.poll(&poll, 1, deadline.milliseconds)
            if count > 0 { return true }
            if count == 0 || errno != EINTR { return false }
        }
    }
}
