import Foundation

/// A piece as an Ogg Opus file (RFC 7845): made here from samples, and measured again when the library is indexed.
struct OggOpusFile {
    static let bitsPerSecond: Int32 = 96_000
    /// RFC 7845 §6 wants pages of at most a second, for seeking.
    private static let packetsPerPage = 50

    /// What players show.
    struct Tags {
        var title: String
        var artist: String
        var album: String
        var albumArtist: String
        var year: Int
        var genre: String
        var trackNumber: Int

        var comments: [(name: String, value: String)] {
            [
                ("TITLE", title), ("ARTIST", artist), ("ALBUM", album), ("ALBUMARTIST", albumArtist), ("DATE", String(year)),
                ("GENRE", genre),
                ("TRACKNUMBER", String(trackNumber)),
            ]
        }
    }

    /// Encodes `sound`; `serial` distinguishes streams.
    static func encode(_ sound: StereoBuffer, tags: Tags, serial: UInt32) throws -> [UInt8] {
        let encoder = try OpusEncoder(bitsPerSecond: bitsPerSecond)
        let preSkip = encoder.lookahead
        var bytes = OggPage(flags: .beginsStream, granulePosition: 0, serial: serial, sequence: 0, packets: [head(preSkip: preSkip)]).bytes
        bytes += OggPage(granulePosition: 0, serial: serial, sequence: 1, packets: [comments(tags)]).bytes

        // The encoder is `preSkip` samples behind: silence at the end pushes the last ones out, and the last page's granule position
        // tells the decoder where to stop (RFC 7845 §4.4).
        let total = sound.frames + preSkip
        let packetCount = max(1, (total + OpusEncoder.frameSize - 1) / OpusEncoder.frameSize)
        var page: [[UInt8]] = []
        var sequence: UInt32 = 2
        for index in 0..<packetCount {
            let packet = try encoder.encode(interleaved(sound, from: index * OpusEncoder.frameSize))
            if page.reduce(0, { $0 + OggPage.segments($1.count) }) + OggPage.segments(packet.count) > OggPage.maximumSegments {
                bytes +=
                    OggPage(granulePosition: UInt64(index * OpusEncoder.frameSize), serial: serial, sequence: sequence, packets: page).bytes
                sequence += 1
                page = []
            }
            page.append(packet)
            let isLast = index == packetCount - 1
            if isLast || page.count == packetsPerPage {
                bytes +=
                    OggPage(
                        flags: isLast ? .endsStream : [], granulePosition: UInt64(min(total, (index + 1) * OpusEncoder.frameSize)),
                        serial: serial,
                        sequence: sequence, packets: page
                    ).bytes
                sequence += 1
                page = []
            }
        }
        return bytes
    }

    /// Length in seconds, from the pre-skip in the first page and the granule position of the last (RFC 7845 §4); nil when `file` is
    /// not a whole Ogg Opus file. Only its two ends are read.
    static func seconds(of file: URL) throws -> Double? {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        let beginning = [UInt8](try handle.read(upToCount: OggPage.maximumBytes) ?? Data())
        try handle.seek(toOffset: size - min(size, UInt64(OggPage.maximumBytes)))
        let end = [UInt8](try handle.readToEnd() ?? Data())

        var offset = 0
        guard let head = OggPage(beginning, at: &offset)?.packets.first, head.count >= 19, head.starts(with: Array("OpusHead".utf8)),
            let last = OggPage.last(of: end), last.flags.contains(.endsStream)
        else { return nil }
        let preSkip = UInt64(UInt16(littleEndian: head, at: 10))
        guard last.granulePosition >= preSkip else { return nil }
        return Double(last.granulePosition - preSkip) / Double(StereoBuffer.sampleRate)
    }

    /// The identification header, RFC 7845 §5.1.
    private static func head(preSkip: Int) -> [UInt8] {
        let version: UInt8 = 1
        let channels: UInt8 = 2
        let outputGain: Int16 = 0
        let mappingFamily: UInt8 = 0
        return Array("OpusHead".utf8) + [version, channels] + littleEndian(UInt16(preSkip)) + littleEndian(UInt32(StereoBuffer.sampleRate))
            + littleEndian(outputGain) + [mappingFamily]
    }

    /// The comment header, RFC 7845 §5.2.
    private static func comments(_ tags: Tags) -> [UInt8] {
        func field(_ text: String) -> [UInt8] { littleEndian(UInt32(text.utf8.count)) + Array(text.utf8) }
        var bytes = Array("OpusTags".utf8) + field(OpusEncoder.version) + littleEndian(UInt32(tags.comments.count))
        for comment in tags.comments { bytes += field("\(comment.name)=\(comment.value)") }
        return bytes
    }

    /// One frame from `start`, silence after the end.
    private static func interleaved(_ sound: StereoBuffer, from start: Int) -> [Float] {
        var frame = [Float](repeating: 0, count: OpusEncoder.frameSize * 2)
        for index in 0..<max(0, min(OpusEncoder.frameSize, sound.frames - start)) {
            frame[2 * index] = sound.left[start + index]
            frame[2 * index + 1] = sound.right[start + index]
        }
        return frame
    }
}
