/// Each protection profile, negotiated and used from end to end, in both directions.
import TestSupport
import Testing

@testable import WebRTC

@Suite struct SrtpProfilesTests {
    @Test(arguments: [
        ("SRTP_AEAD_AES_128_GCM", SrtpProfile.aeadAes128Gcm), ("SRTP_AEAD_AES_256_GCM", .aeadAes256Gcm),
        ("SRTP_AES128_CM_SHA1_80", .aes128CmHmacSha1Tag80),
        // Our order counts, not the client's.
        (
            "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM",
            Aes256Gcm.isAvailable ? .aeadAes256Gcm : .aeadAes128Gcm
        ),
        ("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM", .aeadAes256Gcm),
    ])
    func negotiated(_ offered: String, _ expected: SrtpProfile) throws {
        let server = try SimulatedServer()
        let host = server.addHost(TestPeer(profiles: offered))
        let listener = server.addListener(TestPeer(profiles: offered))
        server.connectAll()
        #expect(host.transport.srtpProfile == expected && listener.transport.srtpProfile == expected)
        var source = TestSource()
        server.speak(host, &source, count: 400)
        #expect(listener.peer.received.count == 400 && listener.peer.refused == 0)
        #expect(!listener.peer.receivedRtcp.isEmpty && !host.peer.receivedRtcp.isEmpty, "reports to both")
        listener.peer.sendReceiverReport()
        host.peer.sendReceiverReport()
        server.deliver()
        #expect(server.context.counters.rtcpReceived == 2)
        #expect(server.context.drops.total == 0)
    }
}
