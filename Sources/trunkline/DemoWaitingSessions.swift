import Foundation
import LocalCluster

/// Sessions that have read something and now sit between two statements.
///
/// Each psql reads, tells that it did, waits for a file, and reads again in the same session: so
/// what happens meanwhile certainly happens between two statements.
final class DemoWaitingSessions {
    private let tools: [ClientTool]
    private let signalFile: String
    private(set) var messages = ""

    init(count: Int, load: DemoLoad, folder: String) throws {
        let signalFile = "\(folder)/go-on"
        self.signalFile = signalFile
        let read = "select count(*) from pgbench_branches;"
        tools = try (0..<count).map { number in
            try load.session(
                """
                \(read)
                \\! touch \(folder)/session\(number)
                \\! while [ -d \(folder) ] && [ ! -e \(signalFile) ]; do sleep 0.1; done
                \(read)
                \(read)
                """)
        }
        let ready = Deadline.after(.seconds(15)).poll {
            (0..<count).allSatisfy {
                FileManager.default.fileExists(atPath: "\(folder)/session\($0)")
            }
        }
        guard ready else {
            throw LocalClusterError(
                .timedOut,
                "sessions did not get their first answer: "
                    + tools.map(\.errorsSoFar).joined())
        }
    }

    /// Lets them read again; how many got all their answers, of how many.
    func goOn() -> (Int, Int) {
        // Should this fail, the sessions end at their deadline and are counted as lost.
        _ = FileManager.default.createFile(atPath: signalFile, contents: nil)
        let results = tools.map { $0.finish(within: .seconds(20)) }
        messages = results.map(\.errors).joined()
        let answered = results.count {
            $0.isSuccess && $0.output.split(separator: "\n").count == 3
        }
        return (answered, results.count)
    }
}
