// swift-tools-version: 6.2
import Foundation
import PackageDescription

// A package without dependencies but OpenSSL and libsrtp2 (and libsodium, where it is): it builds, fuzzes and runs under sanitizers on its own.

/// Debian's libsodium-dev is optional: without it OpenSSL seals everything, and needs more time for it.
let sodium = FileManager.default.fileExists(atPath: "/usr/include/sodium.h")

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")] + (sodium ? [.define("SODIUM")] : [])

let package = Package(
    name: "WebRTC",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WebRTC", targets: ["RTP", "WebRTC"]),
        .library(name: "WebRTCTestSupport", targets: ["TestSupport"]),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSRTP", path: "Sources/CSRTP", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),
        .target(name: "RTP", path: "Sources/RTP", swiftSettings: settings),
        .target(
            name: "WebRTC", dependencies: ["RTP", "COpenSSL", "CSRTP"] + (sodium ? ["CSodium"] : []), path: "Sources/WebRTC",
            swiftSettings: settings),

        // A peer with a real DTLS client, a lossy link and simulated time.
        .target(
            name: "TestSupport", dependencies: ["RTP", "WebRTC", "COpenSSL", "CSRTP"], path: "Tests/TestSupport", swiftSettings: settings),
        // For Tests/PacketPath of the whole project.
        .executableTarget(
            name: "PacketPath", dependencies: ["WebRTC", "TestSupport"], path: "Tests/PacketPath", swiftSettings: settings),
        .testTarget(name: "RTPTests", dependencies: ["RTP", "TestSupport"], path: "Tests/RTPTests", swiftSettings: settings),
        .testTarget(
            name: "WebRTCTests", dependencies: ["RTP", "WebRTC", "TestSupport", "COpenSSL", "CSRTP"], path: "Tests/WebRTCTests",
            swiftSettings: settings),
    ]
        + (sodium
            ? [.systemLibrary(name: "CSodium", path: "Sources/CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])])]
            : []),
    swiftLanguageModes: [.v6]
)
