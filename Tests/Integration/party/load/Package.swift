// swift-tools-version: 6.2
import PackageDescription

// Many real DTLS-SRTP peers in one process, for test_load.py. A package of its own, so that the product's manifest knows nothing of it.

let package = Package(
    name: "PartyLoad",
    platforms: [.macOS(.v15)],
    dependencies: [.package(path: "../../../../Plugins/Party/WebRTC")],
    targets: [
        .executableTarget(
            name: "PartyLoad",
            dependencies: [.product(name: "WebRTC", package: "WebRTC"), .product(name: "WebRTCTestSupport", package: "WebRTC")],
            swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
    ],
    swiftLanguageModes: [.v6]
)
