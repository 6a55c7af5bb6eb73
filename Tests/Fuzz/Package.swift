// swift-tools-version: 6.2
import PackageDescription

// Built by script/fuzz alone, with `--sanitize fuzzer --sanitize address`; libFuzzer brings `main`. Nothing but WebRTC and three
// files of the product, so that it builds in a minute or two.

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "WebRTC", path: "../../Plugins/Party/WebRTC")],
    targets: [
        // Links to the product's own files, which need nothing of the kit.
        .target(
            name: "Signaling", dependencies: [.product(name: "WebRTC", package: "WebRTC")], path: "Sources/Signaling",
            swiftSettings: settings),
        .target(name: "TagAnswers", path: "Sources/TagAnswers", swiftSettings: settings),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Signaling", "TagAnswers", .product(name: "WebRTC", package: "WebRTC"),
                .product(name: "WebRTCTestSupport", package: "WebRTC"),
            ],
            path: "Sources/Fuzz", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
    ],
    swiftLanguageModes: [.v6]
)
