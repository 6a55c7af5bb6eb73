/// Covers that the host's page sends for tracks whose pictures only its own site has: checked, kept in memory for the party, and served
/// at `/api/party/cover/:hash`.
import Foundation
import Synchronization
import WebRTC

/// The bytes of a small JPEG that has been looked at.
struct PartyCover: Equatable, Sendable {
    static let maximumBytes = 30_000
    static let maximumPixels = 1_024

    let jpeg: Data
    /// The first 32 hexadecimal digits of its SHA-256.
    let hash: String

    static let pathPrefix = "/api/party/cover/"
    var path: String { Self.pathPrefix + hash }

    /// - Returns: nil for what is no JPEG, too large, or too wide or high.
    init?(_ jpeg: Data) {
        guard jpeg.count <= Self.maximumBytes, let size = Self.size(of: Array(jpeg)),
            (1...Self.maximumPixels).contains(size.width), (1...Self.maximumPixels).contains(size.height)
        else { return nil }
        self.jpeg = jpeg
        hash = sha256(Array(jpeg)).prefix(16).hex
    }

    /// Walks the markers of ITU-T T.81 annex B: SOI, segments with their lengths, among them one SOF before the first SOS; scans, whose
    /// entropy-coded bytes hide no marker; EOI as the very last one. Trailing bytes are refused: they could be another format's.
    private static func size(of bytes: [UInt8]) -> (width: Int, height: Int)? {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
        var size: (width: Int, height: Int)?
        var hasScan = false
        var index = 2
        while index + 1 < bytes.count {
            guard bytes[index] == 0xFF else { return nil }
            let marker = bytes[index + 1]
            if marker == 0xFF {  // a fill byte
                index += 1
                continue
            }
            index += 2
            if marker == 0xD9 { return hasScan && index == bytes.count ? size : nil }
            guard index + 1 < bytes.count else { return nil }
            let length = Int(bytes[index]) << 8 | Int(bytes[index + 1])
            guard length >= 2, index + length <= bytes.count else { return nil }
            switch marker {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                // Precision, height, width, number of components.
                guard size == nil, length >= 8 else { return nil }
                size = (
                    width: Int(bytes[index + 5]) << 8 | Int(bytes[index + 6]), height: Int(bytes[index + 3]) << 8 | Int(bytes[index + 4])
                )
            case 0xDA:
                guard size != nil else { return nil }
                hasScan = true
                index += length
                // Within a scan 0xFF is followed by a stuffed 0, a restart marker, or fill bytes; anything else is the next marker.
                while index + 1 < bytes.count, bytes[index] != 0xFF || bytes[index + 1] == 0 || 0xD0...0xD7 ~= bytes[index + 1] {
                    index += 1
                }
                continue
            case 0xC4, 0xCC, 0xDB...0xDF, 0xE0...0xEF, 0xFE: break
            default: return nil
            }
            index += length
        }
        return nil
    }
}

/// The covers of the running party, by track and by hash.
final class PartyCovers: Sendable {
    static let maximumCovers = 32

    private struct Kept {
        /// The latest last.
        var covers: [(trackId: String, cover: PartyCover)] = []
    }

    private let kept = Mutex(Kept())

    /// What is older than `maximumCovers` others goes.
    func store(_ cover: PartyCover, trackId: String) {
        kept.withLock { kept in
            kept.covers.removeAll { $0.trackId == trackId }
            kept.covers.append((trackId, cover))
            if kept.covers.count > Self.maximumCovers { kept.covers.removeFirst() }
        }
    }

    func path(forTrack trackId: String) -> String? {
        kept.withLock { $0.covers.last { $0.trackId == trackId }?.cover.path }
    }

    func jpeg(hash: String) -> Data? {
        kept.withLock { $0.covers.last { $0.cover.hash == hash }?.cover.jpeg }
    }

    func removeAll() { kept.withLock { $0.covers = [] } }
}
