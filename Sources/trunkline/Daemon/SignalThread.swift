import Glibc
import Operations

/// Signals as events on a thread of their own: no handler ever runs in the middle of something.
enum SignalThread {
    private static let handled = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1]

    /// Blocks the signals in this thread and all that it starts. To be called before any other
    /// thread exists.
    static func block() {
        var set = handledSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A lost connection is an error of its write; USR2 woke up Pgpool-II's children.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGUSR2, SIG_IGN)
    }

    /// Hands every signal to `handle`, one after the other.
    static func start(_ handle: @escaping @Sendable (Int32) -> Void) -> Bool {
        SystemThread.start(name: "signals") {
            var set = handledSet()
            while true {
                var received: Int32 = 0
                if sigwait(&set, &received) == 0 { handle(received) }
            }
        }
    }

    private static func handledSet() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in handled { sigaddset(&set, number) }
        return set
    }
}
