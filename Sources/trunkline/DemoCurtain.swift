import Foundation
import LocalCluster
import Synchronization

/// Ends the demo: removes the cluster at the end, and at once on Ctrl-C or SIGTERM.
final class DemoCurtain: Sendable {
    private struct State {
        var isFalling = false
        /// Reached its end: a Ctrl-C then is how a visitor says goodbye, not an abort.
        var isOpenEnd = false
        var cluster: LocalCluster?
    }

    private let state = Mutex(State())

    init(screen: DemoScreen) {
        // Blocked here, before any other thread exists, so that only the waiting thread gets them.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        Thread.detachNewThread { [self] in
            var waited = waited
            var number: Int32 = 0
            while sigwait(&waited, &number) != 0 {}
            let isOpenEnd = state.withLock { state in
                state.isFalling = true
                return state.isOpenEnd
            }
            screen.lastLine("\nRemoving everything ...")
            drop()
            exit(isOpenEnd ? 0 : 130)
        }
    }

    /// From now on the cluster goes when the curtain drops.
    func guardCluster(_ cluster: LocalCluster) { state.withLock { $0.cluster = cluster } }

    /// From now on Ctrl-C is a regular end.
    func expectGoodbye() { state.withLock { $0.isOpenEnd = true } }

    /// Stops and removes everything.
    func drop() {
        let cluster = state.withLock { $0.cluster }
        cluster?.destroy()
    }

    /// Leaves the end of the process to the signal's handler, if there was a signal.
    func holdIfFalling() {
        while state.withLock({ $0.isFalling }) { sleep(1) }
    }
}
