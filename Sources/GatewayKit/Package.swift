// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Every Swift package that more than one image of the process needs is declared here and only here: the kit is the one shared
// image that the executable, the modules and the tests link (Plugins/README.md says why).

/// Debian's libbrotli-dev is optional: without it the site is precompressed with gzip alone.
let brotli = FileManager.default.fileExists(atPath: "/usr/include/brotli/encode.h")

let settings: [SwiftSetting] =
    [.enableUpcomingFeature("ExistentialAny")] + (brotli ? [.define("BROTLI")] : [])

let package = Package(
    name: "GatewayKit",
    platforms: [.macOS(.v15)],
    products: [
        .library(
            name: "GatewayKit", type: .dynamic, targets: ["GatewayAPI", "GatewayServer", "Catalog", "Library", "Transfer", "Postgres"])
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CGatewayABI", path: "CGatewayABI", cSettings: [.unsafeFlags(["-fstack-protector-strong"])]),
        .systemLibrary(name: "CPostgres", path: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CZlib", path: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "GatewayAPI",
            dependencies: [
                "CGatewayABI",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "GatewayAPI", swiftSettings: settings),
        .target(
            name: "Postgres",
            dependencies: [
                "CPostgres",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Postgres", swiftSettings: settings),
        .target(name: "Catalog", dependencies: ["GatewayAPI", "Postgres"], path: "Catalog", swiftSettings: settings),
        .target(
            name: "Library", dependencies: ["Postgres", .product(name: "Logging", package: "swift-log")], path: "Library",
            swiftSettings: settings),
        .target(
            name: "Transfer", dependencies: ["GatewayAPI", "Postgres", "CZlib"], path: "Transfer", swiftSettings: settings),
        .target(
            name: "GatewayServer",
            dependencies: [
                "GatewayAPI", "Catalog", "Library", "Postgres", "CZlib",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ] + (brotli ? ["CBrotli"] : []),
            path: "GatewayServer", swiftSettings: settings,
            linkerSettings: [
                .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"], .when(platforms: [.linux]))
            ]),
    ]
        + (brotli
            ? [.systemLibrary(name: "CBrotli", path: "CBrotli", pkgConfig: "libbrotlienc", providers: [.apt(["libbrotli-dev"])])] : []),
    swiftLanguageModes: [.v6]
)
