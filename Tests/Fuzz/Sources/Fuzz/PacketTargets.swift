/// Parsers of single packets: everything that can be read is read, and what we write again must read the same.
import RTP
import WebRTC

func fuzzStun(_ bytes: UnsafeRawBufferPointer) {
    let view = ByteView(bytes)
    _ = IceUfrag(ofRequest: bytes)
    guard let message = StunMessage(view) else { return }
    _ = message.ufrags
    _ = message.hasIntegrity { covered, sent in
        precondition(covered.count < view.count && sent.count == 20, "MESSAGE-INTEGRITY covers what is before it")
        return false
    }
    // What is known of a whole message must be found in one that is looked up by its name, too.
    if message.username != nil { precondition(StunMessage.username(of: view) != nil, "a USERNAME is lost") }
}

func fuzzRtp(_ bytes: UnsafeRawBufferPointer) {
    let view = ByteView(bytes)
    guard let packet = RtpPacket(view) else { return }
    precondition(RtpPacket.ssrc(of: view) == packet.ssrc, "two readings of one SSRC")
    precondition(packet.payload.count + RtpPacket.minimumHeaderBytes <= view.count, "a payload larger than its packet")
    for id in [0, 1, 2, 14, 15, 16, 255] as [UInt8] {
        guard let element = packet.headerExtension?.element(id) else { continue }
        precondition(id > 0 && element.count <= view.count, "an element larger than its packet")
        _ = element.array
    }
    _ = packet.payload.array
    _ = SequenceNumber.widen(packet.sequenceNumber, near: Int64(packet.timestamp) << 31)
}

func fuzzRtcp(_ bytes: UnsafeRawBufferPointer) {
    guard let compound = RtcpCompoundPacket(ByteView(bytes)) else { return }
    var written: [UInt8] = []
    var count = 0
    for packet in compound.packets {
        switch packet {
        case .senderReport(let report): report.append(to: &written)
        case .receiverReport(let report): report.append(to: &written)
        case .goodbye(let goodbye): goodbye.append(to: &written)
        case .transportLayerNack(let nack): nack.append(to: &written)
        case .extendedReport(let report): report.append(to: &written)
        case .sourceDescription, .other: continue
        }
        count += 1
    }
    guard count > 0 else { return }
    let again = written.withByteView { RtcpCompoundPacket($0) }
    precondition(again?.packets.count == count, "what we write of it cannot be read")
}

func fuzzRed(_ bytes: UnsafeRawBufferPointer) {
    let view = ByteView(bytes)
    guard let red = RedPayload(view) else { return }
    precondition(red.redundantCount <= RedPayload.maximumRedundantBlocks && red.primaryOffset < view.count, "a primary block outside")
    guard let primary = view.suffix(from: red.primaryOffset) else { fatalError("a primary block outside") }
    var copy = view.array
    copy.withUnsafeMutableBytes { memory in
        guard let base = memory.baseAddress else { return }
        RedPayload.rewrite(base, redundantCount: red.redundantCount, payloadType: 96)
    }
    guard let again = copy.withByteView({ RedPayload($0) }) else { fatalError("what was rewritten cannot be read") }
    precondition(
        again.isUniform && again.primaryPayloadType == 96 && again.redundantCount == red.redundantCount
            && copy.withByteView { $0.suffix(from: again.primaryOffset)?.array } == primary.array, "a rewritten payload has lost something")
}

/// A stream in pieces of any size gives the packets that it gives in pieces of one byte.
func fuzzFrames(_ bytes: UnsafeRawBufferPointer) {
    var input = InputBytes(bytes)
    let pieceBytes = 1 + Int(input.byte())
    let stream = bytes.dropFirst()
    precondition(frames(stream, pieceBytes: pieceBytes) == frames(stream, pieceBytes: 1), "a packet depends on how it came")
}

private func frames(_ stream: UnsafeRawBufferPointer.SubSequence, pieceBytes: Int) -> [[UInt8]] {
    var buffer = FrameBuffer()
    var frames: [[UInt8]] = []
    var rest = stream
    while !rest.isEmpty, !buffer.isBroken {
        let space = buffer.space()
        precondition(!space.isEmpty, "no room, although every packet has been taken")
        let piece = rest.prefix(min(pieceBytes, space.count))
        space.copyBytes(from: piece)
        buffer.received(piece.count)
        rest = rest.dropFirst(piece.count)
        while let frame = buffer.next() { frames.append(Array(frame)) }
    }
    return frames
}
