/// Whole transports, with OpenSSL and libsrtp2 behind them: sequences of datagrams and time, in a simulated server of their own.
import RTP
import TestSupport
import WebRTC

/// What a handshake meets before any key is known: records of any shape from the peer's own, proved address.
func fuzzDtls(_ bytes: UnsafeRawBufferPointer) throws {
    var input = InputBytes(bytes)
    let server = try SimulatedServer()
    let role: RemotePeer.DtlsRole = input.byte() & 1 == 0 ? .client : .server
    let pair = server.add(TestPeer(dtlsRole: role))
    pair.isAlive = false
    pair.peer.sendCheck()
    server.link.loses = { direction, _ in direction == .toPeer }  // nobody answers in its place
    server.deliver()
    var waits = 0
    while !input.isEmpty {
        var record = input.piece()
        // Only these bytes reach OpenSSL.
        if let first = record.first { record[0] = 20 + first % 44 }
        server.inject(record, as: pair)
        if input.byte() & 3 == 3, waits < 40 {  // 12 s: a handshake has 15
            waits += 1
            server.run(for: .milliseconds(300))
        }
    }
    precondition(pair.transport.state == .connecting, "records without keys have ended or completed a handshake")
}

/// A running party under fire: forged, cut, changed and replayed datagrams, and what only a host or listener who has the keys can send.
func fuzzTransport(_ bytes: UnsafeRawBufferPointer) throws {
    var input = InputBytes(bytes)
    let server = try SimulatedServer()
    var recorded: [[UInt8]] = []
    server.link.loses = { _, datagram in
        if recorded.count < 64 { recorded.append(datagram) }
        return false
    }
    // A host that may send RED, a listener that takes it, and one that does not.
    let host = server.add(TestPeer())
    host.transport.produce(ProducerParameters(payloadType: 111, redPayloadType: 63, ssrc: 1_000), to: server.router)
    let listener = server.addListener(TestPeer(), ConsumerParameters(payloadType: 109, redPayloadType: 110, ssrc: 5_001))
    let plainListener = server.addListener(TestPeer(), ConsumerParameters(payloadType: 111, ssrc: 5_002))
    server.connectAll()
    var source = TestSource()
    server.speak(host, &source, count: 2)
    server.link = LossyLink()
    precondition(host.isConnected && listener.isConnected && plainListener.isConnected, "the fuzzer's own party does not begin")

    var hostHasSpoken = false
    var operations = 0
    while !input.isEmpty, operations < 64 {
        operations += 1
        let operation = input.byte()
        let pair = operation & 0x80 == 0 ? host : listener
        switch operation % 8 {
        case 0: server.inject(input.piece(), as: pair)
        case 1: server.inject(input.piece(), as: pair, from: SocketAddress(ipv4: 0xC633_6401, port: UInt16(operation)))
        case 2:  // a datagram of one of the two, changed in one byte and perhaps cut
            var datagram = recorded[Int(input.byte()) % recorded.count]
            let index = (Int(input.byte()) << 8 | Int(input.byte())) % datagram.count
            datagram[index] ^= input.byte()
            server.inject(Array(datagram.dropLast(Int(input.byte() & 0x0F))), as: pair)
        case 3, 4:  // an authentic packet of the host's source, of any shape behind its numbers
            let piece = input.piece()
            guard piece.count >= 12 else { break }
            var packet = piece
            packet[0] = 0x80 | packet[0] & 0x3F
            if operation % 8 == 3 {
                packet[1] = packet[1] & 1 == 0 ? 111 : 63
                packet.replaceSubrange(8..<12, with: [0, 0, 3, 0xE8])
            }
            hostHasSpoken = true
            if let sealed = host.peer.srtp?.sealRtp(packet) { server.inject(sealed, as: host) }
        case 5:
            var packet = input.piece()
            guard packet.count >= 8 else { break }
            packet[0] = 0x80 | packet[0] & 0x3F
            packet[1] = 192 + packet[1] % 32
            if let sealed = pair.peer.srtp?.sealRtcp(packet) { server.inject(sealed, as: pair) }
        case 6: pair.peer.sendNack([UInt16(input.byte()), UInt16(input.byte()) << 8], mediaSsrc: UInt32(input.byte()) + 5_000)
        default: server.run(for: .milliseconds(10 * Int(input.byte())))
        }
        server.deliver()
    }
    let states = [host, listener, plainListener].map(\.transport.state)
    precondition(states == [.connected, .connected, .connected], "a stranger has ended a transport")
    guard !hostHasSpoken else { return }
    listener.peer.clearReceived()
    server.speak(host, &source, count: 3)
    precondition(listener.peer.received.count == 3, "a stranger has silenced the host")
}
