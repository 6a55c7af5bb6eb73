/// The module's HTTP side: `GET /api/party/status` everywhere, `POST /api/party/host-token` on the host's own server, and
/// `GET /api/party/cover/:hash` on the listener server.
import Foundation
import GatewayAPI

struct PartyRoutes {
    let role: PartyRole
    /// Nil where none is set.
    let secret: String?
    let hostNames: [String]
    let status: @Sendable () async -> PartyStatus
    /// Nil on a host's own server.
    let covers: PartyCovers?

    static let maximumBodyBytes = 4_096

    static let noSecret = APIError(
        .notFound, "PARTY_SECRET is not set on this server, but the listener server asks for it", code: "no_secret")
    static let noCover = APIError.notFound("The running party has no such cover")
    static let noNonce = APIError.badRequest("The body must be {\"nonce\": \"…\"} as the listener server gave it")
    static let foreignOrigin = APIError(
        .forbidden, "Only this server's own pages may ask for a host token", code: "foreign_origin")

    func add(to router: RouterGroup<GatewayRequestContext>) {
        // The host's page asks its listener server across origins, so the status is open to any page; it holds nothing private.
        router.get("/api/party/status") { _, _ in try await Self.json(status(), headers: [.accessControlAllowOrigin: "*"]) }
        router.on("/api/party/status", method: .options) { _, _ in
            Response(
                status: .noContent,
                headers: [
                    .accessControlAllowOrigin: "*", .accessControlAllowMethods: "GET, HEAD, OPTIONS", .accessControlAllowHeaders: "*",
                    .accessControlMaxAge: "86400",
                ])
        }
        if let covers {
            router.get("/api/party/cover/:hash") { _, context in
                guard let jpeg = covers.jpeg(hash: context.parameters.get("hash") ?? "") else { throw Self.noCover }
                return Response(
                    status: .ok,
                    headers: [.contentType: "image/jpeg", .cacheControl: "public, max-age=31536000, immutable"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: jpeg)))
            }
        }
        guard role == .host else { return }
        router.post("/api/party/host-token") { request, _ in
            guard let secret else {
                throw Self.noSecret
            }
            try checkCaller(of: request)
            let body = try await request.body.collect(upTo: Self.maximumBodyBytes)
            guard let nonce = try? JSONDecoder().decode(HostTokenRequest.self, from: Data(body.readableBytesView)).nonce,
                HostToken.isNonce(nonce)
            else { throw Self.noNonce }
            return try Self.json(HostTokenResponse(token: HostToken.make(secret: secret, nonce: nonce)), headers: [:])
        }
    }

    func checkCaller(of request: Request) throws(APIError) {
        let fetchSite = request.headers.first { $0.name.canonicalName == "sec-fetch-site" }?.value
        try checkCaller(origin: request.headers[.origin], host: request.head.authority, fetchSite: fetchSite)
    }

    /// Only a page of this very server gets a token. `Origin` equal to `Host` is not enough: under DNS rebinding a stranger's page has
    /// its own name in both. So the name must be one that no stranger can own, or be reached over TLS (whose certificate a
    /// stranger's name fails), or be listed in `PARTY_HOST_NAMES`.
    func checkCaller(origin: String?, host: String?, fetchSite: String?) throws(APIError) {
        guard let host = host.flatMap(Authority.init), let origin = origin.flatMap(Origin.init), origin.isSame(as: host),
            fetchSite == nil || fetchSite == "same-origin"
        else { throw Self.foreignOrigin }
        let isListed = hostNames.contains { Authority($0)?.host == host.host }
        guard origin.isSecure || host.isLocalName || isListed else {
            throw APIError(
                .forbidden,
                "This server does not know itself as \(host.host); add the name to PARTY_HOST_NAMES or open the page over HTTPS",
                code: "foreign_origin")
        }
    }

    static func json(_ value: some Encodable, headers: HTTPFields) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.cacheControl] = "no-store"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(value))))
    }
}

private struct HostTokenRequest: Decodable {
    let nonce: String
}

private struct HostTokenResponse: Encodable {
    let token: String
}
