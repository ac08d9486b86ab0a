package import ClusterModel
import Foundation
import Glibc

/// A host that is reached through a server that runs on it, by `COPY ... TO PROGRAM`: which
/// statements carry a request there, and what came of them.
///
/// They are for a superuser, or for a role with `pg_execute_server_program` and EXECUTE on
/// `pg_read_file(text)`. The program is a constant of the configuration; the request is its data.
/// The backend waits for the program and cannot be canceled meanwhile: what takes long is a job,
/// which is begun and asked about.
package enum ServerProgramHost {
    /// How a request gets there.
    package enum Question: Equatable, Sendable {
        /// To be run one after the other, on one connection.
        case statements([String])
        /// It does not.
        case refused(HostAnswer)
    }

    /// - Parameter command: what starts the helper, for the shell of the server's account.
    package static func question(_ request: HostRequest, command: String) -> Question {
        // It would be part of a statement, and those are logged.
        guard request.source?.password == nil else {
            return .refused(
                .failed(
                    reason: "a password is not sent through a server",
                    hint: "Put it into .pgpass of the account that the server runs as."))
        }
        let token = (0..<4).map { _ in hex(.random(in: 0...UInt32.max)) }.joined()
        guard let line = HostWire.line(request) else { return .refused(tooLong) }
        let text = "\(token):\(Data(line).base64EncodedString())"
        guard text.utf8.count < HostWire.lineBytesMax else { return .refused(tooLong) }
        let program = SQLText.literal("\(command) --answer-file")
        return .statements([
            "SET statement_timeout TO 0",
            "COPY (SELECT \(SQLText.literal(text))) TO PROGRAM \(program)",
            "SELECT pg_catalog.pg_read_file('\(ServerProgramExchange.prefix)\(token)')",
        ])
    }

    private static let tooLong = HostAnswer.failed(reason: "the request is too long", hint: nil)

    /// - Parameter rows: of each statement, in text form.
    package static func answer(_ rows: [[[String?]]]) -> HostAnswer {
        guard let text = rows.last?.first?.first ?? nil,
            let answer = HostWire.answer(Array(text.utf8))
        else { return .failed(reason: "the program has left no answer", hint: nil) }
        return answer
    }

    /// What the server says where a statement has failed.
    package static func failure(_ words: String) -> HostAnswer {
        var hint: String?
        if words.contains("command not found") || words.contains("exit code 127") {
            hint =
                "Install Trunkline on the host of the server, or say where it is "
                + "(recovery_host_command)."
        } else if words.contains("permission denied") || words.contains("must be superuser") {
            hint =
                "To the role: GRANT pg_execute_server_program, and GRANT EXECUTE ON FUNCTION "
                + "pg_read_file(text)."
        }
        return .failed(reason: words, hint: hint)
    }

    private static func hex(_ number: UInt32) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}

/// The other end: one request on standard input as `TOKEN:BASE64`, the answer in a file of the
/// working directory, which is the server's data directory.
struct ServerProgramExchange {
    /// What the names of the files begin with. Copies of a data directory leave out what is called
    /// so (PG_TEMP_FILE_PREFIX).
    static let prefix = "pgsql_tmp.trunkline-answer."
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
