import ClusterModel
import Foundation
import TestSupport
import Testing

@testable import Coordination

@Suite("Requests and answers of a host as lines")
struct HostWireTests {
    private static let server = HostedServer(
        node: 3, dataDirectory: "/srv/pg/15/main", port: 5433, binDirectory: "/usr/bin",
        configurationFile: "/etc/postgresql/15/main/postgresql.conf", logFile: "/var/log/pg.log")
    private static let source = SourceServer(
        host: "db1", port: 5432, user: "repl", password: "s:e\\c\"r'et\né", applicationName: "n3",
        parameters: ["sslmode": "verify-full"])

    private static let actions: [HostRequest.Action] = [
        .describe(expecting: .init(sourceBytes: 7, tablespaces: ["/ts/a"])),
        .tryReplication(from: source),
        .baseBackup(
            from: source, slot: "pgpool_n3",
            options: .init(
                isFast: false, rateMax: 1024, tablespaceMap: ["/ts/a": "/ts/b"], isVerified: true,
                tablespaces: ["/ts/a"])),
        .rewind(from: source),
        .configure(.new, from: source, slot: nil, settings: ["port": "5433"]),
        .swap, .unswap, .discard(.old), .start, .stop(seconds: 9), .jobStatus, .jobCancel,
        .logTail(lines: 5),
    ]

    @Test("every request is one line and comes back as it was", arguments: actions)
    func requests(action: HostRequest.Action) throws {
        let request = HostRequest(server: Self.server, job: "r-1", action: action)
        let line = try #require(HostWire.line(request))
        #expect(line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1)
        #expect(try HostWire.request(line) == request)
    }

    @Test("every answer is one line and comes back as it was")
    func answers() {
        var facts = ServerDescription()
        facts.systemIdentifier = "7301234567890123456"
        facts.takenTablespaces = ["/ts/a"]
        let answers: [HostAnswer] = [
            .done, .description(facts), .lines(["a\nb", ""]),
            .job(JobReport(state: .failed, activity: "x", bytesDone: 1, lastLines: ["é"])),
            .failed(reason: "no", hint: nil),
        ]
        for answer in answers {
            let line = HostWire.line(answer)
            #expect(line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1)
            #expect(HostWire.answer(line) == answer)
        }
    }

    @Test("an answer that is too long is cut")
    func longAnswers() {
        let long = String(repeating: "\u{1}", count: HostWire.lineBytesMax)
        let short = String(long.prefix(400))
        #expect(HostWire.answer(HostWire.line(.lines(["a", long]))) == .lines(["a", short]))
        let job = JobReport(state: .running, lastLines: [long])
        #expect(
            HostWire.answer(HostWire.line(.job(job)))
                == .job(JobReport(state: .running, lastLines: [short])))
        let failed = HostWire.answer(HostWire.line(.failed(reason: long, hint: "h")))
        #expect(failed == .failed(reason: String(long.prefix(2000)), hint: "h"))
        var facts = ServerDescription()
        facts.takenTablespaces = [long]
        #expect(
            HostWire.answer(HostWire.line(.description(facts)))
                == .failed(reason: "the answer is too long", hint: nil))
    }

    @Test("neither a cut nor a changed byte is a trap, and no password is repeated")
    func anyBytes() throws {
        let request = HostRequest(server: Self.server, job: "r-1", action: Self.actions[2])
        let whole = try #require(HostWire.line(request))
        for seed in 0..<2000 {
            var random = SeededGenerator(seed: UInt64(seed))
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            do throws(HostFailure) {
                _ = try HostWire.request(bytes)
            } catch {
                #expect(!error.reason.contains("s:e"), "seed \(seed): \(error)")
                #expect(error.hint != nil)
            }
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 50_000)
        #expect(throws: HostFailure.self) { try HostWire.request(deep) }
        #expect(HostWire.answer(deep) == nil)
    }
}
