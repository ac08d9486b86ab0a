package import ClusterModel

/// The host that the proxy itself runs on.
///
/// Every question goes to a helper process, which ends with its answer: it becomes the account that
/// owns the server, and what it starts is nobody's child afterwards.
package struct LocalHost: HostAnswering {
    private let program: [String]

    /// - Parameter program: the command line of a helper; ours by default.
    package init(program: [String] = LocalHost.ownProgram) { self.program = program }

    /// This very program as a helper.
    package static let ownProgram = ["/proc/self/exe", "host"]

    package func ask(_ request: HostRequest, seconds: Int) -> HostAnswer {
        guard let line = HostWire.line(request) else {
            return .failed(reason: "the request is too long", hint: nil)
        }
        return HostConversation.ask(program, line: line, seconds: seconds)
    }
}
