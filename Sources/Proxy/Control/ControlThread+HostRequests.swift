internal import ClusterModel
internal import Coordination
internal import Operations
internal import Settings

/// What the hosts of nodes are asked.
extension ControlThread {
    /// Asks, and posts what the answer means.
    func ask(
        _ host: HostReach, _ request: HostRequest, seconds: Int,
        then message: @escaping @Sendable (HostAnswer) -> ControlMessage
    ) {
        switch host {
        case .program(let host):
            let control = shared.control
            let isStarted = SystemThread.start(name: "host") {
                control.post(message(host.ask(request, seconds: seconds)))
            }
            guard !isStarted else { return }
            control.post(message(.failed(reason: "no thread for it", hint: nil)))
        case .server(let command):
            askThroughServer(request, command, seconds: seconds, then: message)
        }
    }

    // MARK: Through servers

    private func askThroughServer(
        _ request: HostRequest, _ command: String, seconds: Int,
        then message: @escaping @Sendable (HostAnswer) -> ControlMessage
    ) {
        let node = request.server.node
        guard let carrier = carrier(to: node) else {
            let host = settings.settings.backend(node).hostname
            let answer = HostAnswer.failed(
                reason: "no server answers on \"\(host)\" that could start the helper there",
                hint: "Start the node's server by hand, or use recovery_transport = ssh, or "
                    + "scripts (recovery_1st_stage_command).")
            return shared.control.post(message(answer))
        }
        switch ServerProgramHost.question(request, command: command) {
        case .refused(let answer): shared.control.post(message(answer))
        case .statements(let statements):
            let limit = UInt64(clamping: seconds) &* 1_000_000_000
            run(statements, on: carrier, as: settings.recoverer, limit: limit) { control, outcome in
                let answer =
                    switch outcome {
                    case .done(let rows): ServerProgramHost.answer(rows)
                    case .failed(let words), .lost(let words):
                        ServerProgramHost.failure("node \(carrier): \(words)")
                    }
                control.shared.control.post(message(answer))
            }
        }
    }

    private func carrier(to node: Int) -> Int? {
        HostReach.carrier(
            to: node, hosts: settings.settings.backends.map(\.hostname),
            primary: survey.snapshot.primary
        ) { isUsed($0) && survey.answer($0).map { $0.reason == nil } == true }
    }

    /// Why the host of a node could not stop and start its server; nil if nothing is known against
    /// it.
    func startObstacle(of node: Int) -> String? {
        guard settings.settings.recoveryTransport == .sql, carrier(to: node) ?? node == node else {
            return nil
        }
        let host = settings.settings.backend(node).hostname
        return "no server but its own answers on its host \"\(host)\", and none can be stopped or "
            + "started through itself (recovery_transport = sql)"
    }
}
