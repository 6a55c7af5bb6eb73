/// All answers that are at hand: documents in memory, and what `AnswerCache` keeps. `EarlyAnswers` of every connection look here.
///
/// Each answer is the one that the router's way gives: whoever changes middleware that touches these answers changes what is prepared,
/// too (`test_core_early_answers.py` compares the two).
import GatewayAPI
import Hummingbird
import NIOHTTP1

struct PreparedAnswers: Sendable {
    /// By target, as clients write it.
    private let documents: [String: PreparedDocument]
    private let cache: AnswerCache
    private let clientAddress: ClientAddress
    private let rateLimit: RateLimit?
    private let securityHeaders: SecurityHeaders
    private let logger: Logger
    private let date = HTTPDate()
    private let ids = RequestIDs()

    enum Finding {
        case answer(PreparedAnswer)
        /// It is one if nobody has written to the database: `AnswerCache.whenFresh` tells.
        case kept(AnswerCache.Key)
    }

    init(
        documents: [String: PreparedDocument], cache: AnswerCache, clientAddress: ClientAddress, rateLimit: RateLimit?,
        securityHeaders: SecurityHeaders, logger: Logger
    ) {
        self.documents = documents
        self.cache = cache
        self.clientAddress = clientAddress
        self.rateLimit = rateLimit
        self.securityHeaders = securityHeaders
        self.logger = logger
    }

    func find(_ request: PlainRequest, accepting codings: AcceptedCodings) -> Finding? {
        if let document = documents[request.target] { return .answer(document.answer(accepting: codings)) }
        guard !request.isHead, let key = cache.key(of: request.target, acceptsGzip: codings.gzip) else { return nil }
        return .kept(key)
    }

    /// As `AnswerCache.whenFresh`.
    func whenFresh(_ key: AnswerCache.Key, _ eventLoop: any EventLoop, _ listener: @escaping @Sendable (PreparedAnswer?) -> Void) {
        cache.whenFresh(key, eventLoop, listener)
    }

    /// Whether the client may have an answer now.
    ///
    /// - Parameter socket: the connection's address.
    func admits(_ request: PlainRequest, from socket: String) -> Bool {
        // Most servers ask neither of the two.
        guard rateLimit != nil || !request.forwardedFor.isEmpty else { return true }
        let client = clientAddress.address(ofSocket: socket, forwardedFor: request.forwardedFor)
        return rateLimit?.secondsToWait(for: client) == nil
    }

    /// The bytes of an answer, which counts as given: it is logged.
    func give(_ answer: PreparedAnswer, to request: PlainRequest, from socket: String) -> (head: ByteBuffer, body: ByteBuffer?) {
        let id = ids.next()
        let (status, head, body) = answer.parts(for: request, id: id, date: date.text)
        log(
            id, answer.logLevel, request.isHead ? .head : .get, request.target, status,
            client: clientAddress.address(ofSocket: socket, forwardedFor: request.forwardedFor))
        return (head, body)
    }

    private func log(
        _ id: String, _ level: Logger.Level, _ method: HTTPRequest.Method, _ target: String, _ status: HTTPResponse.Status,
        client: @autoclosure () -> String
    ) {
        guard logger.logLevel <= level else { return }
        var logger = logger
        logger[metadataKey: "hb.request.id"] = "\(id)"
        RequestLog.log(
            to: logger, level: level, method: method, path: String(target.prefix { $0 != "?" }), status: status, after: .zero,
            client: client())
    }

    /// Opens a WebSocket for a right handshake.
    ///
    /// - Parameter accept: of the answer.
    /// - Returns: what opens and the answer's head, which counts as given; nil when the router's way has to say why not.
    func open(
        _ door: WebSocketDoor, _ request: HTTPRequestHead, accept: String, from socket: String
    ) -> (WebSocketOpening, HTTPResponseHead)? {
        guard request.uri.utf8.count <= TargetLimit.maximumBytes else { return nil }
        let address = clientAddress.address(ofSocket: socket, forwardedFor: request.headers["x-forwarded-for"])
        guard rateLimit?.secondsToWait(for: address) == nil else { return nil }
        let client = WebSocketClient(
            address: address, origin: request.headers.first(name: "origin"), host: request.headers.first(name: "host"))
        guard let opening = try? door.open(for: client) else { return nil }
        let id = ids.next()
        var response = Response(status: .switchingProtocols, headers: WebSocketDoor.headers(accept: accept))
        securityHeaders.add(to: &response)
        response.headers[.xRequestID] = id
        response.headers[.date] = date.text
        log(id, RequestLog.level(of: .get, door.route.path, response.status), .get, request.uri, response.status, client: address)
        let headers = HTTPHeaders(response.headers.map { ($0.name.rawName, $0.value) })
        return (opening, HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers))
    }
}
