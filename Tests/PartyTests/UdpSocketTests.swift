import Glibc
import RTP
import Testing

@testable import Party

/// The real socket, on loopback.
@Suite(.serialized) struct UdpSocketTests {
    /// A machine with several addresses answers from the one that was asked, or ICE would refuse the answer.
    @Test(arguments: [("127.0.0.1", true), ("127.0.0.2", true), ("::1", true), ("127.0.0.1", false), ("127.0.0.2", false)])
    func answersFromTheAddressThatWasAsked(address: String, withIPv6: Bool) throws {
        let socket = try UdpSocket(port: 0, withIPv6: withIPv6)
        #expect(socket.hasIPv6 == withIPv6)
        let client = try Client(to: address, port: socket.port)
        client.send([1, 2, 3])

        let inbox = Batch()
        #expect(wait(for: socket.descriptor))
        #expect(socket.receive(into: inbox.datagrams, capacity: Batch.capacity) == 1)
        let datagram = inbox.datagrams[0]
        #expect(datagram.count == 3)
        #expect(SocketAddress(datagram.local, port: 0).addressBytes == (try #require(addressBytes(address))))
        #expect(SocketAddress(datagram.peer, port: datagram.port).family == (address.contains(":") ? .ipv6 : .ipv4))

        // The client's socket is connected, so the kernel shows it only what comes from the address that it asked.
        inbox.datagrams[1].peer = datagram.peer
        inbox.datagrams[1].port = datagram.port
        inbox.datagrams[1].local = datagram.local
        inbox.datagrams[1].bytes[0] = 9
        inbox.datagrams[1].count = 1
        #expect(socket.send(inbox.datagrams + 1, count: 1) == 0)
        #expect(wait(for: client.descriptor))
        #expect(client.receive() == [9])
    }

    @Test func aDatagramThatIsTooLongIsEmpty() throws {
        let socket = try UdpSocket(port: 0)
        let client = try Client(to: "127.0.0.1", port: socket.port)
        client.send([UInt8](repeating: 7, count: 5_000))
        client.send([8])
        let inbox = Batch()
        var received: [UInt32] = []
        while received.count < 2, wait(for: socket.descriptor) {
            let count = socket.receive(into: inbox.datagrams, capacity: Batch.capacity)
            received += (0..<count).map { inbox.datagrams[$0].count }
        }
        #expect(received == [0, 1])
    }

    @Test func whatTheKernelRefusesIsCountedAndTheRestGoes() throws {
        let socket = try UdpSocket(port: 0)
        let client = try Client(to: "127.0.0.1", port: socket.port)
        client.send([1])
        let batch = Batch()
        #expect(wait(for: socket.descriptor))
        #expect(socket.receive(into: batch.datagrams, capacity: 1) == 1)
        batch.datagrams[1] = batch.datagrams[0]
        // Port 0 is nobody's.
        batch.datagrams[0].port = 0
        #expect(socket.send(batch.datagrams, count: 2) == 1)
        #expect(wait(for: client.descriptor))
        #expect(client.receive() == [1])
    }

    // MARK: Plumbing

    private func wait(for descriptor: Int32) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, 5_000) == 1
    }

    private func addressBytes(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: text.contains(":") ? 16 : 4)
        return inet_pton(text.contains(":") ? AF_INET6 : AF_INET, text, &bytes) == 1 ? bytes : nil
    }

    /// Memory for a batch, as `MediaLoop` has it.
    private final class Batch {
        static let capacity = 4
        static let bytes = 2_048
        let datagrams = UdpSocket.makeBatch(capacity: capacity, bytes: bytes)

        deinit { UdpSocket.free(datagrams) }
    }

    /// An ordinary UDP client.
    private final class Client {
        let descriptor: Int32

        init(to address: String, port: UInt16) throws {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
            hints.ai_flags = AI_NUMERICHOST
            var found: UnsafeMutablePointer<addrinfo>?
            #expect(getaddrinfo(address, String(port), &hints, &found) == 0)
            defer { freeaddrinfo(found) }
            let info = try #require(found).pointee
            descriptor = socket(info.ai_family, info.ai_socktype, 0)
            #expect(connect(descriptor, info.ai_addr, info.ai_addrlen) == 0)
        }

        deinit { close(descriptor) }

        func send(_ bytes: [UInt8]) { #expect(Glibc.send(descriptor, bytes, bytes.count, 0) == bytes.count) }

        func receive() -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 2_048)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return Array(bytes.prefix(max(0, count)))
        }
    }
}
