/// What a host sends in tests: numbered packets of 20 ms.

/// A host's numbering.
public struct TestSource {
    public var sequenceNumber: UInt16
    public var timestamp: UInt32
    public let ssrc: UInt32
    public let payloadType: UInt8
    public private(set) var sent = 0

    public init(ssrc: UInt32 = 1_000, payloadType: UInt8 = 111, sequenceNumber: UInt16 = 65_500, timestamp: UInt32 = 0xFFFF_F000) {
        self.ssrc = ssrc
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
    }

    /// Each packet's payload is different: its number, and filler.
    public mutating func send(by peer: TestPeer, extensions: [(id: UInt8, value: [UInt8])] = []) {
        var payload: [UInt8] = []
        payload.append(bigEndian: UInt32(truncatingIfNeeded: sent))
        payload.append(bigEndian: ssrc)
        payload += [UInt8](repeating: 0x5A, count: 152)
        peer.sendRtp(
            payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc, payload: payload,
            extensions: extensions)
        sent += 1
        skip(1)
    }

    /// Goes on without sending.
    public mutating func skip(_ packets: Int) {
        sequenceNumber &+= UInt16(truncatingIfNeeded: packets)
        timestamp &+= UInt32(truncatingIfNeeded: packets * 960)
    }
}
