/// RED as RFC 2198 §3 and §4 have it, and everything that only looks like it.
import RTP
import TestSupport
import Testing

@Suite struct RedPayloadTests {
    /// Two earlier blocks of 2 and 3 bytes, and a primary one of 4.
    static let payload: [UInt8] = [
        0x80 | 111, 0x1E, 0x00, 0x02, 0x80 | 111, 0x0F, 0x00, 0x03, 111, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]

    func read(_ bytes: [UInt8]) -> RedPayload? { bytes.withByteView { RedPayload($0) } }

    @Test func earlierBlocksThenThePrimary() throws {
        let red = try #require(read(Self.payload))
        #expect(red.redundantCount == 2 && red.primaryOffset == 14 && red.primaryPayloadType == 111 && red.isUniform)
        #expect(Self.payload[0...3].elementsEqual(header(1_920, 2)) && Self.payload[4...7].elementsEqual(header(960, 3)))
    }

    func header(_ timestampOffset: UInt32, _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: RedPayload.redundantHeader(payloadType: 111, timestampOffset: timestampOffset, blockBytes: count))
        return bytes
    }

    @Test func thePrimaryAlone() throws {
        let red = try #require(read([96, 5]))
        #expect(red.redundantCount == 0 && red.primaryOffset == 1 && red.primaryPayloadType == 96)
    }

    @Test func emptyBlocksAreAllowedAnEmptyPrimaryIsNot() {
        #expect(read([0x80 | 111, 0, 0, 0, 111, 7])?.primaryOffset == 5)
        #expect(read([111]) == nil && read([0x80 | 111, 0, 0, 1, 111, 7]) == nil && read([]) == nil)
    }

    @Test func blocksOfOtherCodecsAreSeen() {
        var mixed = Self.payload
        mixed[4] = 0x80 | 13
        #expect(read(mixed)?.isUniform == false)
        mixed = Self.payload
        mixed[8] = 13
        #expect(read(mixed)?.isUniform == false && read(mixed)?.primaryPayloadType == 13)
    }

    @Test func noMoreBlocksThanAnyoneSends() {
        func blocks(_ count: Int) -> [UInt8] { (0..<count).flatMap { _ in [0x80 | 111, 0, 0, 0] as [UInt8] } + [111, 1] }
        #expect(read(blocks(RedPayload.maximumRedundantBlocks))?.redundantCount == RedPayload.maximumRedundantBlocks)
        #expect(read(blocks(RedPayload.maximumRedundantBlocks + 1)) == nil)
    }

    @Test func everyBlockGetsAnotherPayloadType() throws {
        var bytes = Self.payload
        bytes.withUnsafeMutableBytes { raw in
            if let base = raw.baseAddress { RedPayload.rewrite(base, redundantCount: 2, payloadType: 109) }
        }
        let red = try #require(read(bytes))
        #expect(red.primaryPayloadType == 109 && red.isUniform && red.primaryOffset == 14)
        #expect(bytes.enumerated().allSatisfy { $0.element == Self.payload[$0.offset] || [0, 4, 8].contains($0.offset) })
    }

    @Test func everyTruncation() {
        for count in 0..<Self.payload.count {
            let red = read(Array(Self.payload.prefix(count)))
            #expect(red == nil || count > 14, "the primary takes what is left")
        }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func randomBytes(_ seed: UInt64) {
        var random = SeededRandom(seed)
        var understood = 0
        for _ in 0..<30_000 {
            var bytes = random.bytes(Int.random(in: 0...64, using: &random))
            // Short blocks, so that some of them fit.
            if bytes.count > 3, random.next() % 2 == 0 { bytes[2] &= 0xFC }
            guard let red = read(bytes) else { continue }
            understood += 1
            #expect(red.primaryOffset < bytes.count && red.redundantCount <= RedPayload.maximumRedundantBlocks)
            #expect(red.primaryOffset >= RedPayload.headerBytes(redundantCount: red.redundantCount))
        }
        #expect(understood > 5_000)
    }
}
