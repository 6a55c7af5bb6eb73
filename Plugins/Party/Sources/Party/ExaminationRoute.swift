/// `/api/party/examination`: what `dmp doctor` says, for the owner's eyes on `/party-status`. The host's own server tells its own pages
/// about itself, and asks its listener server, which tells whoever knows `PARTY_SECRET` and nobody else: findings name folders and
/// addresses inside the network.
import Foundation
import GatewayAPI

struct ExaminationRoute {
    static let path = "/api/party/examination"
    static let notOwner = APIError(.unauthorized, "Only the owner's other server may ask, which knows PARTY_SECRET", code: "not_owner")

    let role: PartyRole
    /// Nil where none is set.
    let secret: String?
    let partyURL: PartyURL?
    let examinations: Examinations
    let fetch: @Sendable (_ url: String, _ headers: HTTPFields) async throws -> FetchedPage
    /// Throws for any caller but this server's own pages.
    let checkCaller: @Sendable (Request) throws(APIError) -> Void

    func add(to router: RouterGroup<GatewayRequestContext>) {
        switch role {
        case .off: break
        case .host:
            router.post(RouterPath(Self.path)) { request, _ in
                try checkCaller(request)
                async let there = listenerServer()
                return try await PartyRoutes.json(Examination(here: examinations.findings(), listenerServer: there), headers: [:])
            }
        case .listener:
            // Asked by a server, which has no body to send.
            router.get(RouterPath(Self.path)) { request, _ in
                guard let secret, let field = request.headers[.authorization],
                    OwnerProof.isValid(field, secret: secret, unixTime: Int(Date.now.timeIntervalSince1970))
                else { throw Self.notOwner }
                return try await PartyRoutes.json(Examination(here: examinations.findings(), listenerServer: nil), headers: [:])
            }
        }
    }

    private func listenerServer() async -> [Finding] {
        func advice(_ message: String, _ remedy: String) -> [Finding] { [Finding.advice(message, remedy).of("listener server")] }
        guard let partyURL else { return [] }
        guard let secret else {
            return advice("it tells its state only to who knows PARTY_SECRET", "set the same long word on both servers")
        }
        let proof = OwnerProof.make(secret: secret, unixTime: Int(Date.now.timeIntervalSince1970))
        let asked = "run `dmp doctor` there"
        do {
            let page = try await fetch(partyURL.origin + Self.path, [.authorization: proof])
            if page.status == 401 {
                return advice("it does not accept this server's PARTY_SECRET", "set the same on both; their clocks must agree to a minute")
            }
            guard page.status == 200 else { return advice("it answers \(page.status) when asked for its state", asked) }
            return try JSONDecoder().decode(Examination.self, from: Data(page.body.readableBytesView)).here
        } catch {
            return advice("it did not tell its state: \(error)", asked)
        }
    }
}

/// The body of the answer.
struct Examination: Codable, Sendable {
    let here: [Finding]
    /// Nil from a listener server.
    let listenerServer: [Finding]?
}

/// Examines when asked, and at most every half minute: it takes seconds.
actor Examinations {
    private static let freshness: Duration = .seconds(30)

    private let examine: @Sendable () async -> [Finding]
    private var newest: (begun: ContinuousClock.Instant, task: Task<[Finding], Never>)?

    init(examine: @escaping @Sendable () async -> [Finding]) { self.examine = examine }

    func findings() async -> [Finding] {
        if let newest, ContinuousClock.now - newest.begun < Self.freshness { return await newest.task.value }
        let task = Task { await examine() }
        newest = (.now, task)
        return await task.value
    }
}
