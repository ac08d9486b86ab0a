import Foundation
import Operations
import Testing

@Suite struct LogTests {
    private func configuration(
        _ directory: String, pattern: String = "proxy.log", prefix: String = "", kilobytes: Int = 0
    ) -> LogConfiguration {
        LogConfiguration(
            linePrefix: prefix,
            collector: .init(
                directory: directory, filenamePattern: pattern, rotationAgeMinutes: 0,
                rotationSizeKilobytes: kilobytes, fileMode: 0o640))
    }

    @Test("records appear in order, from before and after the configuration")
    func order() throws {
        let scratch = try ScratchDirectory()
        let log = Log()
        log.emit(LogRecord(.log, "before"))
        log.configure(configuration(scratch.path))
        for number in 1...3 { log.emit(LogRecord(.log, "line \(number)")) }
        log.flush()
        // What waited for the first configuration is written to it.
        #expect(
            try scratch.text("proxy.log")
                == "LOG:  before\nLOG:  line 1\nLOG:  line 2\nLOG:  line 3\n"
        )
        #expect(try scratch.mode("proxy.log") == 0o640)
        log.close()
    }

    @Test("the threshold decides, and LOG passes all but FATAL")
    func threshold() throws {
        let scratch = try ScratchDirectory()
        var settings = configuration(scratch.path)
        settings.severityMin = .error
        let log = Log(settings)
        #expect(!log.isEnabled(.warning))
        #expect(log.isEnabled(.log))
        log.emit(LogRecord(.warning, "unseen"))
        log.emit(LogRecord(.log, "seen"))
        settings.severityMin = .fatal
        log.configure(settings)
        #expect(!log.isEnabled(.log))
        log.emit(LogRecord(.log, "unseen"))
        log.close()
        #expect(try scratch.text("proxy.log") == "LOG:  seen\n")
    }

    @Test("rotating re-opens a file that was moved away")
    func rotate() throws {
        let scratch = try ScratchDirectory()
        let log = Log(configuration(scratch.path))
        log.emit(LogRecord(.log, "one"))
        log.flush()
        try FileManager.default.moveItem(
            atPath: scratch.file("proxy.log"), toPath: scratch.file("proxy.log.1"))
        log.rotate()
        log.emit(LogRecord(.log, "two"))
        log.close()
        #expect(try scratch.text("proxy.log.1") == "LOG:  one\n")
        #expect(try scratch.text("proxy.log") == "LOG:  two\n")
    }

    @Test("a changed file name takes effect on reload")
    func reconfigure() throws {
        let scratch = try ScratchDirectory()
        let log = Log(configuration(scratch.path))
        log.emit(LogRecord(.log, "one"))
        log.configure(configuration(scratch.path, pattern: "other.log", prefix: "%P: "))
        log.emit(LogRecord(.log, "two"))
        log.close()
        #expect(try scratch.text("proxy.log") == "LOG:  one\n")
        #expect(try scratch.text("other.log") == "main: LOG:  two\n")
    }

    @Test("overflow drops records, counts them and says so later")
    func overflow() throws {
        let scratch = try ScratchDirectory()
        let log = Log()
        // No writer runs before the first configuration: the queue fills up.
        for number in 0..<8200 { log.emit(LogRecord(.log, "\(number)")) }
        log.configure(configuration(scratch.path))
        log.close()
        let lines = try scratch.text("proxy.log").split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("LOG:") }.count == 8192)
        #expect(lines.contains("WARNING:  8 log records were dropped"))
    }

    @Test("a directory that cannot be used stops nothing")
    func unusable() throws {
        let log = Log(configuration("/proc/no-such-place"))
        log.emit(LogRecord(.log, "to standard error"))
        log.flush()
        let scratch = try ScratchDirectory()
        log.configure(configuration(scratch.path))
        log.emit(LogRecord(.log, "to the file"))
        log.close()
        #expect(try scratch.text("proxy.log") == "LOG:  to the file\n")
    }
}
