import Foundation
import Testing

@testable import Party

@Suite struct PartyCoverTests {
    /// SOI, APP0, SOF0 of `width` by `height`, SOS with some entropy-coded bytes, EOI.
    private func jpeg(width: Int = 8, height: Int = 8, scan: [UInt8] = [1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4]) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0x4A, 0x46, 0xFF, 0xC0, 0, 11, 8, UInt8(height >> 8), UInt8(height & 0xFF), UInt8(width >> 8)]
            + [UInt8(width & 0xFF), 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0] + scan + [0xFF, 0xD9]
    }

    @Test func aJPEGIsOne() throws {
        let cover = try #require(PartyCover(Data(jpeg())))
        #expect(cover.hash.count == 32)
        #expect(PartyCover(Data(jpeg(width: 1_024, height: 1_024))) != nil)
    }

    @Test func sizeHasAnEnd() {
        #expect(PartyCover(Data(jpeg(width: 1_025))) == nil)
        #expect(PartyCover(Data(jpeg(height: 1_025))) == nil)
        #expect(PartyCover(Data(jpeg(width: 0))) == nil)
        #expect(PartyCover(Data(jpeg(scan: [UInt8](repeating: 7, count: 29_950)))) != nil)
        #expect(PartyCover(Data(jpeg(scan: [UInt8](repeating: 7, count: 30_000)))) == nil)
    }

    @Test func nothingIsBehindItsEnd() {
        #expect(PartyCover(Data(jpeg() + [0])) == nil)
        #expect(PartyCover(Data(jpeg() + jpeg())) == nil)
    }

    @Test func everyBeginningIsRefused() {
        let whole = jpeg()
        for count in 0..<whole.count { #expect(PartyCover(Data(whole.prefix(count))) == nil) }
    }

    @Test func anyBytesAreRead() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = jpeg()
            for _ in 0..<Int.random(in: 1...4) {
                bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: .min ... .max, using: &generator)
            }
            _ = PartyCover(Data(bytes))
        }
    }

    @Test func aPartyKeepsTheLatest() throws {
        let covers = PartyCovers()
        var paths: [String] = []
        for number in 0..<40 {
            let cover = try #require(PartyCover(Data(jpeg(scan: [UInt8(number)]))))
            covers.store(cover, trackId: "\(number)")
            paths.append(cover.hash)
        }
        #expect(covers.jpeg(hash: paths[7]) == nil && covers.path(forTrack: "7") == nil)
        #expect(covers.jpeg(hash: paths[8]) != nil && covers.path(forTrack: "39") == "/api/party/cover/" + paths[39])
        covers.removeAll()
        #expect(covers.jpeg(hash: paths[39]) == nil)
    }
}
