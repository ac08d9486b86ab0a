/// Asks a server's host by a program that the proxy starts: on its own host, or ssh.
///
/// A call blocks its thread until the answer is there, the deadline has passed or the host cannot
/// be reached; the latter two are ``HostAnswer/failed(reason:hint:)`` too.
public protocol HostAnswering: Sendable {
    func ask(_ request: HostRequest, seconds: Int) -> HostAnswer
}
