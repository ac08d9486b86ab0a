internal import CLinux
internal import Glibc

/// Sockets and time of one thread: level-triggered epoll behind a completion-shaped face.
///
/// The owner pulls: ``next(deadline:)`` returns one thing that happened. Sends go straight to the
/// kernel; what it refuses waits in the socket's backlog, and `drained` tells when it is gone.
/// Nothing here knows what the bytes mean. Not thread-safe; only ``Waker/ring()`` is.
public struct Reactor: ~Copyable {
    private enum Role: UInt8 { case free, stream, connecting, listener, waker }

    private struct Socket {
        var descriptor: Int32 = -1
        var generation: UInt32 = 1
        var interest: UInt32 = 0
        var role = Role.free
        var isPaused = false
        var owner: UInt = 0
        var backlog = SendBacklog()
        /// The sending side ends when the backlog is gone.
        var endsWhenDrained = false
        /// The peer closed a paused socket that holds unread bytes: not watched until it is resumed,
        /// because a hang-up cannot be masked.
        var isUnwatched = false
        /// Bytes of it wait in the batch.
        var isInBatch = false
    }

    private static let batchMax = 256
    /// Bytes that one receive takes at most: large enough for bulk data, small enough to be fair.
    public static let receiveBytesMax = 65536

    private let poll: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private let buffer: UnsafeMutableRawPointer
    private var sockets: UnsafeMutablePointer<Socket>
    private var capacity = 0
    private var used = 0
    private var freeSlots: [UInt32] = []
    private var batchCount = 0
    private var batchNext = 0
    private var waker: Waker?
    private var batch: SendBatch
    /// Sockets that turned out to be broken when their batch was sent.
    private var broken: [SocketID] = []
    /// Bytes waiting in all backlogs together.
    public private(set) var backlogBytesTotal = 0
    /// The last accept failed for want of descriptors or memory: the listener would report itself
    /// again at once and for ever.
    public private(set) var isStarved = false
    /// ``connect(to:owner:)`` opens no descriptor with this number or a higher one: the last ones
    /// that the process may have are for others.
    public var descriptorsEnd = Int32.max
    /// The clock at the start of the current batch, in nanoseconds.
    public private(set) var now = MonotonicClock.now()

    /// - Parameter batchesSends: send small messages of one turn of the loop together, through
    ///   io_uring where the system has it.
    public init(batchesSends: Bool = true) {
        batch = SendBatch(isWanted: batchesSends)
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        events = .allocate(capacity: Self.batchMax)
        buffer = .allocate(byteCount: Self.receiveBytesMax, alignment: 64)
        sockets = .allocate(capacity: 64)
        capacity = 64
    }

    deinit {
        for slot in 0..<used where sockets[slot].role != .free {
            if sockets[slot].role != .waker { _ = Glibc.close(sockets[slot].descriptor) }
            sockets[slot].backlog.release()
        }
        sockets.deallocate()
        events.deallocate()
        buffer.deallocate()
        _ = Glibc.close(poll)
    }

    // MARK: Sockets

    /// Takes over a connected, non-blocking descriptor and starts to read from it.
    public mutating func adopt(_ descriptor: Int32, owner: UInt) -> SocketID {
        add(descriptor, role: .stream, interest: EPOLLIN.rawValue, owner: owner)
    }

    /// Watches a listening descriptor, which stays the caller's: closing the id only stops the
    /// watch.
    public mutating func watch(listener descriptor: Int32, owner: UInt) -> SocketID {
        add(
            descriptor, role: .listener, interest: EPOLLIN.rawValue, owner: owner)
    }

    /// Lets other threads wake this reactor.
    public mutating func watch(_ waker: Waker) {
        self.waker = waker
        _ = add(waker.descriptor, role: .waker, interest: EPOLLIN.rawValue, owner: 0)
    }

    /// Begins to connect. The outcome arrives as `connected` or `failed`.
    ///
    /// - Returns: the new socket, or nil with errno set where not even an attempt was possible.
    public mutating func connect(to address: borrowing SocketAddress, owner: UInt) -> SocketID? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return nil }
        guard descriptor < descriptorsEnd else {
            _ = Glibc.close(descriptor)
            errno = EMFILE
            return nil
        }
        if address.family != AF_UNIX { Self.tune(descriptor) }
        let status = address.connect(descriptor)
        // A Unix socket whose backlog is full says EAGAIN and would never become writable.
        guard status == 0 || errno == EINPROGRESS else {
            let reason = errno
            _ = Glibc.close(descriptor)
            errno = reason
            return nil
        }
        return add(descriptor, role: .connecting, interest: EPOLLOUT.rawValue, owner: owner)
    }

    /// Accepts one waiting connection of a listener; nil when there is none.
    ///
    /// - Returns: a non-blocking descriptor, which ``adopt(_:owner:)`` of this or another thread's
    ///   reactor takes over, and the peer's address.
    public mutating func accept(_ listener: SocketID) -> (descriptor: Int32, peer: SocketAddress)? {
        guard let socket = find(listener), socket.pointee.role == .listener else { return nil }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = clinux_accept(socket.pointee.descriptor, &address, &length)
        guard descriptor >= 0 else {
            isStarved = Self.isShortage(errno)
            return nil
        }
        isStarved = false
        let peer = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                SocketAddress(raw: $0, length: length)
            }
        }
        if peer.family != AF_UNIX { Self.tune(descriptor) }
        return (descriptor, peer)
    }

    /// Whether a call failed because the process or the system has no descriptor or no memory left.
    public static func isShortage(_ error: Int32) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error)
    }

    /// Changes what completions of this socket carry as `owner`.
    public mutating func setOwner(_ id: SocketID, _ owner: UInt) {
        find(id)?.pointee.owner = owner
    }

    /// Forgets the socket without closing its descriptor, which the caller now owns: only with an
    /// empty backlog.
    public mutating func detach(_ id: SocketID) -> Int32? {
        guard let socket = find(id) else { return nil }
        if socket.pointee.isInBatch { sendBatch() }
        guard socket.pointee.backlog.count == 0 else { return nil }
        let descriptor = socket.pointee.descriptor
        _ = epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil)
        retire(Int(id.slot))
        return descriptor
    }

    /// Closes the socket; its backlog is dropped and its id is stale from now on.
    public mutating func close(_ id: SocketID) {
        guard let socket = find(id) else { return }
        if socket.pointee.isInBatch { sendBatch() }
        backlogBytesTotal -= socket.pointee.backlog.count
        let descriptor = socket.pointee.descriptor
        if socket.pointee.role == .listener {
            _ = epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil)
        } else {
            _ = Glibc.close(descriptor)
        }
        retire(Int(id.slot))
    }

    /// Ends the sending side after the backlog is gone: the peer sees the end after the last byte.
    public mutating func shutdownSending(_ id: SocketID) {
        guard let socket = find(id) else { return }
        if socket.pointee.isInBatch { sendBatch() }
        guard socket.pointee.backlog.count == 0 else {
            socket.pointee.endsWhenDrained = true
            return
        }
        _ = Glibc.shutdown(socket.pointee.descriptor, Int32(SHUT_WR))
    }

    /// Whether the peer neither ended nor said anything that has not been received yet.
    public func isSilent(_ id: SocketID) -> Bool {
        guard let socket = find(id) else { return false }
        var byte: UInt8 = 0
        let count = recv(
            socket.pointee.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count < 0 && errno == EAGAIN
    }

    public func backlogBytes(_ id: SocketID) -> Int {
        find(id)?.pointee.backlog.count ?? 0
    }

    /// Stops reading: the peer is held back by the kernel.
    public mutating func pause(_ id: SocketID) {
        guard let socket = find(id), !socket.pointee.isPaused else { return }
        socket.pointee.isPaused = true
        setInterest(socket, id, socket.pointee.interest & ~EPOLLIN.rawValue)
    }

    /// Reads again after ``pause(_:)``.
    public mutating func resume(_ id: SocketID) {
        guard let socket = find(id), socket.pointee.isPaused else { return }
        socket.pointee.isPaused = false
        if socket.pointee.isUnwatched {
            socket.pointee.isUnwatched = false
            socket.pointee.interest |= EPOLLIN.rawValue
            control(EPOLL_CTL_ADD, socket, id)
        } else if socket.pointee.role == .stream || socket.pointee.role == .listener {
            setInterest(socket, id, socket.pointee.interest | EPOLLIN.rawValue)
        }
    }

    // MARK: Sending

    /// Sends one range: at once if the kernel takes it, else the rest by and by.
    @inline(__always)
    public mutating func send(_ id: SocketID, _ bytes: UnsafeRawBufferPointer) -> SendOutcome {
        guard let socket = find(id), socket.pointee.role == .stream else { return .failed }
        if bytes.count == 0 { return .sent }
        if joinBatch(socket, id, bytes.count) {
            batch.append(bytes)
            return .sent
        }
        if socket.pointee.backlog.count > 0 { return enqueue(socket, id, bytes) }
        let sent = Glibc.send(
            socket.pointee.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if sent == bytes.count { return .sent }
        if sent < 0 {
            guard errno == EAGAIN || errno == EINTR else { return .failed }
            return enqueue(socket, id, bytes)
        }
        return enqueue(socket, id, UnsafeRawBufferPointer(rebasing: bytes[sent...]))
    }

    /// Sends several ranges in one call to the kernel.
    public mutating func send(
        _ id: SocketID, _ ranges: UnsafeMutablePointer<SendRange>, _ count: Int
    ) -> SendOutcome {
        if count == 1 {
            return send(id, ranges[0].bytes)
        }
        guard let socket = find(id), socket.pointee.role == .stream else { return .failed }
        var total = 0
        for index in 0..<count { total += ranges[index].count }
        if joinBatch(socket, id, total) {
            for index in 0..<count { batch.append(ranges[index].bytes) }
            return .sent
        }
        var sent = 0
        if socket.pointee.backlog.count == 0 {
            var message = msghdr()
            message.msg_iov = UnsafeMutableRawPointer(ranges).assumingMemoryBound(to: iovec.self)
            message.msg_iovlen = count
            sent = sendmsg(socket.pointee.descriptor, &message, Int32(MSG_NOSIGNAL))
            if sent < 0 {
                guard errno == EAGAIN || errno == EINTR else { return .failed }
                sent = 0
            }
        }
        var outcome = SendOutcome.sent
        for index in 0..<count {
            let length = ranges[index].count
            if sent >= length {
                sent -= length
                continue
            }
            outcome = enqueue(
                socket, id, UnsafeRawBufferPointer(rebasing: ranges[index].bytes[sent...]))
            sent = 0
        }
        return outcome
    }

    /// Whether this many bytes for a socket go with the batch. A batch that holds earlier bytes of
    /// the socket is sent first, so that they stay in order.
    @inline(__always)
    private mutating func joinBatch(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID, _ bytes: Int
    ) -> Bool {
        guard batch.isAvailable else { return false }
        if socket.pointee.isInBatch { sendBatch() }
        guard bytes <= SendBatch.bytesMax, socket.pointee.backlog.count == 0 else { return false }
        if !batch.hasRoom(bytes) { sendBatch() }
        batch.add(id, socket.pointee.descriptor)
        socket.pointee.isInBatch = true
        return true
    }

    /// Sends what the batch holds; what the kernel refuses goes to the backlogs.
    private mutating func sendBatch() {
        guard batch.count > 0 else { return }
        let sockets = sockets
        var refused: [(id: SocketID, rest: UnsafeRawBufferPointer)] = []
        var lost: [SocketID] = []
        batch.submit { entry, sent, bytes in
            (sockets + Int(entry.id.slot)).pointee.isInBatch = false
            if sent == bytes.count { return }
            if sent >= 0 {
                refused.append((entry.id, UnsafeRawBufferPointer(rebasing: bytes[sent...])))
            } else if -sent == Int(EAGAIN) || -sent == Int(EINTR) {
                refused.append((entry.id, bytes))
            } else {
                lost.append(entry.id)
            }
        }
        for (id, rest) in refused {
            if let socket = find(id) { _ = enqueue(socket, id, rest) }
        }
        if !lost.isEmpty { broken += lost }
    }

    @inline(never)
    private mutating func enqueue(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID, _ bytes: UnsafeRawBufferPointer
    ) -> SendOutcome {
        socket.pointee.backlog.append(bytes)
        backlogBytesTotal += bytes.count
        setInterest(socket, id, socket.pointee.interest | EPOLLOUT.rawValue)
        return .queued(backlogBytes: socket.pointee.backlog.count)
    }

    // MARK: Completions

    /// The next thing that happened. Blocks until there is one, at most until `deadline` (of
    /// ``MonotonicClock``; nil = for ever), which is reported as `timeout`.
    public mutating func next(deadline: UInt64?) -> Completion {
        while true {
            while batchNext < batchCount {
                if let completion = take() { return completion }
            }
            sendBatch()
            while let id = broken.popLast() {
                guard let socket = find(id) else { continue }
                return Completion(.failed, id: id, owner: socket.pointee.owner, error: EPIPE)
            }
            // A busy loop would never see `wait` return empty-handed.
            if let deadline, deadline <= now { return Completion(.timeout) }
            if !wait(deadline) { return Completion(.timeout) }
        }
    }

    /// Whether the current batch is used up, so that the next call of `next` may block.
    public var isBatchDone: Bool { batchNext >= batchCount }

    private mutating func wait(_ deadline: UInt64?) -> Bool {
        batchNext = 0
        batchCount = 0
        var milliseconds: Int32 = -1
        if let deadline {
            now = MonotonicClock.now()
            if deadline <= now {
                milliseconds = 0
            } else {
                milliseconds = Int32(clamping: (deadline - now) / 1_000_000 + 1)
            }
        }
        let count = epoll_wait(poll, events, Int32(Self.batchMax), milliseconds)
        now = MonotonicClock.now()
        if count > 0 {
            batchCount = Int(count)
            return true
        }
        guard let deadline else { return true }
        return now < deadline
    }

    /// Turns the next event of the batch into a completion. An event may hold two: then it stays.
    private mutating func take() -> Completion? {
        let event = events + batchNext
        let id = SocketID(
            slot: UInt32(truncatingIfNeeded: event.pointee.data.u64),
            generation: UInt32(truncatingIfNeeded: event.pointee.data.u64 >> 32))
        guard let socket = find(id) else {
            batchNext += 1
            return nil
        }
        switch socket.pointee.role {
        case .stream:
            if event.pointee.events & EPOLLOUT.rawValue != 0 {
                event.pointee.events &= ~EPOLLOUT.rawValue
                if event.pointee.events == 0 { batchNext += 1 }
                return flush(socket, id)
            }
            batchNext += 1
            return receive(socket, id, event.pointee.events)
        case .connecting:
            batchNext += 1
            return finishConnect(socket, id)
        case .listener:
            batchNext += 1
            return Completion(.acceptable, id: id, owner: socket.pointee.owner)
        case .waker:
            batchNext += 1
            waker?.hush()
            return Completion(.woken)
        case .free:
            batchNext += 1
            return nil
        }
    }

    @inline(__always)
    private mutating func receive(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID, _ flags: UInt32
    ) -> Completion? {
        if socket.pointee.isPaused { return brokenWhilePaused(socket, id, flags) }
        let count = recv(socket.pointee.descriptor, buffer, Self.receiveBytesMax, 0)
        if count > 0 {
            return Completion(
                .received, id: id, owner: socket.pointee.owner,
                bytes: UnsafeRawBufferPointer(start: buffer, count: count))
        }
        if count == 0 { return Completion(.ended, id: id, owner: socket.pointee.owner) }
        if errno == EAGAIN || errno == EINTR { return nil }
        return Completion(.failed, id: id, owner: socket.pointee.owner, error: errno)
    }

    /// Nobody reads now; only a broken connection is news, and only once its last bytes are read.
    @inline(never)
    private mutating func brokenWhilePaused(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID, _ flags: UInt32
    ) -> Completion? {
        guard flags & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 else { return nil }
        var byte: UInt8 = 0
        let count = recv(socket.pointee.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count > 0 else {
            return Completion(.failed, id: id, owner: socket.pointee.owner, error: ECONNRESET)
        }
        _ = epoll_ctl(poll, EPOLL_CTL_DEL, socket.pointee.descriptor, nil)
        socket.pointee.isUnwatched = true
        return nil
    }

    @inline(never)
    private mutating func flush(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID
    ) -> Completion? {
        guard socket.pointee.backlog.count > 0 else {
            setInterest(socket, id, socket.pointee.interest & ~EPOLLOUT.rawValue)
            return nil
        }
        let sent = Glibc.send(
            socket.pointee.descriptor, socket.pointee.backlog.start, socket.pointee.backlog.count,
            Int32(MSG_NOSIGNAL))
        if sent < 0 {
            if errno == EAGAIN || errno == EINTR { return nil }
            return Completion(.failed, id: id, owner: socket.pointee.owner, error: errno)
        }
        backlogBytesTotal -= sent
        socket.pointee.backlog.drop(sent)
        guard socket.pointee.backlog.count == 0 else { return nil }
        setInterest(socket, id, socket.pointee.interest & ~EPOLLOUT.rawValue)
        if socket.pointee.endsWhenDrained {
            _ = Glibc.shutdown(socket.pointee.descriptor, Int32(SHUT_WR))
        }
        return Completion(.drained, id: id, owner: socket.pointee.owner)
    }

    private mutating func finishConnect(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID
    ) -> Completion {
        var reason: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.pointee.descriptor, SOL_SOCKET, SO_ERROR, &reason, &length)
        guard reason == 0 else {
            return Completion(.failed, id: id, owner: socket.pointee.owner, error: reason)
        }
        socket.pointee.role = .stream
        setInterest(socket, id, socket.pointee.isPaused ? 0 : EPOLLIN.rawValue)
        return Completion(.connected, id: id, owner: socket.pointee.owner)
    }

    // MARK: Slots

    @inline(__always)
    private func find(_ id: SocketID) -> UnsafeMutablePointer<Socket>? {
        let slot = Int(id.slot)
        guard slot < used else { return nil }
        let socket = sockets + slot
        guard socket.pointee.generation == id.generation, socket.pointee.role != .free else {
            return nil
        }
        return socket
    }

    private mutating func add(
        _ descriptor: Int32, role: Role, interest: UInt32, owner: UInt
    ) -> SocketID {
        let slot = freeSlots.popLast().map(Int.init) ?? grow()
        let socket = sockets + slot
        socket.pointee.descriptor = descriptor
        socket.pointee.role = role
        socket.pointee.interest = interest
        socket.pointee.isPaused = false
        socket.pointee.isInBatch = false
        socket.pointee.endsWhenDrained = false
        socket.pointee.isUnwatched = false
        socket.pointee.owner = owner
        let id = SocketID(slot: UInt32(slot), generation: socket.pointee.generation)
        control(EPOLL_CTL_ADD, socket, id)
        return id
    }

    private mutating func grow() -> Int {
        if used == capacity {
            let larger = UnsafeMutablePointer<Socket>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: sockets, count: used)
            sockets.deallocate()
            sockets = larger
            capacity *= 2
        }
        (sockets + used).initialize(to: Socket())
        used += 1
        return used - 1
    }

    private mutating func retire(_ slot: Int) {
        let socket = sockets + slot
        socket.pointee.backlog.release()
        socket.pointee.role = .free
        socket.pointee.descriptor = -1
        socket.pointee.generation &+= 1
        freeSlots.append(UInt32(slot))
    }

    private mutating func setInterest(
        _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID, _ interest: UInt32
    ) {
        guard socket.pointee.interest != interest else { return }
        socket.pointee.interest = interest
        control(EPOLL_CTL_MOD, socket, id)
    }

    private func control(
        _ operation: Int32, _ socket: UnsafeMutablePointer<Socket>, _ id: SocketID
    ) {
        var event = epoll_event()
        event.events = socket.pointee.interest
        event.data.u64 = UInt64(id.generation) << 32 | UInt64(id.slot)
        _ = epoll_ctl(poll, operation, socket.pointee.descriptor, &event)
    }

    private static func tune(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(
            descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}
