// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The one shared image of the process. Nothing below may name NIO, Hummingbird or another library that the kit contains as a
// product of its own: that would link a second copy into that binary, and types and singletons would differ (a test guards it).
let kit: Target.Dependency = .product(name: "GatewayKit", package: "GatewayKit")
let webRTC: Target.Dependency = .product(name: "WebRTC", package: "WebRTC")
/// Debian's libtag1-dev is optional: without it there is no tag reader, and `dmp index` says so.
let hasTagLib = FileManager.default.fileExists(atPath: "/usr/include/taglib/tpropertymap.h")
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]
/// What Debian builds its own servers with (hardening=+bindnow): no writable table of addresses once it runs, and canaries in C; Swift
/// has them by itself. A test reads them out of the binaries.
let boundAtStart: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"], .when(platforms: [.linux]))
]
let stackProtector = ["-fstack-protector-strong"]

let package = Package(
    name: "dmp",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "dmp", targets: ["dmp"]),
        .executable(name: "party-load", targets: ["party-load"]),
        .library(name: "Party", type: .dynamic, targets: ["Party"]),
        .library(name: "Smallest", type: .dynamic, targets: ["Smallest"]),
    ] + (hasTagLib ? [.executable(name: "dmp-tag-reader", targets: ["dmp-tag-reader"])] : []),
    dependencies: [
        .package(path: "Sources/GatewayKit"),
        .package(path: "Plugins/Party/WebRTC"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "dmp",
            dependencies: [kit, "Demo", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Sources/dmp", swiftSettings: settings, linkerSettings: boundAtStart),
        .systemLibrary(name: "COpus", path: "Sources/COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        // Optimised in a debug build too: composing is arithmetic over millions of samples.
        .target(
            name: "Demo", dependencies: [kit, "COpus"], path: "Sources/Demo",
            swiftSettings: settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]),

        .target(name: "CLinux", path: "Plugins/Party/Sources/CLinux", cSettings: [.unsafeFlags(stackProtector)]),
        .target(
            name: "Party", dependencies: [kit, webRTC, "CLinux"], path: "Plugins/Party/Sources/Party", swiftSettings: settings,
            linkerSettings: boundAtStart),
        // Listeners and a host for a running server, with the peers of the WebRTC package's own tests.
        .executableTarget(
            name: "party-load",
            dependencies: [
                webRTC, .product(name: "WebRTCTestSupport", package: "WebRTC"), "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Plugins/Party/Sources/PartyLoad", swiftSettings: settings, linkerSettings: boundAtStart),

        // The site inside a backend of one's own; a test runs it.
        .executableTarget(name: "Backend", dependencies: [kit], path: "Examples/Backend", swiftSettings: settings),
        // The smallest possible module; a test loads it into the real server.
        .target(name: "Smallest", dependencies: [kit], path: "Tests/Modules/Smallest", swiftSettings: settings),
        .testTarget(name: "GatewayTests", dependencies: [kit], path: "Tests/GatewayTests", swiftSettings: settings),
        .testTarget(name: "PostgresTests", dependencies: [kit], path: "Tests/PostgresTests", swiftSettings: settings),
        .testTarget(name: "CatalogTests", dependencies: [kit], path: "Tests/CatalogTests", swiftSettings: settings),
        .testTarget(name: "TransferTests", dependencies: [kit], path: "Tests/TransferTests", swiftSettings: settings),
        .testTarget(name: "DemoTests", dependencies: [kit, "Demo"], path: "Tests/DemoTests", swiftSettings: settings),
        .testTarget(name: "LibraryTests", dependencies: [kit], path: "Tests/LibraryTests", swiftSettings: settings),
        .testTarget(name: "PartyTests", dependencies: [kit, webRTC, "Party"], path: "Tests/PartyTests", swiftSettings: settings),
        .testTarget(name: "PartyLoadTests", dependencies: ["party-load"], path: "Tests/PartyLoadTests", swiftSettings: settings),
    ]
        + (hasTagLib
            ? [
                // A child process of `dmp index`: what TagLib does with a damaged file must not concern the server.
                .executableTarget(
                    name: "dmp-tag-reader", path: "Sources/TagReader", publicHeadersPath: ".",
                    cxxSettings: [.unsafeFlags(stackProtector)], linkerSettings: [.linkedLibrary("tag")] + boundAtStart)
            ] : []),
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
