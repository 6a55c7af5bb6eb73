/// A WebSocket towards `/_ws` over plain TCP (RFC 6455), without waiting: as many as there are listeners, on one thread.
import Foundation
import Glibc
import RTP

/// Where a server is: `http://` or `ws://`, and its address.
struct ServerAddress {
    let authority: String
    let family: Int32
    fileprivate let address: [UInt8]

    init(_ text: String) throws {
        guard let url = URLComponents(string: text), let scheme = url.scheme, let host = url.host, !host.isEmpty else {
            throw Failure("\(text) is no address such as http://127.0.0.1:3000")
        }
        guard scheme == "http" || scheme == "ws" else {
            throw Failure("\(scheme): is not spoken here; run it beside the server, against the address behind its reverse proxy")
        }
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        let port = url.port ?? 80
        authority = port == 80 ? host : "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        defer { if let found { freeaddrinfo(found) } }
        guard getaddrinfo(name, String(port), &hints, &found) == 0, let first = found?.pointee, let address = first.ai_addr else {
            throw Failure("\(name) has no address")
        }
        family = first.ai_family
        self.address = [UInt8](UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }

    fileprivate func connect(_ descriptor: Int32) -> Int32 {
        address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
    }
}

final class WebSocketClient {
    enum End {
        case closed
        case refused(status: String)
        case broken
    }

    /// A frame of the server's beyond this ends the connection.
    private static let maximumFrameBytes = 1 << 20
    private enum Opcode { static let continuation: UInt8 = 0, text: UInt8 = 1, close: UInt8 = 8, ping: UInt8 = 9, pong: UInt8 = 10 }

    var onOpen: () -> Void = {}
    var onMessage: (String) -> Void = { _ in }
    /// Once, and not when this side has ended it.
    var onEnd: (End) -> Void = { _ in }

    private let loop: EventLoop
    private let descriptor: Int32
    private var number: UInt64 = 0
    private var isUpgraded = false, isEnded = false, isSilent = false
    private var input: [UInt8] = []
    private var output: [UInt8]
    private var fragments: [UInt8] = []

    init(_ server: ServerAddress, _ loop: EventLoop) throws {
        self.loop = loop
        descriptor = socket(server.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("no socket: \(String(cString: strerror(errno)))") }
        let key = Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        output = Array(
            """
            GET /_ws HTTP/1.1\r
            Host: \(server.authority)\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: \(key)\r
            \r\n
            """.utf8)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        guard server.connect(descriptor) == 0 || errno == EINPROGRESS else {
            Glibc.close(descriptor)
            throw Failure("connect: \(String(cString: strerror(errno)))")
        }
        number = try loop.add(descriptor) { [unowned self] isReadable, isWritable in
            if isWritable { flush() }
            if isReadable { read() }
        }
        loop.wantsToWrite(true, descriptor, number)
    }

    deinit { end() }

    // MARK: - Out

    func send(_ text: String) {
        write(Opcode.text, Array(text.utf8))
        flush()
    }

    private func write(_ opcode: UInt8, _ payload: [UInt8]) {
        output.append(0x80 | opcode)
        switch payload.count {
        case ..<126: output.append(0x80 | UInt8(payload.count))
        case ..<0x1_0000:
            output.append(0x80 | 126)
            output.append(bigEndian: UInt16(payload.count))
        default:
            output.append(0x80 | 127)
            output.append(bigEndian: UInt64(payload.count))
        }
        let mask = (0..<4).map { _ in UInt8.random(in: 0...255) }
        output += mask
        for (index, byte) in payload.enumerated() { output.append(byte ^ mask[index & 3]) }
    }

    private func flush() {
        guard !isEnded, !output.isEmpty else { return }
        let count = Glibc.send(descriptor, output, output.count, Int32(MSG_NOSIGNAL))
        if count > 0 {
            output.removeFirst(count)
        } else if count < 0, errno != EAGAIN {
            return end(.broken)
        }
        loop.wantsToWrite(!output.isEmpty, descriptor, number)
    }

    /// As a page does that is left.
    func close() {
        guard !isEnded else { return }
        write(Opcode.close, [0x03, 0xE9])
        flush()
        end()
    }

    /// As a network does that is lost and noticed: without a word.
    func end() {
        guard !isEnded else { return }
        isEnded = true
        loop.remove(descriptor, number)
    }

    /// As a network does that is lost and not noticed: the connection stays, and nothing is answered on it.
    func fallSilent() { isSilent = true }

    private func end(_ reason: End) {
        guard !isEnded else { return }
        end()
        onEnd(reason)
    }

    // MARK: - In

    /// What there is room for: epoll tells of more.
    private func read() {
        guard !isEnded else { return }
        let count = recv(descriptor, loop.buffer.baseAddress, loop.buffer.count, 0)
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else { return end(isUpgraded ? .closed : .broken) }
        if !isSilent { input.append(contentsOf: UnsafeRawBufferPointer(rebasing: loop.buffer[..<count])) }
        if !isUpgraded { upgrade() }
        while isUpgraded, !isEnded, handleFrame() {}
    }

    private func upgrade() {
        guard let last = input.indices.dropFirst(3).first(where: { input[$0 - 3...$0].elementsEqual([13, 10, 13, 10]) }) else { return }
        let words = String(decoding: input[..<last], as: UTF8.self).split(separator: " ", maxSplits: 2)
        input.removeSubrange(...last)
        guard words.count > 1, words[1] == "101" else { return end(.refused(status: words.count > 1 ? String(words[1]) : "?")) }
        isUpgraded = true
        onOpen()
    }

    /// - Returns: false when there is no whole one.
    private func handleFrame() -> Bool {
        var header = 2
        guard input.count >= header else { return false }
        var count = Int(input[1] & 0x7F)
        if count >= 126 {
            let bytes = count == 126 ? 2 : 8
            guard input.count >= header + bytes else { return false }
            count = input[header..<header + bytes].reduce(0) { $0 << 8 & (1 << 40 - 1) | Int($1) }
            header += bytes
        }
        guard count <= Self.maximumFrameBytes, input[1] & 0x80 == 0 else {
            end(.broken)
            return false
        }
        guard input.count >= header + count else { return false }
        let isLast = input[0] & 0x80 != 0
        let opcode = input[0] & 0x0F
        let payload = Array(input[header..<header + count])
        input.removeFirst(header + count)
        switch opcode {
        case Opcode.text, Opcode.continuation:
            fragments += payload
            guard isLast else { break }
            let text = String(decoding: fragments, as: UTF8.self)
            fragments = []
            onMessage(text)
        case Opcode.ping:
            write(Opcode.pong, payload)
            flush()
        case Opcode.close: end(.closed)
        default: break
        }
        return true
    }
}
