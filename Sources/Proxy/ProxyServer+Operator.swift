package import ClusterModel
package import Credentials
package import Operations
internal import Settings
internal import Synchronization

/// What operators ask for, by PCP and by the status socket.
extension ProxyServer: ClusterOperator {
    /// So long whoever gives an order is kept waiting, beside `recovery_timeout`.
    private static let orderSeconds = 900
    private static let drainSecondsMax = 86_400

    /// How long workers may take to tell of their sessions, in seconds.
    private static let censusSecondsMax = 2

    private var settings: Settings { state.withLock { $0.settings } }

    package var pcpSettings: PCPSettings {
        let settings = settings
        return PCPSettings(
            authenticationSeconds: Int(settings.authenticationTimeout.components.seconds),
            nodeInfoForm: PCPNodeInfoForm(fieldCount: settings.pcpNodeInfoFields),
            logsConnections: settings.logPcpProcesses)
    }

    package var isStreaming: Bool { settings.backendClusteringMode == .streamingReplication }

    package func nodes() -> [NodeFacts] {
        let (settings, control) = state.withLock { ($0.settings, $0.control) }
        guard let control else { return [] }
        return shared.nodeFacts(settings, control.thread.state.snapshot)
    }

    package func poolStatus() -> ReportTable { ProxyShared.statusReport(settings, nodes()) }

    package func sessions() -> SessionCensus {
        let bell = Bell()
        let collector = ReportCollector(.thread(bell), workers: shared.mailboxes.count)
        for mailbox in shared.mailboxes { mailbox.post(.reportWanted(collector)) }
        // Without the ones that do not answer.
        bell.wait(secondsMax: Self.censusSecondsMax)
        let facts = collector.facts
        let settings = settings
        return SessionCensus(
            sessions: facts.sessions, idle: facts.idle, nodeCount: settings.backends.count,
            slots: shared.slots(settings))
    }

    package func operatorPasswords() throws(PCPFailure) -> PCPPasswords {
        switch FileBytes.read(program.pcpFile) {
        case .failure(let failure): throw .unreadable(program.pcpFile, reason: failure.reason)
        case .success(let bytes):
            let passwords = PCPPasswords(bytes)
            for warning in passwords.warnings {
                log.emit(
                    LogRecord(
                        .warning, "pcp.conf \"\(program.pcpFile)\": \(warning)",
                        process: "pcp_child"))
            }
            return passwords
        }
    }

    package func order(
        _ order: NodeOrder, telling: (String) -> Void
    ) -> NodeOrderOutcome {
        let reply = OrderReply()
        shared.control.post(.order(order, reply))
        let drain = Int(clamping: settings.recoveryTimeout.components.seconds)
        return reply.wait(
            secondsMax: Self.orderSeconds &+ min(max(drain, 0), Self.drainSecondsMax),
            telling: telling)
    }

    package var operationInProgress: String? { shared.operation.withLock { $0 } }

    package func recoveries() -> [RecoveryFacts] { shared.recoveries.withLock { $0 } }

    package func stop(_ mode: ShutdownMode) { program.stop(mode) }
    package func reload() { program.reload() }
    package func rotateLog() -> Bool { program.rotateLog() }

    /// Answers a request on the status socket.
    func answer(_ request: StatusRequest) -> StatusAnswer {
        switch request {
        case .status: return .status(status())
        case .recoveries: return .recoveries(recoveries())
        case .unknown(let text):
            return .order(OrderReport(isDone: false, reason: "unknown request \"\(text)\""))
        case .order(let order):
            do throws(PCPFailure) {
                let lines = try obey(order)
                log.emit(LogRecord(.log, "ordered on the status socket: \(order.words)"))
                return .order(OrderReport(isDone: true, lines: lines.isEmpty ? nil : lines))
            } catch {
                return .order(
                    OrderReport(isDone: false, reason: error.message, hint: error.detail))
            }
        }
    }

    /// Opens the PCP server. A proxy without one still serves: what is wrong is a warning.
    func openPCP(_ settings: Settings) {
        let place = ListeningPlace.pcp(settings)
        guard !place.isNowhere else { return }
        let listeners: Listeners
        do throws(ProxyStartError) {
            listeners = try Listeners(place)
        } catch {
            let why = "The pcp_* programs cannot reach this proxy."
            log.emit(
                LogRecord(
                    .warning, "PCP: \(error.message)",
                    detail: error.detail.map { "\($0)\n\(why)" } ?? why, hint: error.hint))
            return
        }
        for warning in listeners.warnings { log.emit(LogRecord(.warning, "PCP: \(warning)")) }
        let server = PCPServer(listeners: listeners.descriptors, cluster: self, log: log)
        guard server.start() else {
            listeners.close()
            log.emit(LogRecord(.warning, "PCP: could not start a thread"))
            return
        }
        state.withLock { state in
            state.pcp = server
            state.pcpListeners = listeners
        }
    }
}
