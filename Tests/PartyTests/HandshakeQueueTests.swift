import RTP
import Testing

@testable import Party

@Suite struct HandshakeQueueTests {
    private func append(_ byte: UInt8, from port: UInt16, to queue: inout HandshakeQueue) -> Bool {
        let peer = SocketAddress(ipv6High: 0, low: 1, port: port)
        return [byte].withUnsafeBytes { queue.append($0, from: peer, to: peer) }
    }

    @Test func whatCameFirstGoesFirst() {
        var queue = HandshakeQueue()
        #expect(queue.isEmpty && queue.takeFirst() == nil)
        var taken: [UInt8] = []
        for number in 0..<5_000 {
            #expect(append(UInt8(truncatingIfNeeded: number), from: UInt16(number), to: &queue))
            if number % 5 != 0 { taken += queue.takeFirst()?.bytes ?? [] }
        }
        while let datagram = queue.takeFirst() { taken += datagram.bytes }
        #expect(taken == (0..<5_000).map { UInt8(truncatingIfNeeded: $0) })
        #expect(queue.isEmpty)
    }

    @Test func thereIsAnEndToIt() {
        var queue = HandshakeQueue()
        for port in 0..<UInt16(HandshakeQueue.capacity) { #expect(append(0, from: port, to: &queue)) }
        #expect(!append(1, from: 5_000, to: &queue))
        _ = queue.takeFirst()
        #expect(append(1, from: 5_000, to: &queue))
    }

    /// One that sends without end takes nobody else's turn.
    @Test func onePeerHasAShare() {
        var queue = HandshakeQueue()
        for number in 0..<2_000 { #expect(append(0, from: 1, to: &queue) == (number < HandshakeQueue.capacityPerPeer)) }
        #expect(append(1, from: 2, to: &queue))
        _ = queue.takeFirst()
        #expect(append(0, from: 1, to: &queue) && !append(0, from: 1, to: &queue))
        while queue.takeFirst() != nil {}
        #expect(append(0, from: 1, to: &queue))
    }

    /// A crowd's ClientHellos wait until those whose handshake has begun are through.
    @Test func whoHasBegunGoesFirst() {
        let clientHello: [UInt8] = [22] + Array(repeating: 0, count: 12) + [1, 0, 0]
        var queue = HandshakeQueue()
        let peer = SocketAddress(ipv6High: 0, low: 1, port: 1)
        for number in 0..<3 as Range<UInt8> {
            #expect((clientHello + [number]).withUnsafeBytes { queue.append($0, from: peer, to: peer) })
            #expect(append(number, from: 2, to: &queue))
        }
        var taken: [UInt8] = []
        while let datagram = queue.takeFirst() { taken += datagram.bytes.suffix(1) }
        #expect(taken == [0, 1, 2, 0, 1, 2])
    }

    /// Somebody's noise looks like handshakes that go on.
    @Test func newcomersHaveTheirTurnAllTheSame() {
        let clientHello: [UInt8] = [22] + Array(repeating: 0, count: 12) + [1]
        var queue = HandshakeQueue()
        let newcomer = SocketAddress(ipv6High: 0, low: 1, port: 1)
        let noisy = SocketAddress(ipv6High: 0, low: 1, port: 2)
        for _ in 0..<3 { #expect(clientHello.withUnsafeBytes { queue.append($0, from: newcomer, to: newcomer) }) }
        let turns = HandshakeQueue.stepsBetweenBeginnings + 1
        for step in 1...3 * turns {
            #expect(append(20, from: 2, to: &queue))
            #expect(queue.takeFirst()?.peer == (step.isMultiple(of: turns) ? newcomer : noisy))
        }
    }

    /// However many come, the others' last flights find room.
    @Test func newcomersLeaveRoom() {
        let clientHello: [UInt8] = [22] + Array(repeating: 0, count: 12) + [1]
        var queue = HandshakeQueue()
        for port in 0..<UInt16(HandshakeQueue.capacity) + 10 {
            let peer = SocketAddress(ipv6High: 0, low: 1, port: port)
            #expect(clientHello.withUnsafeBytes { queue.append($0, from: peer, to: peer) } == (port < HandshakeQueue.capacity))
        }
        #expect(append(20, from: 5_000, to: &queue))
    }
}
