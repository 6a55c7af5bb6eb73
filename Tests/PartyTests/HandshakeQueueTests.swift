import RTP
import Testing

@testable import Party

@Suite struct HandshakeQueueTests {
    private let peer = SocketAddress(ipv6High: 0, low: 1, port: 1)

    private func append(_ byte: UInt8, to queue: inout HandshakeQueue) -> Bool {
        [byte].withUnsafeBytes { queue.append($0, from: peer, to: peer) }
    }

    @Test func whatCameFirstGoesFirst() {
        var queue = HandshakeQueue()
        #expect(queue.isEmpty && queue.takeFirst() == nil)
        var taken: [UInt8] = []
        for number in 0..<5_000 {
            #expect(append(UInt8(truncatingIfNeeded: number), to: &queue))
            if number % 5 != 0 { taken += queue.takeFirst()?.bytes ?? [] }
        }
        while let datagram = queue.takeFirst() { taken += datagram.bytes }
        #expect(taken == (0..<5_000).map { UInt8(truncatingIfNeeded: $0) })
        #expect(queue.isEmpty)
    }

    @Test func thereIsAnEndToIt() {
        var queue = HandshakeQueue()
        for _ in 0..<HandshakeQueue.capacity { #expect(append(0, to: &queue)) }
        #expect(!append(1, to: &queue))
        _ = queue.takeFirst()
        #expect(append(1, to: &queue))
    }
}
