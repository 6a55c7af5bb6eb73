/// Test vectors of RFC 3711 and RFC 7714, and libsrtp2 as the oracle for all that they do not cover.
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite struct SrtpVectorTests {
    /// RFC 3711 B.3.
    @Test func keyDerivation() {
        let master = [UInt8](hex: "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6")
        let keys = SrtpSessionKeys(.aes128CmHmacSha1Tag80, master: master, .rtp)
        #expect(keys.key == [UInt8](hex: "C61E7A93744F39EE10734AFE3FF7A087"))
        #expect(keys.salt == [UInt8](hex: "30CBBC08863D8C85D49DB34A9AE1"))
        #expect(keys.authentication == [UInt8](hex: "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"))
    }

    /// RFC 3711 B.2: the keystream is what zeros are encrypted to. Its SSRC and index are 0.
    @Test func counterMode() {
        let keys = SrtpSessionKeys(
            key: [UInt8](hex: "2B7E151628AED2A6ABF7158809CF4F3C"), salt: [UInt8](hex: "F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
            authentication: [UInt8](repeating: 0, count: 20))
        var bytes = [UInt8](repeating: 0, count: 48)
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let cipher = SrtpCipher(.aes128CmHmacSha1Tag80, keys, .seal)
            defer { cipher.free() }
            cipher.applyCounterMode(base, header: 0, count: 48, ssrc: 0, index: 0)
        }
        #expect(
            bytes
                == [UInt8](hex: "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"))
    }

    /// RFC 7714 §16.1.1 and §16.2.1.
    @Test(arguments: [
        (
            SrtpProfile.aeadAes128Gcm, "000102030405060708090a0b0c0d0e0f",
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
        ),
        (
            .aeadAes256Gcm, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"
        ),
    ])
    func aead(_ profile: SrtpProfile, _ key: String, _ sealed: String) {
        let header = [UInt8](hex: "8040f17b 8041f8d3 5501a0b2")
        let plain = Array("Gallia est omnis divisa in partes tres".utf8)
        let keys = SrtpSessionKeys(key: [UInt8](hex: key), salt: [UInt8](hex: "51756964 2070726f 2071756f"))
        var packet = header + plain + [UInt8](repeating: 0, count: 16)
        packet.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let cipher = SrtpCipher(profile, keys, .seal)
            defer { cipher.free() }
            cipher.sealAead(base, header: 12, count: 12 + plain.count, ssrc: 0x5501_a0b2, index: 0xf17b, trailer: nil)
        }
        #expect(packet == header + [UInt8](hex: sealed))
    }
}

@Suite struct SrtpAgainstLibSrtpTests {
    let ours: SrtpSession
    let oracle: TestSrtpEndpoint
    /// Seals with our own keys.
    let twin: TestSrtpEndpoint

    private static func keys(_ profile: SrtpProfile) -> SrtpMasterKeys {
        var random = SeededRandom(UInt64(profile.rawValue))
        return SrtpMasterKeys(profile, exported: random.bytes(SrtpMasterKeys.exportedBytes(profile)), isServer: true)
    }

    private static func make(_ profile: SrtpProfile) -> (SrtpSession, oracle: TestSrtpEndpoint, twin: TestSrtpEndpoint) {
        let keys = keys(profile)
        return (
            SrtpSession(keys), TestSrtpEndpoint(profile, inbound: keys.local, outbound: keys.remote),
            TestSrtpEndpoint(profile, inbound: keys.remote, outbound: keys.local)
        )
    }

    init() { (ours, oracle, twin) = Self.make(.aeadAes128Gcm) }

    private static func sealed(_ packet: [UInt8], _ seal: (UnsafeMutablePointer<UInt8>, Int) -> Int) -> [UInt8] {
        var buffer = packet + [UInt8](repeating: 0, count: SrtpSession.maximumOverheadBytes)
        let count = buffer.withUnsafeMutableBufferPointer { pointer in pointer.baseAddress.map { seal($0, packet.count) } ?? 0 }
        return Array(buffer.prefix(count))
    }

    private static func opened(_ packet: [UInt8], _ open: (UnsafeMutableRawBufferPointer) -> SrtpSession.Opened) -> [UInt8]? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(packet.count, 1), alignment: 16)
        defer { memory.deallocate() }
        memory.copyBytes(from: packet)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<packet.count])
        if case .bytes(let count) = open(bytes) { return Array(bytes.prefix(count)) }
        return nil
    }

    private static func rtp(_ sequence: Int64, _ payload: [UInt8]) -> [UInt8] {
        var packet: [UInt8] = [0x80, 111]
        packet.append(bigEndian: UInt16(truncatingIfNeeded: sequence))
        packet.append(bigEndian: UInt32(truncatingIfNeeded: sequence * 960))
        packet.append(bigEndian: 0xCAFE_F00D as UInt32)
        return packet + payload
    }

    /// libsrtp2 counts for each SSRC, so these have the same one.
    private static func rtcp(_ count: Int, ssrc: UInt32 = 7) -> [UInt8] {
        var bytes: [UInt8] = []
        ReceiverReport(ssrc: ssrc, blocks: []).append(to: &bytes)
        SourceDescription(chunks: [.init(ssrc: 1, cname: String(repeating: "x", count: count % 50))]).append(to: &bytes)
        return bytes
    }

    /// Across two roll-overs of the sequence number, as libsrtp2 counts them itself.
    @Test(arguments: SrtpProfile.allCases)
    func rtpIsByteIdentical(_ profile: SrtpProfile) {
        let (ours, oracle, twin) = Self.make(profile)
        var random = SeededRandom(4)
        var differences = 0
        var unopened = 0
        for sequence in stride(from: Int64(32_000), to: 3 * 65_536, by: 97) {
            let packet = Self.rtp(sequence, random.bytes(Int(sequence % 300)))
            let sealed = Self.sealed(packet) { ours.rtpOut.sealRtp($0, header: 12, count: $1, ssrc: 0xCAFE_F00D, index: sequence) }
            if sealed != twin.sealRtp(packet) { differences += 1 }
            if oracle.openRtp(sealed) != packet { unopened += 1 }
        }
        #expect(differences == 0 && unopened == 0)
    }

    @Test(arguments: SrtpProfile.allCases)
    func rtcpIsByteIdentical(_ profile: SrtpProfile) {
        let (ours, oracle, twin) = Self.make(profile)
        for count in 0..<500 {
            let packet = Self.rtcp(count)
            let sealed = Self.sealed(packet) { ours.sealRtcp($0, count: $1, ssrc: 7) }
            #expect(sealed == twin.sealRtcp(packet))
            #expect(oracle.openRtcp(sealed) == packet)
        }
    }

    @Test(arguments: SrtpProfile.allCases)
    func whatLibSrtpSealsIsOpenedOnce(_ profile: SrtpProfile) throws {
        let (ours, oracle, _) = Self.make(profile)
        for count in 0..<200 {
            let packet = Self.rtcp(count)
            let sealed = try #require(oracle.sealRtcp(packet))
            var changed = sealed
            changed[count % sealed.count] ^= 0x40
            #expect(Self.opened(changed, ours.openRtcp) == nil, "a changed byte")
            #expect(Self.opened(sealed, ours.openRtcp) == packet)
            #expect(Self.opened(sealed, ours.openRtcp) == nil, "a replay")
            let media = Self.rtp(Int64(65_400 + count), packet)
            let sealedMedia = try #require(oracle.sealRtp(media))
            #expect(Self.opened(sealedMedia) { ours.openRtp($0, ssrc: 0xCAFE_F00D) } == media)
            #expect(Self.opened(sealedMedia) { ours.openRtp($0, ssrc: 0xCAFE_F00D) } == nil, "a replay")
        }
    }

    /// A host reports from its media's SSRC and, as a receiver, from another; each has its own index (RFC 3711 §3.2.3).
    @Test func rtcpOfSeveralSourcesIsCountedForEach() throws {
        for round in 0..<3 {
            for ssrc in 1...20 as ClosedRange<UInt32> {
                let packet = Self.rtcp(round, ssrc: ssrc)
                let sealed = try #require(oracle.sealRtcp(packet))
                #expect(Self.opened(sealed, ours.openRtcp) == (ssrc <= 8 ? packet : nil), "but only for so many")
                #expect(Self.opened(sealed, ours.openRtcp) == nil, "a replay")
            }
        }
    }

    @Test(arguments: SrtpProfile.allCases)
    func shortPacketsAreDroppedBeforeAnyCrypto(_ profile: SrtpProfile) {
        let (ours, _, _) = Self.make(profile)
        for count in 0..<60 {
            let bytes = [UInt8](repeating: 0x80, count: count)
            #expect(Self.opened(bytes) { ours.openRtp($0, ssrc: 0xCAFE_F00D) } == nil && Self.opened(bytes, ours.openRtcp) == nil)
        }
    }
}

@Suite struct ReplayWindowTests {
    @Test func eachIndexOnce() {
        var window = ReplayWindow()
        for index in [1, 2, 5, 4, 100, 37, 99] as [UInt32] {
            #expect(window.allows(index))
            window.commit(index)
            #expect(!window.allows(index))
        }
        #expect(!window.allows(36), "64 behind is too old")
        #expect(window.allows(38) && window.allows(98))
        window.commit(0x7FFF_FFFF)
        #expect(!window.allows(100) && window.allows(0x7FFF_FFFE))
    }
}
