/// The format parameters of Opus (RFC 7587 §6.1), as they stand in `a=fmtp`.

public struct OpusParameters: Equatable, Sendable {
    /// In milliseconds.
    public var minimumPacketTime: Int?
    /// In Hz.
    public var maximumPlaybackRate: Int?
    /// In bit/s; RFC 7587 allows 6,000 to 510,000.
    public var maximumAverageBitrate: Int?
    /// `stereo` is what its writer likes to receive, `spropStereo` what it is likely to send.
    public var stereo: Bool?, spropStereo: Bool?
    public var useInbandFec: Bool?, useDtx: Bool?

    public init() {}

    /// Reads `key=value;key=value`. Unknown keys and values that are no numbers count as absent.
    public init(_ text: String) {
        for pair in text.split(separator: ";").prefix(32) {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard parts.count == 2, let number = Int(parts[1]) else { continue }
            switch parts[0].lowercased() {
            case "minptime": minimumPacketTime = number
            case "maxplaybackrate": maximumPlaybackRate = number
            case "maxaveragebitrate": maximumAverageBitrate = number
            case "stereo": stereo = number == 1
            case "sprop-stereo": spropStereo = number == 1
            case "useinbandfec": useInbandFec = number == 1
            case "usedtx": useDtx = number == 1
            default: break
            }
        }
    }

    /// What is set, in the order that browsers write.
    public var text: String {
        func flag(_ name: String, _ value: Bool?) -> String? { value.map { "\(name)=\($0 ? 1 : 0)" } }
        func number(_ name: String, _ value: Int?) -> String? { value.map { "\(name)=\($0)" } }
        return [
            number("minptime", minimumPacketTime), number("maxplaybackrate", maximumPlaybackRate), flag("stereo", stereo),
            flag("sprop-stereo", spropStereo), number("maxaveragebitrate", maximumAverageBitrate), flag("useinbandfec", useInbandFec),
            flag("usedtx", useDtx),
        ].compactMap(\.self).joined(separator: ";")
    }
}
