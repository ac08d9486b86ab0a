package import ClusterModel
import Foundation
import Glibc

/// Runs statements on a server that is up, as a role that may have programs started there and may
/// read files (`pg_execute_server_program`, `pg_read_server_files`, or a superuser).
package protocol StatementRunning: Sendable {
    /// Runs them one after the other, on one connection, and waits.
    ///
    /// - Returns: the rows of each, as text; a failure has the server's words.
    func run(_ statements: [String], seconds: Int) -> StatementResult
}

package enum StatementResult: Equatable, Sendable {
    case rows([[[String?]]])
    case failed(String)
}

/// A host that is reached through a server that runs on it, by `COPY ... TO PROGRAM`.
///
/// The program is a constant of the configuration; the request is its data. The backend waits for
/// the program and cannot be canceled meanwhile, so this is for what ends at once: jobs are begun
/// and asked about. A server cannot be started where none runs, and cannot stop itself.
package struct ServerProgramHost: HostAnswering {
    private let server: any StatementRunning
    private let helper: String

    /// - Parameter helper: a command for the shell of the server's account.
    package init(_ server: any StatementRunning, helper: String = "trunkline host") {
        self.server = server
        self.helper = helper
    }

    package func ask(_ request: HostRequest, seconds: Int) -> HostAnswer {
        // It would be part of a statement, and those are logged.
        guard request.source?.password == nil else {
            return .failed(
                reason: "a password is not sent through a server",
                hint: "Put it into .pgpass of the account that the server runs as.")
        }
        guard let line = HostWire.line(request) else {
            return .failed(reason: "the request is too long", hint: nil)
        }
        let token = (0..<4).map { _ in Self.hex(.random(in: 0...UInt32.max)) }.joined()
        let text = "\(token):\(Data(line).base64EncodedString())"
        let program = SQLText.literal("\(helper) --answer-file")
        let result = server.run(
            [
                "COPY (SELECT \(SQLText.literal(text))) TO PROGRAM \(program)",
                "SELECT pg_catalog.pg_read_file('\(ServerProgramExchange.prefix)\(token)')",
            ], seconds: seconds)
        switch result {
        case .failed(let words): return .failed(reason: words, hint: Self.hint(words))
        case .rows(let rows):
            guard let text = rows.last?.first?.first ?? nil,
                let answer = HostWire.answer(Array(text.utf8))
            else { return .failed(reason: "the program has left no answer", hint: nil) }
            return answer
        }
    }

    private static func hex(_ number: UInt32) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }

    private static func hint(_ words: String) -> String? {
        if words.contains("command not found") || words.contains("exit code 127") {
            return "Install Trunkline on the host of the server, or say where it is there."
        }
        if words.contains("permission denied") || words.contains("must be superuser") {
            return "GRANT pg_execute_server_program, pg_read_server_files TO the role."
        }
        return nil
    }
}

/// The other end: one request on standard input as `TOKEN:BASE64`, the answer in a file of the
/// working directory, which is the server's data directory.
struct ServerProgramExchange {
    /// What the names of the files begin with.
    static let prefix = "trunkline-answer."
    /// Seconds that an answer is kept for whoever asked.
    private static let keptSeconds = 60

    private let token: String
    let line: [UInt8]

    init?(_ text: [UInt8]) {
        let parts = String(decoding: text, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count == 32,
            parts[0].allSatisfy({ $0.isHexDigit && $0.isASCII }),
            let data = Data(base64Encoded: String(parts[1]))
        else { return nil }
        token = String(parts[0])
        line = Array(data)
    }

    /// Leaves the answer, and removes those that nobody waits for any more.
    func leave(_ answer: HostAnswer) -> Bool {
        let now = time(nil)
        for name in HostFiles.names(in: ".") where name.hasPrefix(Self.prefix) {
            var facts = stat()
            if stat(name, &facts) == 0, facts.st_mtim.tv_sec < now - Self.keptSeconds {
                unlink(name)
            }
        }
        let text = String(decoding: HostWire.line(answer), as: UTF8.self)
        return (try? HostFiles.replace(Self.prefix + token, with: text)) != nil
    }
}
