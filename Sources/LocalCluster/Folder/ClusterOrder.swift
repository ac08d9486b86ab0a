import Coordination
import Foundation
package import Glibc

/// One thing to do for a cluster on one of its machines.
///
/// The same on this machine and at a host, where `trunkline cluster part` reads it: there is one way
/// of doing each step.
package struct ClusterOrder: Codable, Sendable, Equatable {
    package enum Task: Codable, Sendable, Equatable {
        /// Looks whether the folder can be made and the ports are free; nothing is changed.
        case look(ClusterPlan, programs: String?)
        /// Makes the folder, what is in it besides data, and the marker; all or nothing.
        case make(Make)
        case initialize(node: Int, ClusterPasswords)
        case start(node: Int)
        /// Roles, databases and extensions.
        case prepare(node: Int, ClusterPasswords)
        /// A standby from node 0.
        case copy(node: Int)
        /// Until the others have what this node has.
        case awaitStandbys(node: Int)
        case synchronize(node: Int)
        /// The marker says so from now on.
        case complete
        case stop(node: Int, ClusterNode.StopMode)
        /// What the servers are like; with `asks` they are asked themselves.
        case examine(asks: Bool)
        /// Stops at once what runs, and removes what was made.
        case discard(keepsFolder: Bool)
    }

    package struct Make: Codable, Sendable, Equatable {
        var plan: ClusterPlan
        var programs: String?
        /// Names in the folder that somebody else is going to make.
        var others: [String] = []
        /// Which the servers' account has to be able to run.
        var proxy: String?
        var passwords: ClusterPasswords
    }

    /// Absolute.
    package var folder: String
    /// Of the cluster: another one in that folder is left alone.
    package var id: String
    /// The node of a host; nil: the machine of the proxy, with the nodes that have no hosts.
    package var node: Int?
    package var task: Task

    package init(folder: String, id: String, node: Int? = nil, task: Task) {
        self.folder = folder
        self.id = id
        self.node = node
        self.task = task
    }
}

/// What came of a ``ClusterOrder``.
package enum ClusterAnswer: Codable, Sendable, Equatable {
    case done
    case looked(Look)
    /// Whether the folder itself was made, too.
    case made(isNewFolder: Bool)
    case examined([ServerFacts])
    /// The names in the folder that stay, and with them the folder.
    case discarded(others: [String])
    /// There is another cluster in the folder, which was left alone.
    case foreign
    case failed(LocalClusterError)

    package struct Look: Codable, Sendable, Equatable {
        /// Without links.
        package var folder: String
        /// Of PostgreSQL; 0 where no servers are made.
        package var version: Int
        /// The addresses by which the hosts of the plan see this machine.
        package var addresses: [String]
    }
}

/// What a server of a cluster is like.
package struct ServerFacts: Codable, Sendable, Equatable {
    package var node: Int
    package var processID: pid_t?
    /// Whether it is a standby when it starts.
    package var startsAsStandby: Bool
    /// The highest that its data directory knows of; 0 = none.
    package var timeline: Int
    /// Its own words; nil if it was not asked, or does not answer.
    package var answer: Answer?

    package struct Answer: Codable, Sendable, Equatable {
        package var isStandby: Bool
        package var isStreaming: Bool
        /// Bytes of WAL written or, on a standby, replayed.
        package var position: Int64?

        package init(isStandby: Bool, isStreaming: Bool, position: Int64?) {
            self.isStandby = isStandby
            self.isStreaming = isStreaming
            self.position = position
        }
    }

    package init(
        node: Int, processID: pid_t?, startsAsStandby: Bool, timeline: Int, answer: Answer? = nil
    ) {
        self.node = node
        self.processID = processID
        self.startsAsStandby = startsAsStandby
        self.timeline = timeline
        self.answer = answer
    }
}

// MARK: Lines

/// Orders and answers as lines: one JSON object each.
package enum ClusterWire {
    /// Bytes of a line of an order or answer, its end included: what a pipe takes at once.
    package static let lineBytesMax = ProgramLaunch.inputBytesMax

    /// - Returns: nil if it would be too long.
    package static func line(_ value: some Encodable) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value), data.count < lineBytesMax else { return nil }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// Reads an order; total on any bytes. What is wrong is not repeated: it may be a password.
    package static func order(_ line: some Collection<UInt8>) -> ClusterOrder? {
        guard line.count <= lineBytesMax else { return nil }
        return try? JSONDecoder().decode(ClusterOrder.self, from: Data(line))
    }

    /// Reads an answer; total on any bytes.
    package static func answer(_ line: some Collection<UInt8>) -> ClusterAnswer? {
        guard line.count <= lineBytesMax else { return nil }
        return try? JSONDecoder().decode(ClusterAnswer.self, from: Data(line))
    }

    /// Does what a line says, and answers with one.
    package static func answer(to line: some Collection<UInt8>) -> [UInt8] {
        let answer: ClusterAnswer
        if let order = order(line) {
            do {
                answer = try order.perform()
            } catch let error as LocalClusterError {
                answer = .failed(error)
            } catch {
                answer = .failed(LocalClusterError(.cannotStart, "\(error)"))
            }
        } else {
            answer = .failed(
                LocalClusterError(
                    .refused,
                    "the order is none that this program knows: the same version of Trunkline has"
                        + " to be on all hosts"))
        }
        return self.line(answer) ?? self.line(cut(answer)) ?? []
    }

    /// With the end of a long failure left out.
    private static func cut(_ answer: ClusterAnswer) -> ClusterAnswer {
        guard case .failed(let error) = answer else {
            return .failed(LocalClusterError(.cannotStart, "the answer is too long"))
        }
        return .failed(LocalClusterError(error.code, String(error.description.prefix(4000))))
    }
}
