/// Whose request it is: the socket's address, or what trusted reverse proxies say in `X-Forwarded-For` (`TRUSTED_PROXIES`).
import GatewayAPI

struct ClientAddress: RouterMiddleware {
    let trustedProxies: TrustedProxies
    let untrusted: UntrustedProxy

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.clientAddress = address(ofSocket: context.clientAddress, forwardedFor: request.headers[values: .xForwardedFor])
        return try await next(request, context)
    }

    /// - Parameter forwardedFor: the header's lines in order.
    func address(ofSocket socket: String, forwardedFor: [String]) -> String {
        untrusted.look(at: socket, forwardedFor: forwardedFor, trusting: trustedProxies)
        return Self.address(ofSocket: socket, forwardedFor: forwardedFor, trusting: trustedProxies)
    }

    /// Each proxy appends the address that it was asked from, so the list is read from its end: as long as an address is a trusted
    /// proxy's, the one before it is believed. The first other one is the client. An entry that is no address ends the reading.
    ///
    /// - Parameter forwardedFor: the header's lines in order.
    static func address(ofSocket socket: String, forwardedFor: [String], trusting proxies: TrustedProxies) -> String {
        path(ofSocket: socket, forwardedFor: forwardedFor, trusting: proxies).first?.text ?? socket
    }

    /// The addresses that are believed, from the client's to the socket's; empty when the socket has none.
    static func path(ofSocket socket: String, forwardedFor: [String], trusting proxies: TrustedProxies) -> [IPAddress] {
        guard let address = IPAddress(socket) else { return [] }
        var path = [address]
        guard proxies.contains(address) else { return path }
        let entries = forwardedFor.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        for entry in entries.reversed() {
            guard proxies.contains(path[0]), let previous = Self.address(of: entry) else { break }
            path.insert(previous, at: 0)
        }
        return path
    }

    /// An entry may carry a port, and an IPv6 address brackets.
    private static func address(of entry: Substring) -> IPAddress? {
        let text = entry.filter { $0 != " " && $0 != "\t" }
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("[") { return IPAddress(text.dropFirst().prefix { $0 != "]" }) }
        return IPAddress(text.prefix { $0 != ":" })
    }
}
