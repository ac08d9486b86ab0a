import Foundation
import LocalCluster
import Synchronization

/// The demo's output: lines, and a table that is redrawn in place on a terminal.
///
/// Where nobody can redraw, each state of the table is one line.
final class DemoScreen: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let isSilent = Mutex(false)

    /// Prints one line.
    func line(_ text: String) { write(text + "\n") }

    /// Shows a table again and again while `isOver` does not hold.
    func watch(_ proxy: ProxyProcess, until isOver: () -> Bool) {
        let start = ContinuousClock.now
        var height = 0
        while true {
            let last = isOver()
            let elapsed = Int((ContinuousClock.now - start).components.seconds)
            height = show(proxy, elapsed: elapsed, over: height)
            if last { return }
            let pause = Deadline.after(.seconds(isTerminal ? 1 : 2))
            _ = pause.poll(isOver)
        }
    }

    /// Draws over `height` lines of the former picture and returns the new height.
    private func show(_ proxy: ProxyProcess, elapsed: Int, over height: Int) -> Int {
        let report: ProxyReport
        do {
            report = try proxy.status()
        } catch {
            line("  (no status: \(error))")
            return 0
        }
        guard isTerminal else {
            let nodes = report.nodes.map { node in
                "node\(node.id) \(node.role) \(node.state) reads \(node.reads) writes \(node.writes)"
                    + " lag \(Self.lag(node))"
            }
            line("  \(elapsed) s: " + nodes.joined(separator: " | "))
            return 0
        }
        let rows = report.nodes.map { node in
            [
                "node\(node.id)", node.role, node.state, "\(node.reads)", "\(node.writes)",
                Self.lag(node),
            ]
        }
        let lines = TextTable.lines(["node", "role", "state", "reads", "writes", "lag"], rows)
        let erase = height > 0 ? "\u{1b}[\(height)A\u{1b}[J" : ""
        write(erase + lines.map { "  \($0)\n" }.joined())
        return lines.count
    }

    private static func lag(_ node: ProxyReport.Node) -> String {
        if node.role == "primary" || node.state == "down" { return "-" }
        guard let bytes = node.lagBytes else { return "?" }
        return bytes < 10_240 ? "\(bytes) B" : "\(bytes / 1024) kB"
    }

    /// The last words: everything after them would only tell of things that are being removed.
    func lastLine(_ text: String) {
        isSilent.withLock { isSilent in
            isSilent = true
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
        }
    }

    private func write(_ text: String) {
        isSilent.withLock { isSilent in
            if !isSilent { FileHandle.standardOutput.write(Data(text.utf8)) }
        }
    }
}
