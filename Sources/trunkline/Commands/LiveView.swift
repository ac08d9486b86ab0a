import Glibc
import Operations

/// `trunkline status --watch`: the table again every second, until somebody types q or Ctrl-C.
struct LiveView {
    private static let pauseMilliseconds: Int32 = 1000

    private let proxy: RunningProxy
    private let isTerminal = isatty(0) == 1 && isatty(1) == 1

    init(_ proxy: RunningProxy) { self.proxy = proxy }

    func run() {
        var shown = termios()
        let isRaw = isTerminal && tcgetattr(0, &shown) == 0
        if isRaw {
            // Ctrl-C comes as a byte, so that the terminal can be left as it was.
            var raw = shown
            raw.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
            tcsetattr(0, TCSANOW, &raw)
            StandardStreams.out("\u{1b}[?1049h")
        }
        var picture = ""
        var last: (status: ProxyStatus, at: ContinuousClock.Instant)?
        repeat {
            let now = ContinuousClock.now
            switch proxy.poll() {
            case .success(let found):
                picture = StatusTable.render(
                    found.status,
                    since: last.map { ($0.status, Self.seconds(now - $0.at)) })
                last = (found.status, now)
            case .failure(let failure):
                picture = failure.text
                last = nil
            }
            StandardStreams.out(
                isRaw ? "\u{1b}[H\u{1b}[J\(picture)\n(q ends)\n" : picture + "\n")
        } while !isOver()
        if isRaw {
            tcsetattr(0, TCSANOW, &shown)
            StandardStreams.out("\u{1b}[?1049l\(picture)")
        }
    }

    /// Waits for a key, a second long; without a terminal nobody can type one.
    private func isOver() -> Bool {
        guard isTerminal else {
            usleep(useconds_t(Self.pauseMilliseconds) * 1000)
            return false
        }
        var poll = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Self.pauseMilliseconds) > 0 else { return false }
        var key: UInt8 = 0
        guard read(0, &key, 1) == 1 else { return true }
        // q, Q, Ctrl-C, Ctrl-D
        return [0x71, 0x51, 0x03, 0x04].contains(key)
    }

    private static func seconds(_ time: Duration) -> Double {
        let parts = time.components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}
