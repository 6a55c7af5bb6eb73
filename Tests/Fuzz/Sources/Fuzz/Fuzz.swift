/// libFuzzer's two entry points. One program holds every target; `FUZZ_TARGET` names the one to run, and script/fuzz starts it.
import Glibc

/// Reads one input. It must return whatever the input is; what must hold besides is a `precondition`.
typealias FuzzTarget = @Sendable (UnsafeRawBufferPointer) throws -> Void

private let targets: [String: FuzzTarget] = [
    "stun": fuzzStun, "rtp": fuzzRtp, "rtcp": fuzzRtcp, "red": fuzzRed, "frames": fuzzFrames, "sdp": fuzzSdp, "signaling": fuzzSignaling,
    "cover": fuzzCover,
    "tags": fuzzTags,
    "dtls": fuzzDtls, "transport": fuzzTransport,
]

private let target: FuzzTarget = {
    guard let name = getenv("FUZZ_TARGET").map({ String(cString: $0) }), let target = targets[name] else {
        fatalError("FUZZ_TARGET must be one of \(targets.keys.sorted().joined(separator: ", "))")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
    do { try target(UnsafeRawBufferPointer(start: bytes, count: count)) } catch { fatalError("\(error)") }
    return 0
}
