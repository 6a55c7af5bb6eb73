/// The HTTP side of the modules' WebSockets (RFC 6455 §4.2.2): a route each that answers a right handshake with 101 and runs the
/// module's handler as the response's body, and tells everyone else what is missing.
import GatewayAPI
import Synchronization

struct WebSocketRoutes: Sendable {
    let routes: [WebSocketRoute]

    /// For the connections, which do the switch.
    var options: [String: WebSocketOptions] {
        Dictionary(routes.map { ($0.path, $0.options) }, uniquingKeysWith: { first, _ in first })
    }

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        for route in routes {
            let places = ClientPlaces(maximum: route.options.maximumPerAddress)
            router.get(RouterPath(route.path)) { request, context in
                try Self.answer(request, context, route, places)
            }
        }
    }

    private static func answer(
        _ request: Request, _ context: GatewayRequestContext, _ route: WebSocketRoute, _ places: ClientPlaces
    ) throws -> Response {
        // `ProtocolSwitch` puts the answer to a right handshake there; one that a client sends is removed.
        guard let accept = request.headers[.secWebSocketAccept] else {
            guard request.headers[.upgrade] != nil else {
                throw APIError(.upgradeRequired, "This is a WebSocket", code: "upgrade_required", headers: [.upgrade: "websocket"])
            }
            throw APIError(
                .badRequest, "The WebSocket handshake is not right (RFC 6455 section 4.2.1)", code: "bad_request",
                headers: [.secWebSocketVersion: "13"])
        }
        guard let place = places.take(context.clientAddress) else {
            throw APIError(.tooManyRequests, "Too many connections from your address", code: "too_many_connections")
        }
        let peer = WebSocketPeer(
            frames: request.body.makeAsyncIterator(), channel: context.channel, clientAddress: context.clientAddress,
            origin: request.headers[.origin], host: request.head.authority)
        let logger = context.logger
        let body = ResponseBody { writer in
            await peer.serve(route.handler, logger: logger)
            place.leave()
            try await writer.finish(nil)
        }
        return Response(
            status: .switchingProtocols, headers: [.upgrade: "websocket", .connection: "upgrade", .secWebSocketAccept: accept], body: body)
    }
}

/// Counts the open sockets of each client address.
final class ClientPlaces: Sendable {
    private let maximum: Int
    private let taken = Mutex<[String: Int]>([:])

    init(maximum: Int) { self.maximum = maximum }

    /// One socket's place. It is given back by `leave()`, or when the place itself goes, for a body that was never asked for.
    final class Place: Sendable {
        private let places: ClientPlaces
        private let address: String
        private let isTaken = Mutex(true)

        init(places: ClientPlaces, address: String) {
            self.places = places
            self.address = address
        }

        func leave() {
            let wasTaken = isTaken.withLock { taken in
                defer { taken = false }
                return taken
            }
            if wasTaken { places.giveBack(address) }
        }

        deinit { leave() }
    }

    func take(_ address: String) -> Place? {
        let isFree = taken.withLock { taken in
            guard taken[address, default: 0] < maximum else { return false }
            taken[address, default: 0] += 1
            return true
        }
        return isFree ? Place(places: self, address: address) : nil
    }

    private func giveBack(_ address: String) {
        taken.withLock { taken in
            guard let count = taken[address] else { return }
            taken[address] = count > 1 ? count - 1 : nil
        }
    }
}
