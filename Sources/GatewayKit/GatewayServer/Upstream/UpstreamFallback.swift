/// Puts a backend behind the site (`UPSTREAM_URL`): whatever no route and no page of the site answers is passed on to it, WebSockets
/// too. Its answers stay as they are: the site's content policy and its caching are not theirs.
import GatewayAPI

/// The backend and what it is told of requests.
struct Upstream: Sendable {
    let client: UpstreamClient
    let tunnels: UpstreamTunnels
    let trustedProxies: TrustedProxies
    /// Stream mode's refusals hold for the backend, too.
    let isStreamMode: Bool
    /// In `Via`: a request that carries it has been here before.
    let name = "dmp-" + String(UInt64.random(in: .min ... .max), radix: 36)

    init(
        address: UpstreamAddress, timeout: Duration, trustedProxies: TrustedProxies, isStreamMode: Bool, eventLoopGroup: any EventLoopGroup
    ) {
        client = UpstreamClient(address: address, timeout: timeout, eventLoopGroup: eventLoopGroup)
        tunnels = UpstreamTunnels(address: address, timeout: timeout)
        self.trustedProxies = trustedProxies
        self.isStreamMode = isStreamMode
    }
}

/// Stands before what makes the site's own answers safe, since the decision needs none of it.
struct UpstreamFallback: RouterMiddleware {
    let upstream: Upstream
    let site: StaticSite
    let securityHeaders: SecurityHeaders

    func handle(
        _ request: Request, context: GatewayRequestContext, next: (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        let isReading = request.method == .get || request.method == .head
        guard context.endpointPath == nil, !(isReading && site.has(request.uri.path)) else { return try await next(request, context) }
        do {
            var response = try await passOn(request, context)
            // What a page of the backend does not say itself.
            if response.headers[.xContentTypeOptions] == nil { response.headers[.xContentTypeOptions] = "nosniff" }
            if response.headers[.referrerPolicy] == nil { response.headers[.referrerPolicy] = "same-origin" }
            return response
        } catch let error as APIError {
            return answer(error, to: request)
        }
    }

    private func passOn(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        var outgoing = try UpstreamRequest(request.head, from: client(of: request, context), via: upstream.name)
        let isHandshake = request.headers[.secWebSocketAccept] != nil
        if upstream.isStreamMode {
            guard !isHandshake, outgoing.body == .none, !StreamMode.refusesToPassOn(request.method, request.uri.path) else {
                throw StreamMode.refusal
            }
            for name in StreamMode.overridingHeaders { outgoing.headers.remove(name: name) }
        }
        let failure = { @Sendable (error: UpstreamError) in
            if case .unreachable(let reason) = error {
                context.logger.warning(
                    "upstream failed", metadata: [RequestLog.Key.path: "\(request.uri.path)", RequestLog.Key.error: "\(reason)"])
            }
            return answer(error.answer, to: request)
        }
        if isHandshake {
            return try await upstream.tunnels.open(outgoing, for: context.clientAddress, channel: context.channel, failure: failure)
        }
        return await upstream.client.respond(
            to: outgoing, body: request.body, expectsContinue: request.headers[.expect]?.lowercased() == "100-continue",
            channel: context.channel, failure: failure)
    }

    private func client(of request: Request, _ context: GatewayRequestContext) -> UpstreamRequest.Client {
        let socket = context.channel.remoteAddress?.ipAddress ?? ""
        let path = ClientAddress.path(
            ofSocket: socket, forwardedFor: request.headers[values: .xForwardedFor], trusting: upstream.trustedProxies)
        return UpstreamRequest.Client(
            path: path.map(\.text), isProxyTrusted: path.last.map(upstream.trustedProxies.contains) ?? false)
    }

    /// An answer of this server, with all that its own answers have.
    private func answer(_ error: APIError, to request: Request) -> Response {
        var response = ErrorResponses.response(to: request, error)
        let wantsPage = request.headers[.accept]?.lowercased().contains("text/html") ?? false
        if wantsPage, error.code == "upstream_unavailable", request.method == .get {
            response.headers[.contentType] = ContentType.html
            response.body = ResponseBody(byteBuffer: ByteBuffer(string: UpstreamError.page))
        }
        securityHeaders.add(to: &response)
        return response
    }
}
