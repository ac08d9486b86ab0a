import ClusterModel
import Testing

@testable import Coordination

@Suite("The file of backend_down_request")
struct DownRequestFileTests {
    @Test("a request is heeded once, and stands there as heeded")
    func heeds() throws {
        let scratch = try ScratchDirectory()
        let file = DownRequestFile(directory: scratch.path + "/")
        #expect(try file.heed() == nil)
        #expect(try scratch.names().isEmpty, "nothing is made")
        try scratch.write("1\tdown\n", to: "backend_down_request")
        #expect(try file.heed()?.wanted == [1])
        #expect(try scratch.text("backend_down_request") == "1\talready_down\n")
        let again = try file.heed()
        #expect(again?.wanted == [])
        #expect(again?.heeded == [1])
        #expect(try scratch.names() == ["backend_down_request"])
    }
}
