/// What a packet's path reads and writes of one listener: plain bits side by side, a few cache lines. `Consumer` owns it, `Router` goes
/// through all of them for each packet, and nothing here allocates, counts references, locks, logs or waits.
import RTP

struct RtpSendStream {
    /// Where it goes and with which key; nil while the listener cannot be sent to. Borrowed from its `SrtpSession`.
    var target: (path: IcePath, cipher: SrtpCipher)?
    var isPaused: Bool
    /// By the listener's own reports (`RedundancyTrigger`).
    var wantsRedundancy = false
    private(set) var packetsSent: UInt64 = 0
    private(set) var payloadOctets: UInt32 = 0
    private(set) var numbering = ConsumerNumbering()
    /// For which of the last packets redundancy was on. What is sent again has to be the same.
    private var hadRedundancy = RecentFlags()
    private let ssrc: UInt32
    private let payloadType: UInt8
    private let redPayloadType: UInt8?
    private let header: RtpHeaderTemplate

    init(_ parameters: ConsumerParameters, paused: Bool) {
        ssrc = parameters.ssrc
        payloadType = parameters.payloadType
        redPayloadType = parameters.redPayloadType
        header = RtpHeaderTemplate(parameters)
        isPaused = paused
    }

    mutating func resume() {
        guard isPaused else { return }
        isPaused = false
        numbering.resume()
    }

    /// Writes the packet under this listener's numbers into the arena. False when it is not sent.
    @inline(__always)
    mutating func forward(_ packet: TimelinePacket, _ ring: RetransmissionBuffer, _ context: MediaContext) -> Bool {
        guard !isPaused, target != nil else { return false }
        guard let sequence = numbering.number(of: packet.sequence) else {
            context.drops.count(.rtpBeforeConsumer)
            return false
        }
        if redPayloadType != nil { hadRedundancy[packet.sequence] = wantsRedundancy }
        send(packet, sequence, ring, context.outgoing)
        packetsSent &+= 1
        return true
    }

    /// Sends it, for the first time or again: the identical packet each time, for a nonce must never cover two different ones.
    @inline(__always)
    mutating func send(_ packet: TimelinePacket, _ sequence: Int64, _ ring: RetransmissionBuffer, _ outgoing: OutgoingDatagrams) {
        guard let target else { return }
        let form = form(of: packet)
        let slot = outgoing.next(to: target.path.peer, from: target.path.local)
        let raw = slot.pointee.bytes
        let head = header.write(
            to: raw, payloadType: form == .opus ? payloadType : redPayloadType ?? payloadType, packet, UInt16(truncatingIfNeeded: sequence))
        let count: Int
        switch form {
        case .opus:
            count = packet.primaryCount
            (raw + head).copyMemory(from: packet.payload + packet.primaryOffset, byteCount: count)
        case .hostsRed:
            count = packet.payloadCount
            (raw + head).copyMemory(from: packet.payload, byteCount: count)
            RedPayload.rewrite(raw + head, redundantCount: packet.redundantCount, payloadType: payloadType)
        case .ownRed: count = ring.writeRed(packet, payloadType: payloadType, to: raw + head)
        }
        slot.pointee.count = target.cipher.sealRtp(
            raw.assumingMemoryBound(to: UInt8.self), header: head, count: head + count, ssrc: ssrc, index: sequence)
        payloadOctets &+= UInt32(truncatingIfNeeded: count)
    }

    /// How a packet looks for this listener: whenever it is asked, the same for one packet. A host's RED goes to whoever loses packets, and
    /// to all others where it repeats what was lost before it came here; else it would only cost them twice the bits.
    private enum Form { case opus, hostsRed, ownRed }

    @inline(__always)
    private func form(of packet: TimelinePacket) -> Form {
        guard redPayloadType != nil, packet.repeatsMissing || hadRedundancy[packet.sequence] else { return .opus }
        if packet.isRed { return .hostsRed }
        return packet.redundancy != nil ? .ownRed : .opus
    }

    /// Whether the packet can be made again as it was.
    func canRepeat(_ packet: TimelinePacket, _ ring: RetransmissionBuffer) -> Bool {
        form(of: packet) != .ownRed || ring.keepsRedundancy(of: packet)
    }
}

/// The RTP header of one listener's packets (RFC 3550 §5.1) with its extension in the one-byte form (RFC 8285 §4.2): MID, then two bytes
/// for the level, padded to whole words. All but sequence number, timestamp, marker, payload type and level is the same each time.
struct RtpHeaderTemplate {
    /// The fixed header, 4 bytes of extension header, MID and its element head, the level's 2 bytes: 35, in whole words.
    static let maximumBytes = 40
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    private let count: Int
    /// Where the level's element begins, and its first byte; 0 when none was negotiated.
    private let audioLevelOffset: Int
    private let audioLevelHead: UInt8

    init(_ parameters: ConsumerParameters) {
        var elements: [UInt8] = []
        if let id = parameters.midExtensionId, let mid = parameters.mid, 1...16 ~= mid.utf8.count {
            elements += [Self.elementHead(id, mid.utf8.count)] + Array(mid.utf8)
        }
        let levelOffset = RtpPacket.minimumHeaderBytes + 4 + elements.count
        if let id = parameters.audioLevelExtensionId {
            (audioLevelOffset, audioLevelHead) = (levelOffset, Self.elementHead(id, 1))
            elements += [0, 0]
        } else {
            (audioLevelOffset, audioLevelHead) = (0, 0)
        }
        elements += [UInt8](repeating: 0, count: -elements.count & 3)
        var bytes: [UInt8] = [elements.isEmpty ? 0x80 : 0x90, 0, 0, 0, 0, 0, 0, 0]
        bytes.append(bigEndian: parameters.ssrc)
        if !elements.isEmpty {
            bytes += [0xBE, 0xDE]
            bytes.append(bigEndian: UInt16(elements.count / 4))
            bytes += elements
        }
        count = bytes.count
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    private static func elementHead(_ id: UInt8, _ count: Int) -> UInt8 { id << 4 | UInt8(truncatingIfNeeded: count - 1) & 0x0F }

    /// - Parameter raw: room for `maximumBytes`.
    /// - Returns: the header's length.
    @inline(__always)
    func write(to raw: UnsafeMutableRawPointer, payloadType: UInt8, _ packet: TimelinePacket, _ sequenceNumber: UInt16) -> Int {
        raw.storeBytes(of: words, as: (UInt64, UInt64, UInt64, UInt64, UInt64).self)
        raw.storeBytes(of: payloadType | (packet.marker ? 0x80 : 0), toByteOffset: 1, as: UInt8.self)
        raw.storeBytes(of: sequenceNumber.bigEndian, toByteOffset: 2, as: UInt16.self)
        raw.storeBytes(of: packet.timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        // Two bytes of padding stay when the host sent no level with this packet.
        if audioLevelOffset > 0, let level = packet.audioLevel {
            raw.storeBytes(of: audioLevelHead, toByteOffset: audioLevelOffset, as: UInt8.self)
            raw.storeBytes(of: level, toByteOffset: audioLevelOffset + 1, as: UInt8.self)
        }
        return count
    }
}
