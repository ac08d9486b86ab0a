package import ClusterModel

/// `backend_down_request` in work_dir, for `health_check_test`.
package struct DownRequestFile: Sendable {
    package let path: String

    /// - Parameter directory: `work_dir`.
    package init(directory: String) {
        let folder = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        path = folder + "/backend_down_request"
    }

    /// What is asked for, and notes there that it was read; nil if there is no such file.
    package func heed() throws(StateFailure) -> DownRequests? {
        guard let bytes = try DurableFile.read(path) else { return nil }
        let requests = DownRequests(bytes: bytes)
        if let text = requests.rewritten {
            try DurableFile.replace(path, with: text, mode: 0o644)
        }
        return requests
    }
}
