import Foundation
import LocalCluster
import Testing

extension EndToEnd {
    /// `make test-ha` plays all scenarios of Tests/HighAvailability, this suite the quick ones.
    @Suite("high availability")
    struct HighAvailabilityTests {
        @Test("clients get through the loss of servers, full servers and switchovers")
        func quickScenarios() throws {
            let harness = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("HighAvailability/ha.py").path
            let seed = Stage.size("E2E_HA_SEED", Int.random(in: 1...10000))
            let result = try ClientTool.run(
                [
                    Clients.python, "-B", harness, "run", "--binary", try ProxyProcess.findBinary(),
                    "--seed", "\(seed)",
                ], within: .seconds(600))
            #expect(result.isSuccess, "seed \(seed): \(result.summary)")
            print("high availability, seed \(seed):\n\(result.output)")
        }
    }
}
