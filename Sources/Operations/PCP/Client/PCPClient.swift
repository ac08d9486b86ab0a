internal import Credentials
internal import Glibc

/// A client of a PCP server: ours or Pgpool-II's. Blocks; for programs with nothing else to do.
package final class PCPClient {
    /// Why there is no answer, in the words of Pgpool-II's programs.
    package enum Failure: Error, Equatable, Sendable {
        /// No connection, or none any more.
        case lost(String)
        /// The server said so.
        case refused(PCPAnswer.Report)
        /// What came was no answer to the request.
        case unknownAnswer
    }

    /// An answer may be longer than a request, but this is no answer any more, in bytes.
    private static let lengths = 4..<(64 << 20)

    private let stream: PCPStream
    /// Shown what is sent and received, and notices of the server.
    private let trace: (String) -> Void
    /// Shown what the server tells before its answer.
    private let notice: (String) -> Void

    deinit { close(stream.descriptor) }

    private init(
        _ descriptor: Int32, _ trace: @escaping (String) -> Void,
        _ notice: @escaping (String) -> Void
    ) {
        stream = PCPStream(descriptor: descriptor)
        self.trace = trace
        self.notice = notice
    }

    /// Connects to a host, or to the socket in a directory.
    package static func connect(
        host: String, port: Int, trace: @escaping (String) -> Void = { _ in },
        notice: @escaping (String) -> Void = { _ in }
    ) throws(Failure) -> PCPClient {
        PCPClient(
            host.hasPrefix("/")
                ? try connect(path: "\(host)/.s.PGSQL.\(port)") : try connect(name: host, port),
            trace, notice)
    }

    private static func connect(path: String) throws(Failure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw refused("socket \"\(path)\"", ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw refused("socket \"\(path)\"", errno) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let reason = errno
            close(descriptor)
            throw refused("socket \"\(path)\"", reason)
        }
        return descriptor
    }

    /// Tries all addresses of a name, one after the other.
    private static func connect(name: String, _ port: Int) throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, String(port), &hints, &list)
        guard status == 0 else {
            throw .lost("getaddrinfo failed \"\(String(cString: gai_strerror(status)))\"")
        }
        defer { freeaddrinfo(list) }
        var reason = EADDRNOTAVAIL
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            let descriptor = socket(
                entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else {
                reason = errno
                continue
            }
            if Glibc.connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 {
                return descriptor
            }
            reason = errno
            close(descriptor)
        }
        throw refused("host \"\(name)\"", reason)
    }

    private static func refused(_ what: String, _ code: Int32) -> Failure {
        .lost("connection to \(what) failed with error \"\(String(cString: strerror(code)))\"")
    }

    /// Asks to be let in.
    package func login(user: String, password: [UInt8]) throws(Failure) {
        try send(.salt)
        let (type, salt) = try receive()
        guard type == UInt8(ascii: "m"), salt.count == PCPDigest.saltByteCount else {
            throw failure(type, salt)
        }
        let name = Array(user.utf8)
        let digest: [UInt8]
        do throws(CryptoFailure) {
            let hash = try PCPDigest.hash(password: password)
            digest = try PCPDigest.answer(hash: hash, user: name, salt: salt)
        } catch {
            throw .lost("MD5 is not available in the cryptographic library")
        }
        try send(.login(user: name, digest: digest))
        let (answer, body) = try receive()
        guard answer == UInt8(ascii: "r") else { throw failure(answer, body) }
    }

    /// Sends a request and waits for its answer, however long that takes.
    package func ask(_ request: PCPRequest) throws(Failure) -> PCPAnswer {
        try send(request)
        var answer = PCPAnswer()
        while true {
            let (type, body) = try receive()
            switch answer.received(type, body, expected: request.replyType) {
            case .more: continue
            case .complete: return answer
            case .failed(let report): throw .refused(report)
            case .notice(let report):
                trace("BACKEND \(report.severity):  \(report.message)")
                notice(report.message)
            case .unexpected: throw .unknownAnswer
            }
        }
    }

    /// Says good-bye.
    package func leave() { try? send(.goodbye) }

    private func failure(_ type: UInt8, _ body: [UInt8]) -> Failure {
        var answer = PCPAnswer()
        guard case .failed(let report) = answer.received(type, body, expected: 0) else {
            return .unknownAnswer
        }
        return .refused(report)
    }

    private func send(_ request: PCPRequest) throws(Failure) {
        let bytes = request.encoded
        switch request {
        // Pgpool-II's programs do not show these.
        case .salt, .login: break
        default: trace("send: tos=\"\(letter(request.type))\", len=\(bytes.count - 1)")
        }
        guard stream.send(bytes, by: .never) else {
            throw .lost("unable to write data to socket.")
        }
    }

    private func receive() throws(Failure) -> (type: UInt8, body: [UInt8]) {
        guard case .message(let type, let body) = stream.receive(lengths: Self.lengths, by: .never)
        else { throw .lost("unable to read data from socket.") }
        trace("recv: tos=\"\(letter(type))\", len=\(body.count + 4)")
        return (type, body)
    }

    private func letter(_ type: UInt8) -> Character { Character(UnicodeScalar(type)) }
}
