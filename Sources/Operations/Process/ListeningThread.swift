internal import CLinux
internal import Glibc

/// What a thread that serves listeners of its own has in common with others of its kind, whatever it
/// speaks: it waits for them and for its end, and gives way when descriptors are short.
struct ListeningThread: ~Copyable, Sendable {
    /// Wakes the thread for its end.
    let bell = eventfd(0, Int32(EFD_CLOEXEC))
    let listeners: [Int32]

    /// - Parameter listeners: non-blocking, owned by the caller.
    init(listeners: [Int32]) { self.listeners = listeners }

    deinit { if bell >= 0 { close(bell) } }

    /// Runs `body` on a thread; false if there is none for it.
    func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        bell >= 0 && SystemThread.start(name: name, body)
    }

    /// Has ``isOver(_:)`` say so from now on.
    func stop() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout<UInt64>.size)
    }

    /// What the thread waits for: its end first, then the listeners.
    var polls: [pollfd] {
        ([bell] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }

    /// Whether the thread has to end, as far as ``polls`` tell after a wait: it was told to, or a
    /// listener was closed behind its back, which would keep it spinning.
    func isOver(_ polls: [pollfd]) -> Bool {
        guard let first = polls.first, first.revents == 0 else { return true }
        return polls.dropFirst().prefix(listeners.count).contains {
            $0.revents & Int16(POLLNVAL) != 0
        }
    }

    /// The listeners at which somebody waits.
    func waiting(_ polls: [pollfd]) -> [Int32] {
        polls.dropFirst().prefix(listeners.count).filter { $0.revents != 0 }.map(\.fd)
    }

    /// Somebody who waits at a listener.
    struct Guest {
        var descriptor: Int32
        var address: sockaddr_storage
        var length: socklen_t
    }

    /// Accepts one; nil where nobody is there any more, or nobody can be let in now.
    static func accept(_ listener: Int32) -> Guest? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = clinux_accept(listener, &address, &length)
        guard descriptor >= 0 else {
            // The rest of the proxy needs descriptors and memory more; wait for better times.
            if errno == EMFILE || errno == ENFILE || errno == ENOMEM { sleep(1) }
            return nil
        }
        return Guest(descriptor: descriptor, address: address, length: length)
    }
}
