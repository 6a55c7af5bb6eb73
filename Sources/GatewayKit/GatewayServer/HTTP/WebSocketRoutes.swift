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
            let places = ClientPlaces(maximum: route.options.maximumOpen, perClient: route.options.maximumPerAddress)
            let perMinute = Double(route.options.maximumNewPerMinute)
            let newcomers = ClientBuckets(perSecond: perMinute / 60, burst: perMinute)
            router.get(RouterPath(route.path)) { request, context in
                try Self.answer(request, context, route, places, newcomers)
            }
        }
    }

    private static func answer(
        _ request: Request, _ context: GatewayRequestContext, _ route: WebSocketRoute, _ places: ClientPlaces,
        _ newcomers: ClientBuckets
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
        let client = ClientNetwork(context.clientAddress)
        if let seconds = newcomers.take(client) { throw RateLimit.refusal(retryAfter: seconds) }
        let place = try places.take(client)
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

/// Counts the open sockets, and those of each client.
final class ClientPlaces: Sendable {
    private struct Taken {
        var all = 0
        var byClient: [ClientNetwork: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerClient: Int
    private let taken = Mutex(Taken())

    init(maximum: Int, perClient: Int) {
        self.maximum = maximum
        maximumPerClient = perClient
    }

    /// One socket's place. It is given back by `leave()`, or when the place itself goes, for a body that was never asked for.
    final class Place: Sendable {
        private let places: ClientPlaces
        private let client: ClientNetwork
        private let isTaken = Mutex(true)

        init(places: ClientPlaces, client: ClientNetwork) {
            self.places = places
            self.client = client
        }

        func leave() {
            let wasTaken = isTaken.withLock { taken in
                defer { taken = false }
                return taken
            }
            if wasTaken { places.giveBack(client) }
        }

        deinit { leave() }
    }

    /// - Throws: what to answer when there is none.
    func take(_ client: ClientNetwork) throws(APIError) -> Place {
        try taken.withLock { taken throws(APIError) in
            guard taken.byClient[client, default: 0] < maximumPerClient else {
                throw APIError(
                    .tooManyRequests, "Too many connections from your address", code: "too_many_connections", headers: [.retryAfter: "30"])
            }
            guard taken.all < maximum else {
                throw APIError(
                    .serviceUnavailable, "The server has no room for another connection", code: "too_many_connections",
                    headers: [.retryAfter: "10"])
            }
            taken.all += 1
            taken.byClient[client, default: 0] += 1
            return Place(places: self, client: client)
        }
    }

    private func giveBack(_ client: ClientNetwork) {
        taken.withLock { taken in
            guard let count = taken.byClient[client] else { return }
            taken.all -= 1
            taken.byClient[client] = count > 1 ? count - 1 : nil
        }
    }
}
