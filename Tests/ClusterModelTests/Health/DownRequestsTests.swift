import ClusterModel
import Testing

@Suite("backend_down_request")
struct DownRequestsTests {
    private static let cases: [(String, wanted: Set<Int>, heeded: Set<Int>, rewritten: String?)] = [
        ("", [], [], nil),
        ("\n", [], [], nil),
        ("0\tdown\n", [0], [], "0\talready_down\n"),
        ("1 down", [1], [], "1\talready_down"),
        ("0\tdown\n2\t\tdown\n", [0, 2], [], "0\talready_down\n2\talready_down\n"),
        ("0\talready_down\n", [], [0], nil),
        ("0\talready_down\n1\tdown\n", [1], [0], "0\talready_down\n1\talready_down\n"),
        ("\n# none\n1\tdown\n", [1], [], "\n# none\n1\talready_down\n"),
        ("0\tdowntown\n0\tDOWN\n0\n\tdown\n-1\tdown\n0\tdown\tnow\n", [], [], nil),
        ("99999999999999999999\tdown\n", [], [], nil),
        ("1\tdown\n1\tdown\n", [1], [], "1\talready_down\n1\talready_down\n"),
    ]

    @Test("each line", arguments: cases.indices)
    func lines(_ index: Int) {
        let (text, wanted, heeded, rewritten) = Self.cases[index]
        let requests = DownRequests(bytes: Array(text.utf8))
        #expect(requests.wanted == wanted)
        #expect(requests.heeded == heeded)
        #expect(requests.rewritten.map { String(decoding: $0, as: UTF8.self) } == rewritten)
        guard let again = requests.rewritten.map({ DownRequests(bytes: $0) }) else { return }
        #expect(again.wanted.isEmpty && again.heeded == wanted.union(heeded))
    }
}
