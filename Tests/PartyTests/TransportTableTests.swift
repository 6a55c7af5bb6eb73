import RTP
import Testing
import WebRTC

@testable import Party

@Suite struct TransportTableTests {
    private let context: MediaContext

    init() throws {
        context = try MediaContext(
            certificate: Certificate(), outgoing: OutgoingDatagrams(capacity: 1) { $0.removeAll() },
            clock: NtpClock(sinceUnixEpoch: .zero, at: .now))
    }

    private func newTransport() -> Transport { Transport(credentials: IceCredentials(), context: context) }
    private func address(_ port: UInt16) -> SocketAddress { SocketAddress(ipv4: 0xC000_0201, port: port) }

    @Test func findsByUfragAndByAddress() {
        var table = TransportTable()
        let transport = newTransport()
        table.insert(transport)
        #expect(table[transport.credentials.ufrag] === transport)
        #expect(table[address(1)] == nil)
        table.assign(address(1), to: transport, replacing: nil)
        table.assign(address(2), to: transport, replacing: nil)
        #expect(table[address(1)] === transport)
        #expect(table[address(2)] === transport)
        table.remove(transport)
        #expect(table.isEmpty)
        #expect(table[transport.credentials.ufrag] == nil)
        #expect(table[address(1)] == nil)
        #expect(table[address(2)] == nil)
    }

    @Test func aMovedPeerGivesUpItsAddress() {
        var table = TransportTable()
        let transport = newTransport()
        table.insert(transport)
        table.assign(address(1), to: transport, replacing: nil)
        table.assign(address(2), to: transport, replacing: address(1))
        #expect(table[address(1)] == nil)
        #expect(table[address(2)] === transport)
    }

    @Test func anAddressBelongsToWhoeverProvedItLast() {
        var table = TransportTable()
        let (old, new) = (newTransport(), newTransport())
        table.insert(old)
        table.insert(new)
        table.assign(address(1), to: old, replacing: nil)
        table.assign(address(1), to: new, replacing: nil)
        #expect(table[address(1)] === new)
        // The old one's end must not take the address away from the new one.
        table.remove(old)
        #expect(table[address(1)] === new)
        #expect(table.count == 1)
    }

    @Test func aRemovedTransportGetsNoAddress() {
        var table = TransportTable()
        let transport = newTransport()
        table.assign(address(1), to: transport, replacing: nil)
        #expect(table[address(1)] == nil)
    }

    @Test func aRestartAddsAUfragAndTheNameStays() {
        var table = TransportTable()
        let transport = newTransport()
        let name = transport.credentials.ufrag
        table.insert(transport)
        #expect(table[ufrag: name] === transport)
        transport.connect(RemotePeer(iceUfrag: "peer", fingerprints: []), at: .now)
        let (first, second) = (IceCredentials(), IceCredentials())
        for new in [first, second] {
            transport.restartIce(new, remoteUfrag: "peer")
            table.updateUfrags(of: transport)
            #expect(table[ufrag: new.ufrag] === transport && table[ufrag: name] === transport)
            #expect(table[name] === transport)
        }
        #expect(table[ufrag: first.ufrag] == nil)
        table.remove(transport)
        #expect(table[ufrag: second.ufrag] == nil && table[ufrag: name] == nil)
    }

    @Test func anAddressThatHasEndedIsNobodys() {
        var table = TransportTable()
        let transport = newTransport()
        table.insert(transport)
        table.assign(address(1).over(connection: 20), to: transport, replacing: nil)
        table.assign(address(1), to: transport, replacing: nil)
        table.forget(address(1).over(connection: 20), of: transport)
        #expect(table[address(1).over(connection: 20)] == nil && table[address(1)] === transport)
        #expect(table.remove(transport) == [address(1)])
    }

    @Test(arguments: [
        SocketAddress(ipv4: 0x7F00_0001, port: 40_000), SocketAddress(ipv4: 0xFFFF_FFFF, port: 1),
        SocketAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 7, port: 65_535), SocketAddress(ipv6High: 0, low: 1, port: 9),
    ])
    func addressesSurviveTheKernelsForm(address: SocketAddress) {
        #expect(SocketAddress(address.linuxAddress, port: address.port) == address)
    }
}
