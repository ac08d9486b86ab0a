internal import Glibc
internal import Operations
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
        for _ in 0..<threads { _ = SystemThread.start(name: "aux") { [self] in work() } }
    }

    func run(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.jobs.append(job) }
        bell.ring()
    }

    /// Jobs that nobody has begun yet.
    var waitingCount: Int { state.withLock { $0.jobs.count } }

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

    /// Waits at most this long.
    ///
    /// - Returns: whether it rang.
    @discardableResult
    func wait(secondsMax: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += secondsMax
        while sem_timedwait(semaphore, &end) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}
