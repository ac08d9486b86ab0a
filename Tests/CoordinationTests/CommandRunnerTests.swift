import ClusterModel
import Coordination
import Glibc
import Settings
import Testing

@Suite("Running a user's command")
struct CommandRunnerTests {
    private static func run(
        _ text: String, environment: [(name: String, value: String)] = [],
        timeMax: Duration = .seconds(30)
    ) -> (outcome: CommandOutcome, lines: [String]) {
        var lines: [String] = []
        let outcome = CommandRunner.run(text, environment: environment, timeMax: timeMax) {
            lines.append($0)
        }
        return (outcome, lines)
    }

    @Test(
        "tells how it ended",
        arguments: [
            ("true", CommandOutcome.exited(code: 0)), ("exit 3", .exited(code: 3)),
            ("kill -9 $$", .signalled(number: 9)), ("/no/such/program", .exited(code: 127)),
            ("", .exited(code: 0)), ("exec >&- 2>&-; exit 4", .exited(code: 4)),
        ])
    func outcomes(text: String, outcome: CommandOutcome) {
        #expect(Self.run(text).outcome == outcome)
        #expect(outcome.isSuccess == (outcome == .exited(code: 0)))
    }

    @Test("hands over both outputs, line by line")
    func output() {
        let (outcome, lines) = Self.run("echo a; echo b >&2; printf c")
        #expect(outcome.isSuccess)
        #expect(lines == ["a", "b", "c"])
    }

    @Test("reads output that is larger than a pipe")
    func muchOutput() {
        let (outcome, lines) = Self.run("seq 1 50000")
        #expect(outcome.isSuccess)
        #expect(lines.count == 50000)
        #expect(lines.last == "50000")
    }

    @Test("standard input is empty, and nothing else of ours is open")
    func descriptors() throws {
        // One that a child would inherit.
        let leak = try #require(open("/dev/null", O_RDONLY) as Int32?)
        defer { close(leak) }
        let (outcome, lines) = Self.run("cat; for i in /proc/self/fd/*; do echo ${i##*/}; done")
        #expect(outcome.isSuccess)
        // The shell expands the pattern itself, by a descriptor that it opens for that.
        #expect(Set(lines).isSubset(of: ["0", "1", "2", "3"]))
        #expect(Set(lines).isSuperset(of: ["0", "1", "2"]))
    }

    @Test("is told its variables; ours are there unless it gets others")
    func environment() {
        let (outcome, lines) = Self.run(
            "echo \"$A\"; echo $PATH; test -n \"$HOME\"; echo \"$B\"",
            environment: [("A", "one two"), ("PATH", "/nowhere"), ("B", "")])
        #expect(outcome.isSuccess)
        #expect(lines == ["one two", "/nowhere", ""])
    }

    @Test("signals are as a program expects them")
    func signals() {
        // Harmless to everybody else: the default is to ignore it, too.
        let before = signal(SIGWINCH, SIG_IGN)
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGWINCH)
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &mask)
        defer {
            pthread_sigmask(SIG_SETMASK, &mask, nil)
            signal(SIGWINCH, before)
        }
        let (outcome, lines) = Self.run(
            "grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f 2")
        #expect(outcome.isSuccess)
        // The C library leaves 32 and 33, which it uses itself, ignored.
        let sets = lines.compactMap { UInt64($0, radix: 16) }.map { $0 & ~(3 << 31) }
        #expect(sets == [0, 0])
    }

    @Test("is in a group of its own")
    func group() {
        let (_, lines) = Self.run("echo $$; ps -o pgid= -p $$")
        #expect(lines.count == 2)
        #expect(lines.first == lines.last?.filter { $0 != " " })
    }

    @Test("is ended at the deadline, with what it has started")
    func deadline() {
        let start = ContinuousClock.now
        let (outcome, lines) = Self.run(
            "sleep 600 & echo $!; wait; echo no", timeMax: .seconds(2))
        #expect(outcome == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(lines.count == 1)
        #expect(Self.isGone(lines.first))
    }

    @Test("is killed when it ignores the deadline")
    func stubborn() {
        let start = ContinuousClock.now
        let (outcome, lines) = Self.run(
            "trap '' TERM; echo $$; while :; do sleep 1; done", timeMax: .seconds(1))
        #expect(outcome == .timedOut)
        #expect(ContinuousClock.now - start >= CommandRunner.graceTime)
        #expect(Self.isGone(lines.first))
    }

    @Test("may clean up after the deadline")
    func cleanUp() {
        let (outcome, lines) = Self.run(
            "trap 'echo bye; exit 1' TERM; sleep 600 & wait", timeMax: .seconds(2))
        #expect(outcome == .timedOut)
        #expect(lines == ["bye"])
    }

    @Test("is over when its shell is, whatever it leaves in the background")
    func background() throws {
        let start = ContinuousClock.now
        let (outcome, lines) = Self.run("sleep 600 & echo $!")
        #expect(outcome.isSuccess)
        #expect(ContinuousClock.now - start < .seconds(20))
        let left = try #require(lines.first.flatMap { pid_t($0) })
        #expect(kill(left, 0) == 0)
        kill(left, SIGKILL)
    }

    @Test("a command that is too long for the system says so")
    func tooLong() {
        let (outcome, lines) = Self.run("true " + String(repeating: "x", count: 1 << 20))
        #expect(lines.isEmpty)
        guard case .couldNotStart(let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(!reason.isEmpty)
        #expect("\(outcome)" == "could not be started: \(reason)")
    }

    @Test("its variables are none of the configuration")
    func prefixes() {
        #expect(CommandFacts.environmentPrefix == ConfigurationReader.eventPrefix)
    }

    /// Whether the process whose number stands in `line` has ended; a zombie has.
    private static func isGone(_ line: String?) -> Bool {
        guard let id = line.flatMap({ pid_t($0) }) else { return false }
        let (_, lines) = run("cut -d ' ' -f 3 /proc/\(id)/stat 2>/dev/null")
        return lines.isEmpty || lines == ["Z"]
    }
}
