import RTP
import TestSupport
import Testing

/// RFC 4571 framing, however the stream is cut.
@Suite struct FrameBufferTests {
    private static func framed(_ packets: [[UInt8]]) -> [UInt8] {
        packets.flatMap { [UInt8(truncatingIfNeeded: $0.count >> 8), UInt8(truncatingIfNeeded: $0.count)] + $0 }
    }

    /// Feeds `stream` in pieces; returns the packets and whether the stream is broken.
    private static func read(_ stream: [UInt8], piece: () -> Int) -> (packets: [[UInt8]], isBroken: Bool) {
        var buffer = FrameBuffer()
        var packets: [[UInt8]] = []
        var offset = 0
        while offset < stream.count, !buffer.isBroken {
            let space = buffer.space()
            let count = min(space.count, max(1, piece()), stream.count - offset)
            guard count > 0 else { break }
            space.copyBytes(from: stream[offset..<offset + count])
            buffer.received(count)
            offset += count
            while let packet = buffer.next() { packets.append([UInt8](packet)) }
        }
        return (packets, buffer.isBroken)
    }

    @Test(arguments: [1, 2, 3, 7, 100, 4_096])
    func packetsComeOutHoweverTheStreamIsCut(piece: Int) {
        let packets = [[1], [], [2, 3, 4], [UInt8](repeating: 5, count: FrameBuffer.maximumFrameBytes), [6]]
        let read = Self.read(Self.framed(packets)) { piece }
        #expect(read.packets == packets.filter { !$0.isEmpty })
        #expect(!read.isBroken)
    }

    @Test(arguments: 1...6)
    func aCutPacketIsNotAPacket(missing: Int) {
        let read = Self.read(Self.framed([[1, 2, 3, 4]]).dropLast(missing) + []) { 3 }
        #expect(read.packets.isEmpty && !read.isBroken)
    }

    @Test(arguments: [FrameBuffer.maximumFrameBytes + 1, 0xFFFF])
    func aPacketThatIsTooLongBreaksTheStream(length: Int) {
        let stream = Self.framed([[9]]) + [UInt8(length >> 8), UInt8(length & 0xFF)] + [UInt8](repeating: 0, count: 5_000)
        let read = Self.read(stream) { 1_000 }
        #expect(read.packets == [[9]])
        #expect(read.isBroken)
    }

    @Test func emptyPacketsAreSkippedInOneGo() {
        let read = Self.read([UInt8](repeating: 0, count: 100_000) + Self.framed([[7]])) { 2_050 }
        #expect(read.packets == [[7]])
    }

    @Test func randomStreamsNeverTrap() {
        var random = SeededRandom(4_571)
        for _ in 0..<200 {
            let stream = (0..<Int.random(in: 0...8_000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let read = Self.read(stream) { Int.random(in: 1...3_000, using: &random) }
            #expect(read.packets.allSatisfy { $0.count <= FrameBuffer.maximumFrameBytes })
        }
    }
}
