import CLinux
import Glibc
import RTP
import Testing

@testable import Party

/// The real listener and real connections, on loopback; only the clock is made up.
@Suite(.serialized) struct TcpConnectionsTests {
    private let listener: TcpListener
    private let epoll = CLinux_epollCreate()
    private let start = ContinuousClock.now

    init() throws { listener = try TcpListener(port: 0) }

    private func connections(_ change: (inout TcpConnections.Limits) -> Void = { _ in }) -> TcpConnections {
        var limits = TcpConnections.Limits()
        change(&limits)
        return TcpConnections(epoll: epoll, limits: limits)
    }

    /// A connection from 127.0.0.`host`, and our side of it, taken in by `connections`; nil where that was refused.
    private func connect(to connections: TcpConnections, host: UInt8 = 1) throws -> (Client, TcpConnection?) {
        let client = try Client(from: host, to: listener.port)
        #expect(ready(listener.descriptor))
        guard case .connection(let descriptor, let peer, let local) = listener.accept() else {
            Issue.record("nothing to accept")
            throw POSIXError(errno)
        }
        #expect(peer.ipv4 == 0x7F00_0000 | UInt32(host) && local == SocketAddress(ipv4: 0x7F00_0001, port: listener.port))
        return (client, connections.add(descriptor: descriptor, peer: peer, local: local, at: start))
    }

    // MARK: The port

    @Test(arguments: [1, 3])
    func twoServersNeverShareAPort(sockets: Int) throws {
        let first = try MediaPort(firstFreeOf: 21_000...21_999, sockets: sockets)
        #expect(first.sockets.count == sockets && first.sockets.allSatisfy { $0.port == first.number })
        #expect(throws: MediaPortError.self) { _ = try MediaPort(firstFreeOf: first.number...first.number, sockets: sockets) }
        #expect(throws: MediaPortError.self) { _ = try TcpListener(port: first.number, withIPv6: false) }
        #expect(throws: MediaPortError.self) { _ = try UdpSocket(port: first.number, withIPv6: false) }
        let second = try MediaPort(firstFreeOf: first.number...21_999)
        #expect(second.number > first.number)
    }

    @Test func aPortWhoseUdpIsTakenIsLeftAlone() throws {
        let taken = try UdpSocket(port: 0)
        #expect(throws: MediaPortError.self) { _ = try MediaPort(firstFreeOf: taken.port...taken.port) }
        _ = try TcpListener(port: taken.port)
    }

    // MARK: Limits

    @Test func whoProvesNothingIsLetGoOfSoon() throws {
        let connections = connections()
        let (stranger, _) = try connect(to: connections)
        let (browser, own) = try connect(to: connections)
        connections.prove(try #require(own).id)
        connections.timePassed(at: start + .milliseconds(4_900))
        #expect(connections.count == 2)
        connections.timePassed(at: start + .seconds(5))
        #expect(connections.count == 1 && connections.takeEnded().isEmpty)
        #expect(stranger.hasEnded() && !browser.hasEnded())
    }

    @Test func aProvedOneThatIsSilentIsLetGoOfAndReported() throws {
        let connections = connections()
        let (browser, own) = try connect(to: connections)
        let connection = try #require(own)
        connections.prove(connection.id)
        browser.send([0, 1, 7])
        #expect(ready(connection.descriptor))
        #expect(connection.read(at: start + .seconds(20)))
        connections.timePassed(at: start + .seconds(49))
        #expect(connections.count == 1)
        connections.timePassed(at: start + .seconds(50))
        #expect(connections.isEmpty && connections.takeEnded() == [connection.peer])
        #expect(connections.takeEnded().isEmpty)
    }

    @Test func aFloodOfStrangersReplacesItself() throws {
        let connections = connections { ($0.unproved, $0.unprovedPerAddress) = (3, 2) }
        let (browser, own) = try connect(to: connections)
        connections.prove(try #require(own).id)
        let flood = try (0..<5).map { _ in try connect(to: connections, host: 2).0 }
        #expect(flood.map { $0.hasEnded() } == [true, true, true, false, false])
        let others = try [3, 4].map { try connect(to: connections, host: $0).0 }
        #expect(flood[3].hasEnded(), "more than three strangers in all")
        #expect(!flood[4].hasEnded() && !others[0].hasEnded() && !others[1].hasEnded() && !browser.hasEnded())
    }

    @Test func nobodyHasMoreThanAShare() throws {
        let connections = connections { ($0.total, $0.perAddress) = (3, 2) }
        var taken: [(Client, TcpConnection)] = []
        for (host, isTaken) in [(2, true), (2, true), (2, false), (3, true), (4, false)] as [(UInt8, Bool)] {
            let (client, own) = try connect(to: connections, host: host)
            #expect((own != nil) == isTaken)
            #expect(client.hasEnded() == !isTaken)
            guard let own else { continue }
            connections.prove(own.id)
            taken.append((client, own))
        }
        // What has ended makes room.
        connections.close(taken[0].1)
        #expect(try connect(to: connections, host: 4).1 != nil)
    }

    // MARK: Sending

    @Test func packetsGoOutInFrames() throws {
        let connections = connections()
        let (browser, own) = try connect(to: connections)
        let id = try #require(own).id
        #expect(([1, 2, 3] as [UInt8]).withUnsafeBytes { connections.send($0, on: id) })
        #expect(browser.receive(5) == [0, 3, 1, 2, 3])
        #expect(!([1] as [UInt8]).withUnsafeBytes { connections.send($0, on: id + 1) })
    }

    /// Who reads late gets everything in order; who does not read at all is cut, and costs no more than the queue.
    @Test(arguments: [true, false])
    func aSlowReader(reads: Bool) throws {
        let connections = connections()
        let (browser, own) = try connect(to: connections)
        let connection = try #require(own)
        connections.prove(connection.id)
        let packet = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        var sent = 0
        while !connection.isWaiting, packet.withUnsafeBytes({ connections.send($0, on: connection.id) }) { sent += 1 }
        #expect(connection.isWaiting)
        if reads {
            for _ in 0..<10 { sent += packet.withUnsafeBytes({ connections.send($0, on: connection.id) }) ? 1 : 0 }
            let frame = [3, 232] + packet
            for _ in 0..<sent {
                while connection.isWaiting, !ready(browser.descriptor, wait: 0) { connections.sendWaiting(connection) }
                #expect(browser.receive(frame.count) { if connection.isWaiting { connections.sendWaiting(connection) } } == frame)
            }
            #expect(!connection.isWaiting && connections.count == 1)
        } else {
            let before = sent
            while packet.withUnsafeBytes({ connections.send($0, on: connection.id) }) { sent += 1 }
            #expect(sent - before <= TcpConnection.maximumWaitingBytes / 1_000)
            #expect(connections.isEmpty && connections.takeEnded() == [connection.peer])
        }
    }

    // MARK: Plumbing

    private func ready(_ descriptor: Int32, wait milliseconds: Int32 = 5_000) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, milliseconds) == 1
    }

    private struct POSIXError: Error {
        let number: Int32
        init(_ number: Int32) { self.number = number }
    }

    /// An ordinary TCP client.
    private final class Client {
        let descriptor: Int32

        init(from host: UInt8, to port: UInt16) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            func address(_ last: UInt8, _ port: UInt16) -> sockaddr_in {
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = (0x7F00_0000 | UInt32(last)).bigEndian
                return address
            }
            func with(_ address: sockaddr_in, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
                withUnsafePointer(to: address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
                }
            }
            let descriptor = descriptor
            guard with(address(host, 0), { bind(descriptor, $0, $1) }) == 0,
                with(address(1, port), { Glibc.connect(descriptor, $0, $1) }) == 0
            else { throw POSIXError(errno) }
        }

        deinit { close(descriptor) }

        func send(_ bytes: [UInt8]) { #expect(Glibc.send(descriptor, bytes, bytes.count, 0) == bytes.count) }

        /// So many bytes; fewer at the end of the connection. `whileWaiting` is called when there is nothing to read.
        func receive(_ count: Int, whileWaiting: () -> Void = {}) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            var filled = 0
            while filled < count {
                let got = bytes.withUnsafeMutableBytes {
                    recv(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, Int32(MSG_DONTWAIT))
                }
                if got > 0 {
                    filled += got
                } else if got < 0, errno == EAGAIN {
                    whileWaiting()
                    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    poll(&state, 1, 10)
                } else {
                    break
                }
            }
            return Array(bytes.prefix(filled))
        }

        func hasEnded() -> Bool {
            var byte: UInt8 = 0
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&state, 1, 100) == 1 && recv(descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
        }
    }
}
