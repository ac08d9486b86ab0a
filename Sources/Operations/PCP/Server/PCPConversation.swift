internal import Credentials
internal import Glibc

/// One connection, served by its thread.
struct PCPConversation {
    let server: PCPServer
    let stream: PCPStream
    let place: UInt64
    let peer: String

    func run() {
        let settings = server.cluster.pcpSettings
        if settings.logsConnections { log(.log, "new PCP connection received", detail: peer) }
        talk(settings)
        if settings.logsConnections { log(.log, "PCP connection closed", detail: peer) }
    }

    private func talk(_ settings: PCPSettings) {
        var session = PCPSession()
        var user: [UInt8] = []
        let loginEnd =
            settings.authenticationSeconds > 0
            ? PCPDeadline.after(seconds: settings.authenticationSeconds) : .never
        while true {
            let wasOpen = session.isOpen
            var action = receive(
                &session,
                by: wasOpen ? .after(seconds: server.pace.idleSecondsMax) : loginEnd)
            if case .check(let login) = action {
                user = login.user
                action = session.checked(failure(of: login))
            }
            switch action {
            case .reply(let reply): guard send(reply) else { return }
            case .serve(let request): guard serve(request, user) else { return }
            case .refuse(let failure): return refuse(failure, isGuess: !wasOpen && !user.isEmpty)
            // Its outcome is the action by now.
            case .close, .check: return
            }
        }
    }

    private func receive(
        _ session: inout PCPSession, by deadline: PCPDeadline
    ) -> PCPSession.Action {
        switch stream.receive(lengths: PCPRequest.lengths, by: deadline) {
        case .message(let type, let body):
            let request = PCPRequest.parse(type, body)
            let salt = request == .salt ? try? server.random(PCPDigest.saltByteCount) : nil
            return session.received(request, salt: salt)
        case .badLength(let length): return session.receivedLength(length)
        case .late: return session.loginIsLate()
        case .ended: return .close
        }
    }

    /// Nil for a login that is good.
    private func failure(of login: PCPSession.Login) -> PCPFailure? {
        let passwords: PCPPasswords
        do throws(PCPFailure) {
            passwords = try server.cluster.operatorPasswords()
        } catch {
            return error
        }
        guard
            let isRight = try? passwords.accepts(
                answer: login.digest, of: login.user, salt: login.salt)
        else { return .noCryptography }
        guard isRight else { return .wrongPassword(login.user) }
        return server.places.becomeOperator(place) ? nil : .tooMany
    }

    private func serve(_ request: PCPRequest, _ user: [UInt8]) -> Bool {
        let outcome = PCPService(server.cluster).serve(request) { _ = send($0) }
        if let failure = outcome.failure {
            log(
                failure.severity == .fatal ? .fatal : .error, failure.message,
                detail: failure.detail)
        }
        if let deed = outcome.deed {
            log(.log, "PCP: \(deed)", detail: "ordered by \(PCPFailure.name(user)), \(peer)")
        }
        let isSent = outcome.reply.map(send) ?? true
        outcome.afterwards?()
        return isSent && !outcome.isLast
    }

    /// - Parameter isGuess: whether it is a login, so that refusing it has to take time.
    private func refuse(_ failure: PCPFailure, isGuess: Bool) {
        log(
            .fatal, failure.message,
            detail: (failure.detail.map { "\($0); " } ?? "") + peer)
        if isGuess { usleep(useconds_t(clamping: server.pace.refusalMilliseconds * 1000)) }
        _ = send(.failure(failure))
    }

    private func send(_ reply: PCPReply) -> Bool {
        stream.send(reply.bytes, by: .after(seconds: server.pace.sendSecondsMax))
    }

    private func log(_ severity: Severity, _ message: String, detail: String?) {
        server.log.emit(LogRecord(severity, message, detail: detail, process: "pcp_child"))
    }
}
