import Foundation
import Testing

@testable import Demo

/// Ogg pages (RFC 3533), written and read back.
struct OggTests {
    /// The first page of a file that another muxer wrote (FFmpeg's, around libopus).
    private let foreignPage: [UInt8] = [
        0x4f, 0x67, 0x67, 0x53, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x73, 0x92, 0x37, 0x20, 0x00, 0x00, 0x00, 0x00,
        0xe1, 0x76,
        0x6f, 0x48, 0x01, 0x13, 0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64, 0x01, 0x02, 0x38, 0x01, 0x80, 0xbb, 0x00, 0x00, 0x00, 0x00,
        0x00,
    ]

    @Test func aForeignPageIsReadAndWrittenAlike() throws {
        var offset = 0
        let page = try #require(OggPage(foreignPage, at: &offset))
        #expect(offset == foreignPage.count)
        #expect(page.flags == .beginsStream)
        #expect(page.granulePosition == 0)
        #expect(page.serial == 0x2037_9273)
        #expect(page.packets.map(\.count) == [19])
        #expect(page.bytes == foreignPage)
    }

    @Test func aDamagedPageIsRefused() {
        for index in foreignPage.indices {
            var damaged = foreignPage
            damaged[index] ^= 0x10
            var offset = 0
            #expect(OggPage(damaged, at: &offset) == nil, "byte \(index)")
            #expect(offset == 0)
        }
    }

    @Test func aTruncatedPageIsRefused() {
        for length in foreignPage.indices {
            var offset = 0
            #expect(OggPage(Array(foreignPage[..<length]), at: &offset) == nil, "\(length) bytes")
        }
        var beyond = foreignPage.count + 1
        #expect(OggPage(foreignPage, at: &beyond) == nil)
    }

    @Test(arguments: [0, 1, 254, 255, 256, 509, 510, 511, 1_275])
    func aPacketOfAnyLengthComesBack(bytes: Int) throws {
        let packets = [[UInt8](repeating: 7, count: bytes), [1, 2, 3]]
        let page = OggPage(flags: .endsStream, granulePosition: 0x0102_0304_0506_0708, serial: 9, sequence: 0xffff_ffff, packets: packets)
        var offset = 0
        #expect(OggPage(page.bytes, at: &offset) == page)
        #expect(OggPage.last(of: [0x4f, 0x67] + page.bytes) == page)
        #expect(OggPage.last(of: page.bytes + [0]) == nil)
    }
}
