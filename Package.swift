// swift-tools-version: 6.2
// Layers, from the bottom: a target depends only on targets of lower layers
// (Documentation/architecture.md). SwiftPM enforces the direction.

import PackageDescription

let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func layer(
    _ name: String, _ dependencies: [Target.Dependency] = [], tests: [Target.Dependency] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: house),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: name), "TestSupport"] + dependencies + tests,
            swiftSettings: house),
    ]
}

let package = Package(
    name: "trunkline",
    products: [.executable(name: "trunkline", targets: ["trunkline"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CRegex"),
        .target(name: "TestSupport", swiftSettings: house),
        .executableTarget(
            name: "trunkline",
            dependencies: [
                "Proxy", "LocalCluster", "Coordination", "Operations", "Settings", "Credentials",
                "SQLSyntax", "Routing", "ClusterModel", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        .executableTarget(
            name: "AnalysisBench", dependencies: ["SQLSyntax"], path: "Benchmarks/SQLAnalysis",
            swiftSettings: house),
        .testTarget(
            name: "EndToEndTests", dependencies: ["LocalCluster", "TestSupport", "PostgresWire"],
            exclude: ["Scripts"], swiftSettings: house),
        .testTarget(
            name: "OracleTests", dependencies: ["SQLSyntax", "LocalCluster"],
            exclude: ["Oracle"], swiftSettings: house),
        .testTarget(
            name: "ProgramTests",
            dependencies: ["trunkline", "Operations", "Settings", "ClusterModel", "LocalCluster"],
            swiftSettings: house),
        .testTarget(name: "TidyTests", swiftSettings: house),
    ]
        // 0: vocabulary. Pure values; no I/O, no clock, no Foundation.
        + layer("PostgresWire")
        + layer("SQLSyntax")
        + layer("Credentials", ["COpenSSL"])
        + layer("Settings", ["CRegex"])
        // 1: deciders. Event in, action out; still no I/O and no clock.
        + layer("Sessions", ["PostgresWire", "SQLSyntax", "Credentials"])
        + layer("Pooling")
        + layer("Routing", ["SQLSyntax"])
        + layer("ClusterModel")
        // 2: doers.
        + layer("Reactor", ["CLinux"])
        + layer("Operations", ["CLinux", "PostgresWire", "Credentials", "ClusterModel"])
        + layer(
            "Coordination", ["ClusterModel", "CLinux"],
            tests: ["Settings", "LocalCluster", "trunkline"])
        // 3: composition.
        + layer(
            "Proxy",
            [
                "PostgresWire", "SQLSyntax", "Credentials", "Settings", "Sessions", "Pooling",
                "Routing", "ClusterModel", "Reactor", "Operations", "Coordination", "CLinux",
            ], tests: ["LocalCluster"])
        + layer("LocalCluster", ["CLinux", "Credentials", "Coordination"])
)
