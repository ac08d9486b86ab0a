/// Where the value of a parameter lives in `Settings`: the half of a row that knows the type.
struct ParameterAccess<Value: Sendable>: Sendable {
    let suffix: ParameterSuffix
    let get: @Sendable (_ settings: Settings, _ index: Int?) -> Value
    let set: @Sendable (_ settings: inout Settings, _ index: Int?, _ value: Value) -> Void

    /// One value for everything.
    static func at(
        _ path: any WritableKeyPath<Settings, Value> & Sendable
    ) -> ParameterAccess {
        ParameterAccess(
            suffix: .none,
            get: { settings, _ in settings[keyPath: path] },
            set: { settings, _, value in settings[keyPath: path] = value })
    }

    /// `backend_*N`
    static func backend(
        _ path: any WritableKeyPath<BackendSettings, Value> & Sendable
    ) -> ParameterAccess {
        ParameterAccess(
            suffix: .required(max: Settings.backendIndexMax),
            get: { settings, index in settings.backend(index)[keyPath: path] },
            set: { settings, index, value in
                guard let index else { return }
                settings.withBackend(index) { $0[keyPath: path] = value }
            })
    }

    /// A value per node with a default for all of them.
    static func backendOrAll(
        _ path: any WritableKeyPath<BackendSettings, Value> & Sendable
    ) -> ParameterAccess {
        ParameterAccess(
            suffix: .optional(max: Settings.backendIndexMax),
            get: { settings, index in settings.backend(index)[keyPath: path] },
            set: { settings, index, value in
                guard let index else {
                    settings.backendDefaults[keyPath: path] = value
                    return
                }
                settings.withBackend(index) { $0[keyPath: path] = value }
            })
    }

    /// `hostnameN`, `wd_portN`, `pgpool_portN`
    static func watchdogNode(
        _ path: any WritableKeyPath<WatchdogNodeSettings, Value> & Sendable
    ) -> ParameterAccess {
        ParameterAccess(
            suffix: .required(max: Settings.watchdogNodeIndexMax),
            get: { settings, index in
                element(settings.watchdogNodes, index, WatchdogNodeSettings())[keyPath: path]
            },
            set: { settings, index, value in
                guard let index, (0...Settings.watchdogNodeIndexMax).contains(index) else { return }
                while settings.watchdogNodes.count <= index {
                    settings.watchdogNodes.append(WatchdogNodeSettings())
                }
                settings.watchdogNodes[index][keyPath: path] = value
            })
    }

    /// `heartbeat_*N`
    static func heartbeat(
        _ path: any WritableKeyPath<HeartbeatSettings, Value> & Sendable
    ) -> ParameterAccess {
        ParameterAccess(
            suffix: .required(max: Settings.heartbeatIndexMax),
            get: { settings, index in
                element(settings.heartbeats, index, HeartbeatSettings())[keyPath: path]
            },
            set: { settings, index, value in
                guard let index, (0...Settings.heartbeatIndexMax).contains(index) else { return }
                while settings.heartbeats.count <= index {
                    settings.heartbeats.append(HeartbeatSettings())
                }
                settings.heartbeats[index][keyPath: path] = value
            })
    }
}

extension Settings {
    /// Highest node id.
    public static var backendIndexMax: Int { 127 }
    /// Highest watchdog node id.
    public static var watchdogNodeIndexMax: Int { 127 }
    /// Highest number of a heartbeat channel.
    public static var heartbeatIndexMax: Int { 255 }

    /// The node with this id; what applies to all nodes if there is no such node.
    public func backend(_ index: Int?) -> BackendSettings {
        element(backends, index, backendDefaults)
    }

    /// Changes the node with this id, creating the slots up to it.
    mutating func withBackend(_ index: Int, _ change: (inout BackendSettings) -> Void) {
        guard (0...Self.backendIndexMax).contains(index) else { return }
        while backends.count <= index { backends.append(backendDefaults) }
        change(&backends[index])
    }
}

/// The element at `index`, or `missing` outside the array.
private func element<Element>(_ array: [Element], _ index: Int?, _ missing: Element) -> Element {
    guard let index, array.indices.contains(index) else { return missing }
    return array[index]
}
