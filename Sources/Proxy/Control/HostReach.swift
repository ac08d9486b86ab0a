internal import ClusterModel
internal import Coordination
internal import Glibc
internal import Settings

/// How the host of a node is asked, by `recovery_transport`.
enum HostReach {
    static func host(of node: Int, _ settings: Settings) -> any HostAnswering {
        struct None: HostAnswering {
            func ask(_ request: HostRequest, seconds: Int) -> HostAnswer {
                .failed(reason: "no transport", hint: nil)
            }
        }
        return None()
    }
}
