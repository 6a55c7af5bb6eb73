/// A request as it is passed on: its target and its headers (RFC 9110 §7). Made by `UpstreamFallback`; knows no socket.
import GatewayAPI
import NIOHTTP1

struct UpstreamRequest: Sendable {
    let method: HTTPMethod
    /// Path and query, in the characters of RFC 3986 alone.
    let target: String
    var headers: HTTPHeaders
    let body: Framing

    /// How long the body is (RFC 9112 §6).
    enum Framing: Sendable, Equatable {
        case none
        case known(Int64)
        case chunked
    }

    /// What a proxy knows besides the request.
    struct Client: Sendable {
        /// The addresses that are believed, from the client's to the one that asked this server.
        let path: [String]
        /// Whether the last of them is a trusted proxy, whose word on the request's first hop is taken.
        let isProxyTrusted: Bool
    }

    /// - Parameter via: this server's name in `Via`, its own among all servers.
    /// - Throws: `APIError` for what can't be passed on.
    init(_ request: HTTPRequest, from client: Client, via: String) throws(APIError) {
        guard let target = Self.target(request.path ?? "/") else {
            throw .badRequest("The address is not a right one (RFC 3986)")
        }
        self.target = target
        guard request.method != .connect, request.method != .trace else {
            throw APIError(.notImplemented, "The method is not passed on", code: "not_implemented")
        }
        method = HTTPMethod(rawValue: request.method.rawValue)
        body = try Self.framing(request.headerFields)
        if request.headerFields[values: .via].contains(where: { $0.contains(via) }) {
            throw APIError(
                HTTPResponse.Status(code: 508, reasonPhrase: "Loop Detected"),
                "The request has come round to this server again: UPSTREAM_URL leads back to it", code: "upstream_loop")
        }
        headers = Self.headers(request, from: client, via: via)
    }

    /// Both lengths at once, or a coding besides chunked, is what requests are smuggled by (RFC 9112 §6.3, §11.2). The body is framed
    /// anew in any case.
    private static func framing(_ fields: HTTPFields) throws(APIError) -> Framing {
        let codings = fields[values: .transferEncoding]
        let lengths = fields[values: .contentLength]
        guard codings.isEmpty else {
            guard lengths.isEmpty, codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw .badRequest("The length of the request's body is not clear (RFC 9112 section 6.3)")
            }
            return .chunked
        }
        guard let text = lengths.first else { return .none }
        guard lengths.count == 1, text.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int64(text) else {
            throw .badRequest("The length of the request's body is not clear (RFC 9112 section 6.3)")
        }
        return length == 0 ? .none : .known(length)
    }

    /// The target with every character encoded that RFC 3986 does not allow there, so that the next parser reads what this one has;
    /// nil for a `%` that encodes nothing, and for one that does not begin with a slash.
    static func target(_ raw: String) -> String? {
        var bytes: [UInt8] = []
        let source = Array(raw.utf8)
        guard source.first == UInt8(ascii: "/") else { return nil }
        for (index, byte) in source.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                bytes.append(byte)
            case UInt8(ascii: "%"):
                guard index + 2 < source.count, isHexDigit(source[index + 1]), isHexDigit(source[index + 2]) else { return nil }
                bytes.append(byte)
            case _ where "-._~!$&'()*+,;=:@/?".utf8.contains(byte):
                bytes.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }

    private static func headers(_ request: HTTPRequest, from client: Client, via: String) -> HTTPHeaders {
        let fields = request.headerFields
        var headers = HTTPHeaders()
        // The client's own `Host`: the backend's links, redirects and checks of an Origin are then right for the browser.
        if let host = request.authority { headers.add(name: "Host", value: host) }
        let left = HopByHop.names(in: fields[values: .connection])
        for field in fields {
            let name = field.name.canonicalName
            guard !left.contains(name), !own.contains(name), client.isProxyTrusted || !name.hasPrefix("x-forwarded-") else { continue }
            headers.add(name: field.name.rawName, value: field.value)
        }
        for value in fields[values: .via] + ["1.1 \(via)"] { headers.add(name: "Via", value: value) }
        if !client.path.isEmpty { headers.add(name: "X-Forwarded-For", value: client.path.joined(separator: ", ")) }
        let proto = client.isProxyTrusted ? fields[.xForwardedProto]?.lowercased() : nil
        headers.add(name: "X-Forwarded-Proto", value: proto == "https" ? "https" : "http")
        if let host = (client.isProxyTrusted ? fields[.xForwardedHost] : nil) ?? request.authority {
            headers.add(name: "X-Forwarded-Host", value: host)
        }
        if let address = client.path.first { headers.add(name: "X-Real-IP", value: address) }
        return headers
    }

    /// Written by this server, whatever a client says. `Expect` is answered here, and the accept value is `ProtocolSwitch`'s mark.
    private static let own: Set = [
        "host", "content-length", "expect", "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
        "sec-websocket-accept",
    ]
}

/// Headers that concern one connection and not the message (RFC 9110 §7.6.1).
enum HopByHop {
    private static let always: Set = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "http2-settings",
    ]

    /// In lower case.
    ///
    /// - Parameter connection: the lines of `Connection`, which may name more.
    static func names(in connection: [String]) -> Set<String> {
        var names = always
        for line in connection {
            for name in line.split(separator: ",") { names.insert(name.filter { $0 != " " && $0 != "\t" }.lowercased()) }
        }
        return names
    }
}
