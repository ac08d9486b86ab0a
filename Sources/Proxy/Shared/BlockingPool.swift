internal import CLinux
internal import Glibc
internal import Synchronization

/// A few threads for work that may block or burn CPU: name look-ups, key derivation, files. Never
/// the place for anything that a worker waits for without an event.
final class BlockingPool: Sendable {
    private struct State: ~Copyable {
        var jobs: [@Sendable () -> Void] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let bell: Bell

    init(threads: Int) {
        bell = Bell()
        for _ in 0..<threads { Thread.start("trunkline-aux") { [self] in work() } }
    }

    func run(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.jobs.append(job) }
        bell.ring()
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        bell.ringAll()
    }

    private func work() {
        while true {
            let next: (job: (@Sendable () -> Void)?, isStopping: Bool) = state.withLock { state in
                if state.jobs.isEmpty { return (nil, state.isStopping) }
                return (state.jobs.removeFirst(), false)
            }
            if next.isStopping { return }
            if let job = next.job { job() } else { bell.wait() }
        }
    }
}

/// A counting semaphore.
final class Bell: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func ring() { sem_post(semaphore) }
    func ringAll() { for _ in 0..<64 { sem_post(semaphore) } }
    func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}

/// A thread of the proxy: all signals are left to the thread that waits for them.
enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        var blocked = sigset_t()
        var previous = sigset_t()
        sigfillset(&blocked)
        pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Body(body))
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        guard status == 0 else {
            box.release()
            preconditionFailure("cannot start a thread: errno \(status)")
        }
        pthread_setname_np(thread, String(name.prefix(15)))
        pthread_detach(thread)
    }
}
