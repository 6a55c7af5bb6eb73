/// What an owner should know before guests come, and when they hear nothing: the module's part of `dmp doctor`, and of `/party-status`.
internal import CLinux
import Foundation
import GatewayAPI

struct PartyExamination: Sendable {
    let role: PartyRole
    /// Nil where none is set.
    let secret: String?
    let partyURL: PartyURL?
    /// As the owner has set them.
    let announced: [String]
    /// Nil on a host's own server.
    let media: MediaWorkers?
    let fetch: @Sendable (_ url: String, _ headers: HTTPFields) async throws -> FetchedPage

    func findings() async -> [Finding] {
        var findings = [secretFinding]
        if let partyURL { findings.append(await self.findings(of: partyURL)) }
        if let media {
            findings.append(.fine("media port \(media.port), UDP and TCP; DTLS certificate made for this start"))
            findings += addressFindings(media.addresses)
            for address in media.addresses { findings.append(await trial(of: address, at: media)) }
        }
        return findings
    }

    private var secretFinding: Finding {
        guard secret == nil else { return .fine("PARTY_SECRET is set") }
        return .advice(
            "PARTY_SECRET is not set: anyone who reaches the listener server may open a party", "set one long word on both servers")
    }

    /// Asks for the status there: name, way, certificate and role are right when it comes.
    private func findings(of partyURL: PartyURL) async -> Finding {
        let origin = partyURL.origin
        let remedy =
            role == .host
            ? "see that the listener server runs, with PARTY_ROLE=listener, and that PARTY_URL is its address; `dmp doctor` there says more"
            : "see that PARTY_URL is this server's address outside, and that its reverse proxy passes requests on"
        let page: FetchedPage
        do {
            page = try await fetch(origin + "/api/party/status", [:])
        } catch {
            let way = partyURL.isSecure ? "; it may be the certificate" : ""
            let text = "\(origin) cannot be reached from here: \(error)"
            // A home router may not lead back to where it is asked from.
            return role == .host ? .broken(text, remedy + way) : .advice(text, remedy + way)
        }
        guard page.status == 200, (try? JSONDecoder().decode(Answer.self, from: Data(page.body.readableBytesView))) != nil else {
            return .broken("\(origin) answers \(page.status), but not as a party's server", remedy)
        }
        guard partyURL.isSecure || Authority(partyURL.authority)?.isLocalName == true else {
            return .advice("\(origin) answers, without TLS", "give it a certificate: pages that came over https cannot reach it")
        }
        return .fine("\(origin) answers")
    }

    private struct Answer: Decodable {
        let active: Bool
    }

    /// Whether browsers are told addresses that they can reach.
    private func addressFindings(_ addresses: [String]) -> [Finding] {
        let text = addresses.joined(separator: ", ")
        guard announced.isEmpty else { return [.fine("browsers are sent to \(text)")] }
        let remedy = "set PARTY_ANNOUNCED_ADDRESS to the address that guests reach this machine by"
        if addresses.isEmpty || addresses.allSatisfy(LocalAddresses.isLoopback) {
            return [.advice("browsers are sent to \(text): they can hear on this machine alone", remedy)]
        }
        if addresses.allSatisfy(LocalAddresses.isPrivate) {
            return [.advice("browsers are sent to \(text): they can hear in this network alone", remedy)]
        }
        return [.fine("browsers are sent to \(text), the addresses of this machine")]
    }

    /// Sends to the port by the address that browsers get. From here one cannot see a firewall in front of the machine; an address that
    /// is not the machine's own goes out to the router and back, where that lets it.
    private func trial(of address: String, at media: MediaWorkers) async -> Finding {
        let isOwn = LocalAddresses.interfaceAddresses().contains(address)
        let place = "port \(media.port) at \(address)"
        let tcp = await PortTrial.connects(to: address, port: media.port)
        let udp = await media.idlePort.asyncMap { await PortTrial.arrives(at: $0.sockets, address: address) }
        let failed = [tcp ? nil : "TCP", udp == false ? "UDP" : nil].compactMap { $0 }.joined(separator: " and ")
        let check = "open UDP and TCP \(media.port) in firewall and router, and look from outside: nc -vz \(address) \(media.port)"
        guard !failed.isEmpty else { return .fine("\(place) is reached from here over \(udp == nil ? "TCP" : "UDP and TCP")") }
        if isOwn { return .broken("\(place) cannot be reached over \(failed)", "a firewall of this machine is in the way: " + check) }
        return .advice(
            "\(place) cannot be reached from here over \(failed); it is not an address of this machine, and its router may not lead back",
            check)
    }
}

/// One packet or connection from this machine to its own port.
private enum PortTrial {
    private static let patience: TimeAmount = .seconds(1)
    private static let rounds = 20

    static func connects(to address: String, port: UInt16) async -> Bool {
        let connecting = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(patience)
        guard let channel = try? await connecting.connect(host: address, port: Int(port)).get() else { return false }
        try? await channel.close()
        return true
    }

    /// - Parameter sockets: all of a port, read by nobody else.
    static func arrives(at sockets: [UdpSocket], address: String) async -> Bool {
        let word = (0..<16).map { _ in UInt8.random(in: 0...255) }
        guard let target = try? SocketAddress(ipAddress: address, port: Int(sockets[0].port)),
            let channel = try? await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: address.contains(":") ? "::" : "0.0.0.0", port: 0).get()
        else { return false }
        let batch = UdpSocket.makeBatch(capacity: Int(CLINUX_BATCH), bytes: 64)
        defer { UdpSocket.free(batch) }
        var hasArrived = false
        for _ in 0..<rounds where !hasArrived {
            try? await channel.writeAndFlush(AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: word)))
            try? await Task.sleep(for: .nanoseconds(patience.nanoseconds / Int64(rounds)))
            for socket in sockets {
                for index in 0..<socket.receive(into: batch, capacity: Int(CLINUX_BATCH)) {
                    let datagram = batch[index]
                    hasArrived = hasArrived || UnsafeRawBufferPointer(start: datagram.bytes, count: Int(datagram.count)).elementsEqual(word)
                }
            }
        }
        try? await channel.close()
        return hasArrived
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async -> Value) async -> Value? {
        guard let value = self else { return nil }
        return await transform(value)
    }
}
