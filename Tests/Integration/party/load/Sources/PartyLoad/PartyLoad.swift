/// One host and many listeners with real ICE, DTLS and SRTP over loopback, driven by test_load.py over standard input and output:
///
///     PartyLoad LISTENERS SECONDS
///     →  one line {"offers": [host's, listener's, …]}
///     ←  one line {"answers": [in the same order]}
///     →  one line {"connected": n} when all are, or after 30 s
///     →  one line with what was heard, after SECONDS of 50 packets a second
///
/// Or listeners alone, who all come at once while another one's host is sending:
///
///     PartyLoad LISTENERS SECONDS burst
///     →  offers, ←  answers, as above, of listeners only
///     →  one line {"heard": n, "p95": milliseconds from the answers to the first packet, "slowest": …} when all have heard, or after SECONDS
import Foundation
import Glibc
import RTP
import TestSupport
import WebRTC

@main struct PartyLoad {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard arguments.count == 2 else { throw Problem("usage: PartyLoad LISTENERS SECONDS [burst]") }
        if CommandLine.arguments.last == "burst" { return try burst(arguments[0], seconds: arguments[1]) }
        let host = try Endpoint(iceUfrag: "host")
        let listeners = try (0..<arguments[0]).map { try Endpoint(iceUfrag: "listener\($0)") }
        let all = [host] + listeners
        try printLine(Offers(offers: [host.peer.offer(sending: true, ssrc: 1_000)] + listeners.map { $0.peer.offer(sending: false) }))
        guard let line = readLine() else { throw Problem("no answers") }
        let answers = try JSONDecoder().decode(Answers.self, from: Data(line.utf8)).answers
        guard answers.count == all.count else { throw Problem("\(answers.count) answers for \(all.count) offers") }
        for (endpoint, answer) in zip(all, answers) { try endpoint.accept(answer) }

        var loop = Loop(endpoints: all)
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline, !all.allSatisfy(\.peer.isConnected) { loop.step() }
        // Every listener proves its keys, so that the server frees what only a handshake needs.
        for endpoint in all where endpoint.peer.isConnected { endpoint.peer.sendReceiverReport() }
        for _ in 0..<50 { loop.step() }
        try printLine(["connected": all.filter(\.peer.isConnected).count])

        let packets = arguments[1] * 50
        var next = ContinuousClock.now
        var sent: [ContinuousClock.Instant] = []
        for number in 0..<packets {
            next += .milliseconds(20)
            while ContinuousClock.now < next { loop.step() }
            sent.append(.now)
            host.peer.sendRtp(
                sequenceNumber: UInt16(truncatingIfNeeded: 65_000 + number), timestamp: UInt32(truncatingIfNeeded: number * 960),
                ssrc: 1_000,
                payload: payload(number))
        }
        let end = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < end { loop.step() }
        let heard = listeners.map(\.heard)
        try printLine(
            Result(
                sent: packets, least: heard.map(\.packets).min() ?? 0, most: heard.map(\.packets).max() ?? 0,
                gaps: heard.map(\.gaps).reduce(0, +), wrong: heard.map(\.wrong).reduce(0, +),
                refused: listeners.map(\.peer.refused).reduce(0, +),
                latest: listeners.flatMap(\.arrivals).compactMap { arrival in
                    sent.indices.contains(arrival.number) ? (arrival.time - sent[arrival.number]) / .milliseconds(1) : nil
                }.max() ?? 0))
    }

    private static func burst(_ count: Int, seconds: Int) throws {
        let listeners = try (0..<count).map { try Endpoint(iceUfrag: "burst\($0)") }
        try printLine(Offers(offers: listeners.map { $0.peer.offer(sending: false) }))
        guard let line = readLine() else { throw Problem("no answers") }
        let answers = try JSONDecoder().decode(Answers.self, from: Data(line.utf8)).answers
        guard answers.count == count else { throw Problem("\(answers.count) answers for \(count) offers") }
        let begin = ContinuousClock.now
        for (endpoint, answer) in zip(listeners, answers) { try endpoint.accept(answer) }
        var loop = Loop(endpoints: listeners)
        while ContinuousClock.now < begin + .seconds(seconds), !listeners.allSatisfy({ !$0.arrivals.isEmpty }) { loop.step() }
        let times = listeners.compactMap { $0.arrivals.first.map { ($0.time - begin) / .milliseconds(1) } }.sorted()
        try printLine(
            Burst(heard: times.count, p95: times.isEmpty ? 0 : times[times.count * 95 / 100], slowest: times.last ?? 0))
    }

    private struct Burst: Encodable {
        let heard: Int
        let p95, slowest: Double
    }

    /// 320 bytes, as Opus has them in 20 ms at 128 kb/s.
    static func payload(_ number: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(truncatingIfNeeded: number))
        return bytes + [UInt8](repeating: 0x5A, count: 316)
    }

    private static func printLine(_ value: some Encodable) throws {
        print(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
        fflush(nil)
    }

    private struct Offers: Encodable { let offers: [String] }
    private struct Answers: Decodable { let answers: [String] }
    private struct Result: Encodable {
        /// Packets of the host, and the fewest and most that a listener got.
        let sent, least, most: Int
        /// Sequence numbers missing between what came, packets with another payload than was sent, and such as did not open.
        let gaps, wrong, refused: Int
        /// Milliseconds from the host to the listener of the packet that took longest.
        let latest: Double
    }
}

struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A peer with its own UDP socket.
final class Endpoint {
    let peer: TestPeer
    let descriptor: Int32
    var nextCheck = ContinuousClock.now
    var nextFlight = ContinuousClock.now
    private(set) var heard = (packets: 0, gaps: 0, wrong: 0)
    private(set) var arrivals: [(number: Int, time: ContinuousClock.Instant)] = []
    private var last: (sequenceNumber: UInt16, number: UInt32)?

    init(iceUfrag: String) throws {
        peer = TestPeer(iceUfrag: iceUfrag)
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Problem("no socket: \(errno)") }
    }

    /// Takes the credentials of an answer, and connects the socket to its candidate.
    func accept(_ answer: String) throws {
        guard peer.accept(answer: answer) else { throw Problem("not an answer") }
        let candidate = answer.split(whereSeparator: \.isNewline).first { $0.hasPrefix("a=candidate:") }?.split(separator: " ")
        guard let candidate, candidate.count > 5, let port = UInt16(candidate[5]) else { throw Problem("no candidate") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, String(candidate[4]), &address.sin_addr)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw Problem("connect: \(errno)") }
    }

    /// What a browser does by itself: checks, flights that are repeated, reports.
    func keepAlive(at now: ContinuousClock.Instant) {
        if now >= nextCheck {
            peer.sendCheck()
            if peer.isConnected { peer.sendReceiverReport() } else { peer.startHandshake() }
            nextCheck = now + .milliseconds(2_500)
            nextFlight = now + .milliseconds(1_000)
        } else if !peer.isConnected, now >= nextFlight {
            peer.repeatFlight()
            nextFlight = now + .milliseconds(1_000)
        }
    }

    func receive(_ buffer: inout [UInt8]) {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            peer.receive(Array(buffer[..<count]))
        }
        for packet in peer.received {
            heard.packets += 1
            let number = packet.payload.prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            arrivals.append((Int(number), .now))
            if packet.payload != PartyLoad.payload(Int(number)) { heard.wrong += 1 }
            if let last {
                heard.gaps += max(0, Int(Int16(truncatingIfNeeded: Int(packet.sequenceNumber) - Int(last.sequenceNumber))) - 1)
                if number != last.number &+ 1 { heard.wrong += 1 }
            }
            last = (packet.sequenceNumber, number)
        }
        peer.clearReceived()
    }

    func send() {
        for datagram in peer.takeOutgoing() { _ = Glibc.send(descriptor, datagram, datagram.count, 0) }
    }
}

/// One thread for all of them.
struct Loop {
    let endpoints: [Endpoint]
    private var descriptors: [pollfd]
    private var buffer = [UInt8](repeating: 0, count: 2_048)
    private var nextRound = ContinuousClock.now

    init(endpoints: [Endpoint]) {
        self.endpoints = endpoints
        descriptors = endpoints.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    }

    /// Some milliseconds at most.
    mutating func step() {
        let now = ContinuousClock.now
        if now >= nextRound {
            nextRound = now + .milliseconds(10)
            for endpoint in endpoints { endpoint.keepAlive(at: now) }
        }
        for endpoint in endpoints { endpoint.send() }
        guard poll(&descriptors, nfds_t(descriptors.count), 2) > 0 else { return }
        for (index, descriptor) in descriptors.enumerated() where descriptor.revents != 0 {
            endpoints[index].receive(&buffer)
            endpoints[index].send()
        }
    }
}
