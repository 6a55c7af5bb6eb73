/// All answers that are at hand: documents in memory, and what `AnswerCache` keeps. `EarlyAnswers` of every connection look here.
///
/// Each answer is the one that the router's way gives: whoever changes middleware that touches these answers changes what is prepared,
/// too (`test_core_early_answers.py` compares the two).
import GatewayAPI
import Hummingbird

struct PreparedAnswers: Sendable {
    /// By target, as clients write it.
    private let documents: [String: PreparedDocument]
    private let cache: AnswerCache
    private let clientAddress: ClientAddress
    private let rateLimit: RateLimit?
    private let logger: Logger
    private let date = HTTPDate()
    private let ids = RequestIDs()

    enum Finding {
        case answer(PreparedAnswer)
        /// It is one if nobody has written to the database: `AnswerCache.whenFresh` tells.
        case kept(AnswerCache.Key)
    }

    init(
        documents: [String: PreparedDocument], cache: AnswerCache, clientAddress: ClientAddress, rateLimit: RateLimit?, logger: Logger
    ) {
        self.documents = documents
        self.cache = cache
        self.clientAddress = clientAddress
        self.rateLimit = rateLimit
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
        if logger.logLevel <= answer.logLevel {
            var logger = logger
            logger[metadataKey: "hb.request.id"] = "\(id)"
            RequestLog.log(
                to: logger, level: answer.logLevel, method: request.isHead ? .head : .get,
                path: String(request.target.prefix { $0 != "?" }), status: status, after: .zero,
                client: clientAddress.address(ofSocket: socket, forwardedFor: request.forwardedFor))
        }
        return (head, body)
    }
}
