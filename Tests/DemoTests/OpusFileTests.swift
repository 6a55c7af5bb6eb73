import COpus
import Foundation
import Testing

@testable import Demo

/// Ogg Opus files (RFC 7845): their pages, and what libopus decodes from them.
struct OpusFileTests {
    private static let tags = OggOpusFile.Tags(
        title: "Kühlturm", artist: "A feat. B", album: "Halogen", albumArtist: "A", year: 1998, genre: "Techno", trackNumber: 3)

    /// 2.51 s, no whole number of frames: a tone on the left, another one 40 dB lower on the right.
    private static let sound: StereoBuffer = {
        var sound = StereoBuffer(frames: 120_480)
        for frame in 0..<sound.frames {
            sound.left[frame] = 0.5 * sin(2 * .pi * 440 * Float(frame) / 48_000)
            sound.right[frame] = 0.005 * sin(2 * .pi * 660 * Float(frame) / 48_000)
        }
        return sound
    }()

    private func pages(_ bytes: [UInt8]) throws -> [OggPage] {
        var offset = 0
        var pages: [OggPage] = []
        while offset < bytes.count { pages.append(try #require(OggPage(bytes, at: &offset))) }
        return pages
    }

    @Test func pagesFollowTheRules() throws {
        let pages = try pages(OggOpusFile.encode(Self.sound, tags: Self.tags, serial: 77))
        #expect(pages.allSatisfy { $0.serial == 77 })
        #expect(pages.map(\.sequence) == (0..<UInt32(pages.count)).map { $0 })
        #expect(pages.map { $0.flags.contains(.beginsStream) } == [true] + Array(repeating: false, count: pages.count - 1))
        #expect(pages.map { $0.flags.contains(.endsStream) } == Array(repeating: false, count: pages.count - 1) + [true])

        let head = try #require(pages[0].packets.first)
        #expect(pages[0].packets.count == 1)
        #expect(head.count == 19)
        #expect(String(decoding: head[..<8], as: UTF8.self) == "OpusHead")
        #expect(head[9] == 2)
        let preSkip = Int(UInt16(littleEndian: head, at: 10))
        // libopus looks 6.5 ms ahead in this mode.
        #expect(preSkip == 312)

        // Granule positions count every sample, except where the last page ends early.
        var granule = 0
        for page in pages[2...] {
            #expect(page.packets.count <= 50)
            granule += page.packets.count * 960
            if !page.flags.contains(.endsStream) { #expect(page.granulePosition == UInt64(granule)) }
        }
        #expect(pages.last?.granulePosition == UInt64(Self.sound.frames + preSkip))
        #expect((0..<960).contains(granule - Self.sound.frames - preSkip))
    }

    @Test func tagsAreThere() throws {
        let pages = try pages(OggOpusFile.encode(StereoBuffer(frames: 960), tags: Self.tags, serial: 1))
        let packet = try #require(pages[1].packets.first)
        #expect(packet.starts(with: Array("OpusTags".utf8)))
        var offset = 8
        func field() -> String {
            let length = Int(UInt32(littleEndian: packet, at: offset))
            defer { offset += 4 + length }
            return String(decoding: packet[offset + 4..<offset + 4 + length], as: UTF8.self)
        }
        #expect(field().hasPrefix("libopus"))
        let count = Int(UInt32(littleEndian: packet, at: offset))
        offset += 4
        let comments = (0..<count).map { _ in field() }
        #expect(
            comments == [
                "TITLE=Kühlturm", "ARTIST=A feat. B", "ALBUM=Halogen", "ALBUMARTIST=A", "DATE=1998", "GENRE=Techno", "TRACKNUMBER=3",
            ])
        #expect(offset == packet.count)
    }

    @Test func itDecodesToTheSameLengthAndSides() throws {
        let packets = try pages(OggOpusFile.encode(Self.sound, tags: Self.tags, serial: 1))[2...].flatMap(\.packets)
        var code: Int32 = 0
        let decoder = try #require(opus_decoder_create(48_000, 2, &code))
        defer { opus_decoder_destroy(decoder) }
        var decoded: [Float] = []
        var frame = [Float](repeating: 0, count: 5_760 * 2)
        for packet in packets {
            let samples = opus_decode_float(decoder, packet, Int32(packet.count), &frame, 5_760, 0)
            #expect(samples == 960)
            decoded += frame[..<Int(max(0, samples) * 2)]
        }
        let heard = Array(decoded.dropFirst(312 * 2).prefix(Self.sound.frames * 2))
        try #require(heard.count == Self.sound.frames * 2)

        // The samples stand where they stood: a pre-skip that is wrong by a few would not correlate.
        var products: Float = 0
        var energies: (left: Float, right: Float, original: Float) = (0, 0, 0)
        for index in 4_800..<Self.sound.frames - 4_800 {
            products += heard[2 * index] * Self.sound.left[index]
            energies.left += heard[2 * index] * heard[2 * index]
            energies.right += heard[2 * index + 1] * heard[2 * index + 1]
            energies.original += Self.sound.left[index] * Self.sound.left[index]
        }
        #expect(products / (energies.left * energies.original).squareRoot() > 0.99)
        #expect(10 * log10(energies.left / energies.right) > 30)
    }

    @Test func theLengthIsReadFromTheTwoEnds() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).opus")
        defer { try? FileManager.default.removeItem(at: file) }
        let bytes = try OggOpusFile.encode(Self.sound, tags: Self.tags, serial: 1)
        try Data(bytes).write(to: file)
        #expect(try OggOpusFile.seconds(of: file) == 2.51)
        try Data(bytes.dropLast()).write(to: file)
        #expect(try OggOpusFile.seconds(of: file) == nil)
        try Data().write(to: file)
        #expect(try OggOpusFile.seconds(of: file) == nil)
    }
}
