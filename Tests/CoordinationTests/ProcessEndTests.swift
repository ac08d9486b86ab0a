import Glibc
import Testing

@testable import Coordination

@Suite("Waiting for the end of processes")
struct ProcessEndTests {
    /// Processes that sleep and are no children of ours.
    private static func strangers(_ count: Int) throws -> [pid_t] {
        var lines: [String] = []
        let text = "for i in $(seq \(count)); do sleep 600 & echo $!; done"
        let outcome = CommandRunner.run(text, timeMax: .seconds(60)) { lines.append($0) }
        try #require(outcome.isSuccess && lines.count == count)
        return try lines.map { try #require(pid_t($0)) }
    }

    private static func living(_ processes: [pid_t]) -> [pid_t] {
        processes.filter { ProcessTable.startTime($0) != nil }
    }

    @Test("those that are not ours are waited for, until all have ended")
    func strangers() throws {
        let processes = try Self.strangers(3)
        defer { for process in Self.living(processes) { kill(process, SIGKILL) } }
        func wait(_ time: Duration) -> Bool {
            ProcessEnd.wait(time, forAll: { Self.living(processes) })
        }
        #expect(!wait(.milliseconds(50)))
        kill(processes[0], SIGKILL)
        #expect(!wait(.milliseconds(50)))
        for process in processes { kill(process, SIGKILL) }
        #expect(wait(.seconds(60)))
        #expect(wait(.zero))
    }

    @Test("the end comes in the middle of the wait")
    func during() throws {
        let processes = try Self.strangers(1)
        var looks = 0
        let isOver = ProcessEnd.wait(
            .seconds(60),
            forAll: {
                looks += 1
                // Its end is what ends this wait.
                if looks == 1 { kill(processes[0], SIGKILL) }
                return Self.living(processes)
            })
        #expect(isOver)
        #expect(Self.living(processes).isEmpty)
    }

    @Test("without a descriptor one looks often")
    func pace() {
        let nobody = ProcessEnd(of: -1)
        #expect(nobody.descriptor == -1)
        #expect(nobody.pause(atMost: .seconds(5)) == .milliseconds(20))
        #expect(nobody.pause(atMost: .milliseconds(1)) == .milliseconds(1))
        let us = ProcessEnd(of: getpid())
        #expect(us.descriptor >= 0)
        #expect(us.pause(atMost: .seconds(5)) == .seconds(5))
    }

    @Test(
        "a time is rounded up for poll",
        arguments: [
            (Duration.zero, 1 as Int32), (.microseconds(1), 1), (.milliseconds(20), 21),
            (.seconds(-5), 0), (.seconds(2), 2001), (.seconds(Int64.max), .max),
        ])
    func milliseconds(time: Duration, expected: Int32) {
        #expect(time.pollMilliseconds == expected)
    }

    @Test("a child is watched until it ends or something is true")
    func child() throws {
        let quick = try DetachedProcess.start(ProgramLaunch(["/bin/sh", "-c", "exit 3"]))
        #expect(DetachedProcess.wait(.seconds(60), for: quick) { false } == 3 << 8)
        let slow = try DetachedProcess.start(ProgramLaunch(["/bin/sleep", "600"]))
        #expect(DetachedProcess.wait(.milliseconds(50), for: slow) { false } == nil)
        var looks = 0
        let end = DetachedProcess.wait(.seconds(60), for: slow) {
            looks += 1
            return looks == 3
        }
        #expect(end == nil && looks == 3)
        kill(slow, SIGKILL)
        #expect(DetachedProcess.wait(.seconds(60), for: slow) { false } == SIGKILL)
    }
}
