/// The server's real state machines on one side, peers on the other, stepped by time: no socket, no thread, no waiting.
import RTP
import WebRTC

public final class SimulatedServer {
    public static let local = SocketAddress(ipv4: 0xC000_0201, port: 40_000)

    public var clock = TestClock()
    public var link = LossyLink()
    public let context: MediaContext
    public let router: Router
    public private(set) var pairs: [PeerPair] = []
    private let sent = Sent()

    /// What was flushed out of the arena.
    private final class Sent {
        var isDropped = false
        var datagrams: [(bytes: [UInt8], peer: SocketAddress)] = []

        func take(_ outgoing: OutgoingDatagrams) {
            for index in 0..<(isDropped ? 0 : outgoing.count) {
                let slot = outgoing[index]
                datagrams.append((Array(UnsafeRawBufferPointer(start: slot.bytes, count: slot.count)), slot.peer))
            }
            outgoing.removeAll()
        }
    }

    /// Nothing that the server sends reaches anybody any more, or is kept.
    public var dropsEverything: Bool {
        get { sent.isDropped }
        set { sent.isDropped = newValue }
    }

    /// - Parameter pipes: to routers of other media threads.
    public init(batch: Int = 16, pipes: [RouterPipe] = []) throws {
        let sent = sent
        let outgoing = OutgoingDatagrams(capacity: batch) { sent.take($0) }
        context = try MediaContext(
            certificate: Certificate(), outgoing: outgoing,
            clock: NtpClock(sinceUnixEpoch: .seconds(1_700_000_000), at: clock.now))
        router = Router(context: context, pipes: pipes)
    }

    /// A transport and its peer, each knowing the other's credentials; nothing has been sent yet.
    public func add(_ peer: TestPeer, connects: Bool = true) -> PeerPair {
        let transport = Transport(credentials: IceCredentials(), context: context)
        peer.connect(ufrag: transport.credentials.ufrag.description, password: transport.credentials.password)
        if connects { transport.connect(peer.remotePeer, at: clock.now) }
        let pair = PeerPair(peer, transport, SocketAddress(ipv4: 0xCB00_7101 + UInt32(pairs.count), port: 50_000), clock.now)
        pairs.append(pair)
        return pair
    }

    public func addHost(_ peer: TestPeer = TestPeer(), ssrc: UInt32? = 1_000, payloadType: UInt8 = 111) -> PeerPair {
        let pair = add(peer)
        pair.transport.produce(ProducerParameters(payloadType: payloadType, ssrc: ssrc), to: router)
        return pair
    }

    /// - Parameter other: a router of another media thread.
    public func addListener(_ peer: TestPeer = TestPeer(), _ parameters: ConsumerParameters? = nil, of other: Router? = nil) -> PeerPair {
        let pair = add(peer)
        pair.transport.consume(
            parameters ?? ConsumerParameters(payloadType: 111, ssrc: UInt32(5_000 + pairs.count)), from: other ?? router)
        return pair
    }

    /// Lets time pass in steps of 10 ms: peers check every 2.5 s (RFC 7675), repeat a flight every 400 ms, and everything arrives at once.
    public func run(for duration: Duration) {
        let end = clock.now + duration
        repeat {
            for pair in pairs where pair.isAlive {
                if clock.now >= pair.nextCheck {
                    pair.peer.sendCheck()
                    pair.nextCheck = clock.now + .milliseconds(2_500)
                    if !pair.peer.isConnected { pair.peer.startHandshake() }
                }
                if clock.now >= pair.nextFlight {
                    pair.nextFlight = clock.now + .milliseconds(400)
                    pair.peer.repeatFlight()
                }
            }
            deliver()
            for pair in pairs where pair.transport.nextTimeout.map({ clock.now >= $0 }) ?? false {
                note(pair.transport.handleTimeout(at: clock.now), pair)
            }
            deliver()
            clock.advance(by: .milliseconds(10))
        } while clock.now < end
    }

    /// Delivers until nobody has anything to send.
    public func deliver() {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for pair in pairs {
                for datagram in pair.peer.takeOutgoing() {
                    isQuiet = false
                    if !link.loses(.toServer, datagram) { inject(datagram, as: pair) }
                }
            }
            if !context.outgoing.isEmpty { sent.take(context.outgoing) }
            for (bytes, address) in sent.datagrams {
                isQuiet = false
                for pair in pairs where pair.address == address && !link.loses(.toPeer, bytes) { pair.peer.receive(bytes) }
            }
            sent.datagrams = []
        }
    }

    /// One datagram from a peer's address, or another, straight into its transport.
    @discardableResult
    public func inject(_ datagram: [UInt8], as pair: PeerPair, from address: SocketAddress? = nil) -> TransportEvent {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(datagram.count, 1), alignment: 16)
        defer { memory.deallocate() }
        memory.copyBytes(from: datagram)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<datagram.count])
        let event = pair.transport.receive(bytes, from: address ?? pair.address, to: Self.local, at: clock.now)
        note(event, pair)
        return event
    }

    private func note(_ event: TransportEvent, _ pair: PeerPair) { if event != .none { pair.events.append(event) } }

    /// Runs until every peer is connected whose transport is not closed, or for 5 s.
    public func connectAll() {
        let end = clock.now + .seconds(5)
        while clock.now < end, pairs.contains(where: { $0.transport.state != .closed && !$0.isConnected }) { run(for: .milliseconds(20)) }
    }

    /// A host that speaks: `count` packets of 20 ms.
    public func speak(_ host: PeerPair, _ source: inout TestSource, count: Int) {
        for _ in 0..<count {
            source.send(by: host.peer)
            run(for: .milliseconds(20))
        }
    }
}
