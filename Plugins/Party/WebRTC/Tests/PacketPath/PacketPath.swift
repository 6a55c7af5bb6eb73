/// A host's packets on their way to many listeners, for callgrind to count (Tests/PacketPath of the whole project): PacketPath LISTENERS
/// PACKETS PROFILES. Real handshakes and real packets; what comes out is thrown away. Prints how many packets left in `measured`.
import TestSupport
import WebRTC

@main
struct PacketPath {
    private static let usage = "PacketPath LISTENERS PACKETS SRTP_PROFILE_NAMES"
    /// Until everything that is made once has been made, and the ring has been written to once.
    private static let warmUp = 200

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let listeners = Int(arguments[1]), let packets = Int(arguments[2]), listeners > 0, packets > 0 else {
            print(usage)
            return
        }
        let server = try SimulatedServer(batch: 64)
        let host = server.addHost()
        for index in 0..<listeners {
            _ = server.addListener(
                TestPeer(profiles: arguments[3]),
                ConsumerParameters(payloadType: 111, ssrc: UInt32(5_000 + index), mid: "0", midExtensionId: 1))
        }
        server.connectAll()
        server.dropsEverything = true
        var source = TestSource()
        let sealed = (0..<warmUp + packets).compactMap { _ in
            source.send(by: host.peer)
            return host.peer.takeOutgoing().last
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_048, alignment: 64)
        defer { buffer.deallocate() }
        forward(sealed[..<warmUp], of: host, through: server, buffer)
        let before = server.context.counters.rtpForwarded
        measured(sealed[warmUp...], of: host, through: server, buffer)
        print(server.context.counters.rtpForwarded - before)
    }

    /// Its name is what callgrind looks for.
    @inline(never)
    private static func measured(
        _ packets: ArraySlice<[UInt8]>, of host: PeerPair, through server: SimulatedServer, _ buffer: UnsafeMutableRawBufferPointer
    ) {
        forward(packets, of: host, through: server, buffer)
    }

    private static func forward(
        _ packets: ArraySlice<[UInt8]>, of host: PeerPair, through server: SimulatedServer, _ buffer: UnsafeMutableRawBufferPointer
    ) {
        for packet in packets {
            buffer.copyBytes(from: packet)
            _ = host.transport.receive(
                UnsafeMutableRawBufferPointer(rebasing: buffer[..<packet.count]), from: host.address, to: SimulatedServer.local,
                at: server.clock.now)
        }
    }
}
