/// The talk with one PCP client, from its first message to the end: who may ask what, and when.
///
/// Knows nothing of sockets, files or digests: callers report what happened and carry out the
/// returned action.
package struct PCPSession: Sendable {
    package enum Action: Equatable, Sendable {
        /// Send it and read on.
        case reply(PCPReply)
        /// Compare the digest with pcp.conf and tell with ``checked(_:)`` what came out.
        case check(Login)
        /// Carry it out and send the answer.
        case serve(PCPRequest)
        /// Send the reason and close.
        case refuse(PCPFailure)
        case close
    }

    /// What a client says to be let in.
    package struct Login: Equatable, Sendable {
        package let user: [UInt8]
        package let digest: [UInt8]
        package let salt: [UInt8]
    }

    private enum State: Equatable {
        /// Nobody yet. Moves to challenged, closed.
        case strange
        /// Has a salt, good for one login. Moves to challenged, checking, closed.
        case challenged(salt: [UInt8])
        /// Its digest is being compared. Moves to open, closed.
        case checking
        /// Logged in. Moves to closed.
        case open
        case closed
    }

    /// Salts that one client may ask for.
    package static let saltsMax = 3

    private var state = State.strange
    private var salts = 0

    package init() {}

    /// Whether the client has logged in.
    package var isOpen: Bool { state == .open }

    /// A message of the client.
    ///
    /// - Parameter salt: fresh random bytes, used if the message asks for some; nil if there are
    ///   none.
    package mutating func received(_ request: PCPRequest, salt: [UInt8]?) -> Action {
        switch state {
        case .strange, .challenged: return loggingIn(request, salt: salt)
        case .open: return asking(request)
        // Nothing is read meanwhile.
        case .checking: return refuse(.notAuthorized)
        case .closed: return .close
        }
    }

    private mutating func loggingIn(_ request: PCPRequest, salt: [UInt8]?) -> Action {
        switch request {
        case .goodbye:
            state = .closed
            return .close
        case .salt:
            guard let salt else { return refuse(.noCryptography) }
            salts += 1
            guard salts <= Self.saltsMax else { return refuse(.notAuthorized) }
            state = .challenged(salt: salt)
            return .reply(.salt(salt))
        case .login(let user, let digest):
            guard case .challenged(let salt) = state else { return refuse(.noSalt) }
            state = .checking
            return .check(Login(user: user, digest: digest, salt: salt))
        case .malformed(let type): return refuse(.malformed(type))
        default: return refuse(.notAuthorized)
        }
    }

    private mutating func asking(_ request: PCPRequest) -> Action {
        switch request {
        case .goodbye:
            state = .closed
            return .close
        // One login for a connection.
        case .salt, .login: return refuse(.notAuthorized)
        case .malformed(let type): return refuse(.malformed(type))
        case .unknown(let type): return refuse(.unknownType(type))
        default: return .serve(request)
        }
    }

    /// What came out of an action ``Action/check(_:)``; nil if the login is good.
    package mutating func checked(_ failure: PCPFailure?) -> Action {
        guard state == .checking else { return .close }
        if let failure { return refuse(failure) }
        state = .open
        return .reply(.authenticated)
    }

    /// A message whose length cannot be.
    package mutating func receivedLength(_ length: UInt32) -> Action {
        state == .closed ? .close : refuse(.invalidLength(length))
    }

    /// `authentication_timeout` has passed.
    package mutating func loginIsLate() -> Action {
        switch state {
        case .strange, .challenged, .checking: return refuse(.tooLate)
        case .open, .closed: return .close
        }
    }

    private mutating func refuse(_ failure: PCPFailure) -> Action {
        state = .closed
        return .refuse(failure)
    }
}
