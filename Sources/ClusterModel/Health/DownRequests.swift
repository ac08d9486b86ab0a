/// What `backend_down_request` in work_dir asks for: nodes whose health checks are to fail, so that
/// tests can have a failover without touching a server (HF-10).
///
/// A line is a node's number, blanks and `down`; once it was heeded `already_down` stands there.
/// Other lines mean nothing.
public struct DownRequests: Equatable, Sendable {
    /// Nodes whose checks are to fail from now on.
    public private(set) var wanted: Set<Int> = []
    /// Nodes of which that was asked before, and whose line is still there.
    public private(set) var heeded: Set<Int> = []
    /// The file as it has to be when the requests were heeded; nil where nothing changes.
    public private(set) var rewritten: [UInt8]?

    public init(bytes: [UInt8]) {
        var text: [UInt8] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.startIndex > 0 { text.append(UInt8(ascii: "\n")) }
            let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            guard words.count == 2, let node = Int(String(decoding: words[0], as: UTF8.self)),
                node >= 0
            else {
                text += line
                continue
            }
            switch String(decoding: words[1], as: UTF8.self) {
            case "down":
                wanted.insert(node)
                text += Array("\(node)\talready_down".utf8)
            case "already_down":
                heeded.insert(node)
                text += line
            default: text += line
            }
        }
        rewritten = wanted.isEmpty ? nil : text
    }
}
