/// The HTTP side of the modules' WebSockets (RFC 6455 §4.2.2): who may open one. On a server of the site's own `ProtocolSwitch` asks the
/// doors itself, from the event loop; elsewhere a route for each answers a right handshake with 101. The routes tell everyone else what
/// is missing.
import GatewayAPI
import Synchronization

/// One module's WebSocket, with who is inside.
final class WebSocketDoor: Sendable {
    let route: WebSocketRoute
    private let places: ClientPlaces
    private let newcomers: ClientBuckets

    init(_ route: WebSocketRoute) {
        self.route = route
        places = ClientPlaces(maximum: route.options.maximumOpen, perClient: route.options.maximumPerAddress)
        let perMinute = Double(route.options.maximumNewPerMinute)
        newcomers = ClientBuckets(perSecond: perMinute / 60, burst: perMinute)
    }

    /// - Throws: what to answer to a client for whom there is no place.
    func open(for client: WebSocketClient) throws(APIError) -> WebSocketOpening {
        let network = ClientNetwork(client.address)
        // The place first, which goes back by itself: who finds none has not come, and is asked again on the router's way.
        let place = try places.take(network)
        if let seconds = newcomers.take(network) { throw RateLimit.refusal(retryAfter: seconds) }
        return WebSocketOpening(door: self, client: client, place: place)
    }

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.get(RouterPath(route.path)) { request, context in try self.answer(request, context) }
    }

    private func answer(_ request: Request, _ context: GatewayRequestContext) throws -> Response {
        // `ProtocolSwitch` puts the answer to a right handshake there; one that a client sends is removed.
        guard let accept = request.headers[.secWebSocketAccept] else {
            guard request.headers[.upgrade] != nil else {
                throw APIError(.upgradeRequired, "This is a WebSocket", code: "upgrade_required", headers: [.upgrade: "websocket"])
            }
            throw APIError(
                .badRequest, "The WebSocket handshake is not right (RFC 6455 section 4.2.1)", code: "bad_request",
                headers: [.secWebSocketVersion: "13"])
        }
        let client = WebSocketClient(address: context.clientAddress, origin: request.headers[.origin], host: request.head.authority)
        let channel = context.channel
        channel.triggerUserOutboundEvent(try open(for: client), promise: nil)
        let body = ResponseBody { writer in
            // Hummingbird's task ends with the connection.
            try? await channel.closeFuture.get()
            try await writer.finish(nil)
        }
        return Response(status: .switchingProtocols, headers: Self.headers(accept: accept), body: body)
    }

    static func headers(accept: String) -> HTTPFields {
        [.upgrade: "websocket", .connection: "upgrade", .secWebSocketAccept: accept]
    }
}

/// A socket that may open. On the Hummingbird way it is triggered on the channel before the answer 101.
struct WebSocketOpening: Sendable {
    let door: WebSocketDoor
    let client: WebSocketClient
    let place: ClientPlaces.Place
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
