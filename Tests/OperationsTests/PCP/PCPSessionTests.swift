import Testing

@testable import Operations

@Suite struct PCPSessionTests {
    private let salt: [UInt8] = [1, 2, 3, 4]
    private let login = PCPRequest.login(user: [0x75], digest: [0x64])

    private func challenged() -> PCPSession {
        var session = PCPSession()
        #expect(session.received(.salt, salt: salt) == .reply(.salt(salt)))
        return session
    }

    private func open() -> PCPSession {
        var session = challenged()
        #expect(
            session.received(login, salt: nil)
                == .check(.init(user: [0x75], digest: [0x64], salt: salt)))
        #expect(session.checked(nil) == .reply(.authenticated))
        return session
    }

    @Test("salt, login, requests, good-bye")
    func straight() {
        var session = open()
        #expect(session.isOpen)
        #expect(session.received(.nodeCount, salt: nil) == .serve(.nodeCount))
        #expect(session.received(.nodeInfo(node: nil), salt: nil) == .serve(.nodeInfo(node: nil)))
        #expect(session.received(.goodbye, salt: nil) == .close)
        #expect(session.received(.nodeCount, salt: nil) == .close)
    }

    @Test(
        "nothing is done for strangers",
        arguments: [
            .nodeCount, .attach(node: 0), .stop(mode: 0x69, scope: .local), .nothing,
            .unknown(type: 0x51), .reload(.local),
        ] as [PCPRequest])
    func strangers(request: PCPRequest) {
        var session = PCPSession()
        #expect(session.received(request, salt: nil) == .refuse(.notAuthorized))
        #expect(session.received(.salt, salt: salt) == .close)
        var second = challenged()
        #expect(second.received(request, salt: nil) == .refuse(.notAuthorized))
        #expect(!second.isOpen)
    }

    @Test("a login without a salt is refused; a salt is good for one")
    func salts() {
        var session = PCPSession()
        #expect(session.received(login, salt: nil) == .refuse(.noSalt))
        var second = challenged()
        _ = second.received(login, salt: nil)
        #expect(second.received(login, salt: nil) == .refuse(.notAuthorized))
    }

    @Test("a wrong password ends the connection")
    func wrong() {
        var session = challenged()
        _ = session.received(login, salt: nil)
        #expect(session.checked(.wrongPassword([0x75])) == .refuse(.wrongPassword([0x75])))
        #expect(!session.isOpen)
        #expect(session.checked(nil) == .close)
        #expect(session.received(.salt, salt: salt) == .close)
    }

    @Test("the newest salt counts, and only three are given")
    func manySalts() {
        var session = challenged()
        #expect(session.received(.salt, salt: [5, 6, 7, 8]) == .reply(.salt([5, 6, 7, 8])))
        var third = session
        #expect(
            session.received(login, salt: nil)
                == .check(.init(user: [0x75], digest: [0x64], salt: [5, 6, 7, 8])))
        #expect(third.received(.salt, salt: salt) == .reply(.salt(salt)))
        #expect(third.received(.salt, salt: salt) == .refuse(.notAuthorized))
    }

    @Test("without random bytes nobody gets in")
    func noRandom() {
        var session = PCPSession()
        #expect(session.received(.salt, salt: nil) == .refuse(.noCryptography))
    }

    @Test("one login for a connection")
    func again() {
        var session = open()
        #expect(session.received(.salt, salt: salt) == .refuse(.notAuthorized))
        var second = open()
        #expect(second.received(login, salt: nil) == .refuse(.notAuthorized))
    }

    @Test("what cannot be understood ends the connection, whoever said it")
    func garbage() {
        var stranger = PCPSession()
        #expect(
            stranger.received(.malformed(type: 0x52), salt: nil) == .refuse(.malformed(0x52)))
        var known = open()
        #expect(known.received(.malformed(type: 0x43), salt: nil) == .refuse(.malformed(0x43)))
        var third = open()
        #expect(third.received(.unknown(type: 0x51), salt: nil) == .refuse(.unknownType(0x51)))
        var fourth = open()
        #expect(fourth.receivedLength(260) == .refuse(.invalidLength(260)))
        #expect(fourth.receivedLength(260) == .close)
    }

    @Test("a login takes authentication_timeout at most; later silence is no fault")
    func late() {
        var session = PCPSession()
        #expect(session.loginIsLate() == .refuse(.tooLate))
        var second = challenged()
        #expect(second.loginIsLate() == .refuse(.tooLate))
        var third = open()
        #expect(third.loginIsLate() == .close)
    }
}
