/// What a module registers, looked at before it reaches the site's router: Hummingbird's own traps on a path that is taken.
import GatewayAPI

/// A path as the router writes it, such as `/api/party/status`, and a method.
struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    let path: RouterPath
    let method: HTTPRequest.Method

    static func == (left: Endpoint, right: Endpoint) -> Bool { left.description == right.description }

    func hash(into hasher: inout Hasher) { hasher.combine(description) }

    var description: String { "\(method.rawValue) \(path)" }
}

final class ModuleRouter: RouterMethods {
    typealias Context = GatewayRequestContext

    struct Route: Sendable {
        let endpoint: Endpoint
        let responder: any HTTPResponder<GatewayRequestContext>

        func add(to router: Router<GatewayRequestContext>) {
            func add(_ responder: some HTTPResponder<GatewayRequestContext>) {
                router.on(endpoint.path, method: endpoint.method, responder: responder)
            }
            add(responder)
        }
    }

    private(set) var routes: [Route] = []

    @discardableResult
    func on<Responder: HTTPResponder>(_ path: RouterPath, method: HTTPRequest.Method, responder: Responder) -> Self
    where Responder.Context == GatewayRequestContext {
        routes.append(Route(endpoint: Endpoint(path: path, method: method), responder: responder))
        return self
    }

    /// A module's middleware belongs into a group of its own; the site's router is not its to change.
    func add(middleware: any MiddlewareProtocol<Request, Response, GatewayRequestContext>) -> Self { self }

    /// Whether the routes may stand beside those that are there already.
    ///
    /// - Throws: `ModuleLoadError` for a path that is taken, or that would hide another.
    func check(beside taken: [Endpoint]) throws(ModuleLoadError) {
        let rehearsal = Router(context: GatewayRequestContext.self)
        var seen: Set<Endpoint> = []
        for endpoint in taken + routes.map(\.endpoint) {
            guard seen.insert(endpoint).inserted else { throw ModuleLoadError(description: "the route \(endpoint) is taken") }
            rehearsal.on(endpoint.path, method: endpoint.method) { _, _ in HTTPResponse.Status.ok }
        }
        do {
            try rehearsal.validate()
        } catch {
            throw ModuleLoadError(description: "one of its routes hides another: \(error)")
        }
    }
}
