/// Notices a reverse proxy that `TRUSTED_PROXIES` does not name, and tells the owner once: every limit for one address then counts all its
/// clients as one. Used by `ClientAddress`.
///
/// Such a proxy is not believed without the owner's word, nor is this machine spared the limits: behind a forgotten proxy all the world
/// asks from here.
import GatewayAPI
import Synchronization

final class UntrustedProxy: Sendable {
    /// Where an owner's own proxy is: this machine, or a network that strangers have no address of (RFC 1918, RFC 4193).
    private static let near = TrustedProxies("127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7") ?? TrustedProxies()

    private enum State {
        case unseen
        /// One client by a socket's address: many a program sends the header for itself.
        case one(socket: String, client: Substring)
        case told
    }

    private let state = Mutex(State.unseen)
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// - Parameters:
    ///   - socket: the address that a request came from.
    ///   - forwardedFor: the header's lines in order.
    ///   - proxies: those that are trusted.
    func look(at socket: String, forwardedFor: [String], trusting proxies: TrustedProxies) {
        guard let client = forwardedFor.last?.split(separator: ",").last, let address = IPAddress(socket), !proxies.contains(address),
            Self.near.contains(address)
        else { return }
        let isNews = state.withLock { state in
            switch state {
            case .told, .one(socket, client): return false
            case .one(socket, _):
                state = .told
                return true
            case .unseen, .one:
                state = .one(socket: socket, client: client)
                return false
            }
        }
        guard isNews else { return }
        // No address: it may be a listener's.
        logger.warning(
            """
            requests of several clients come through a proxy that TRUSTED_PROXIES does not name, so they count as one client in every limit; \
            set TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1
            """)
    }
}
