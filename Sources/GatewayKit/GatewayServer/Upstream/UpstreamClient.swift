/// Passes requests on to the backend and its answers back, both as they come: no more of a body is held than a few parts, and a side
/// that is slow slows the other one down. One for the server, called by `UpstreamFallback`.
import AsyncAlgorithms
import AsyncHTTPClient
import GatewayAPI
import HTTPTypes
import NIOHTTP1
import NIOHTTPTypes

final class UpstreamClient: Sendable {
    private static let connectTimeout: TimeAmount = .seconds(5)

    private let address: UpstreamAddress
    private let timeout: Duration
    private let client: HTTPClient
    /// Of every connection to the backend.
    private let eventLoop: any EventLoop

    init(address: UpstreamAddress, timeout: Duration, eventLoopGroup: any EventLoopGroup) {
        self.address = address
        self.timeout = timeout
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = Self.connectTimeout
        // Below the five seconds after which Node.js, which a backend is likely to run on, closes an idle connection itself.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_024
        // A refused connection is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        eventLoop = eventLoopGroup.next()
        client = HTTPClient(eventLoopGroup: eventLoop, configuration: configuration)
    }

    // Idle connections end with it; requests in progress hold `self`.
    deinit { client.shutdown { _ in } }

    /// - Parameters:
    ///   - body: of the request; read by nobody else.
    ///   - channel: the client's connection.
    ///   - failure: makes the answer when there is none.
    func respond(
        to request: UpstreamRequest, body: RequestBody, expectsContinue: Bool, channel: any Channel,
        failure: @Sendable (UpstreamError) -> Response
    ) async -> Response {
        let watch = UpstreamWatch(limit: timeout)
        let upload = request.body == .none ? nil : Upload(of: body, expectsContinue: expectsContinue, channel: channel, watch: watch)
        let download = AsyncThrowingChannel<ByteBuffer, any Error>()
        let head = channel.eventLoop.makePromise(of: HTTPResponseHead.self)
        let exchange = Task {
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await watch.expire() }
                    group.addTask {
                        let response = try await self.execute(self.outgoing(request, upload))
                        head.succeed(HTTPResponseHead(version: .http1_1, status: response.status, headers: response.headers))
                        for try await part in response.body { await watch.waitingForClient(.down) { await download.send(part) } }
                    }
                    try await group.next()
                    group.cancelAll()
                }
                download.finish()
            } catch {
                head.fail(error)
                download.fail(error)
            }
            upload?.refuseMore()
        }
        ConnectionGuard.requestIsPassedOn(channel) { exchange.cancel() }
        var response: Response
        do {
            response = Self.response(try await head.futureResult.get(), to: request, download: download, exchange: exchange)
        } catch {
            response = failure(UpstreamError(error))
        }
        if let upload {
            let body = response.body
            response.body = ResponseBody(contentLength: body.contentLength) { writer in
                try await body.write(writer)
                await upload.finish()
            }
        }
        return response
    }

    private func outgoing(_ request: UpstreamRequest, _ upload: Upload?) -> HTTPClientRequest {
        var outgoing = HTTPClientRequest(url: address.url + request.target)
        outgoing.method = request.method
        outgoing.headers = request.headers
        let body = upload.map { PacedBody(parts: $0.parts, eventLoop: eventLoop) }
        switch request.body {
        case .none: break
        case .known(let length): outgoing.body = body.map { .stream($0, length: .known(length)) }
        case .chunked: outgoing.body = body.map { .stream($0, length: .unknown) }
        }
        return outgoing
    }

    private func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch let error as HTTPClientError
            where error == .remoteConnectionClosed && request.body == nil && [.GET, .HEAD, .OPTIONS].contains(request.method)
        {
            // A kept connection that the backend was closing just then (RFC 9110 §9.2.2, RFC 9112 §9.3.1).
            return try await client.execute(request, deadline: .distantFuture)
        }
    }

    private static func response(
        _ head: HTTPResponseHead, to request: UpstreamRequest, download: AsyncThrowingChannel<ByteBuffer, any Error>,
        exchange: Task<Void, Never>
    ) -> Response {
        let (status, headers) = passedBack(head)
        let hasBody = request.method != .HEAD && head.status.mayHaveResponseBody
        // Without a body there is no other way to say that than a length.
        let length = headers[.contentLength].flatMap { Int($0) } ?? (hasBody ? nil : 0)
        return Response(
            status: status, headers: headers,
            body: ResponseBody(contentLength: length) { writer in
                defer { exchange.cancel() }
                for try await part in download { try await writer.write(part) }
                try await writer.finish(nil)
            })
    }

    /// Status and headers without those of the connection.
    static func passedBack(_ head: HTTPResponseHead) -> (HTTPResponse.Status, HTTPFields) {
        let left = HopByHop.names(in: head.headers["connection"])
        var headers = HTTPFields()
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name), !left.contains(name.canonicalName) else { continue }
            headers.append(HTTPField(name: name, value: value))
        }
        return (HTTPResponse.Status(code: Int(head.status.code), reasonPhrase: head.status.reasonPhrase), headers)
    }
}

/// Gives a part out when the one before has reached its connection. The client library asks for the next one as soon as it has put
/// the last into its event loop's queue, where a busy loop would let all of them pile up.
private struct PacedBody: AsyncSequence, Sendable {
    let parts: AsyncThrowingChannel<ByteBuffer, any Error>
    let eventLoop: any EventLoop

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncThrowingChannel<ByteBuffer, any Error>.AsyncIterator
        let eventLoop: any EventLoop

        mutating func next() async throws -> ByteBuffer? {
            try await eventLoop.submit {}.get()
            return try await base.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: parts.makeAsyncIterator(), eventLoop: eventLoop) }
}

/// Reads the client's body to its end, whatever becomes of the exchange: it is the connection's one reader meanwhile, and bytes that
/// nobody wants any more are in the way of the next request. `ConnectionGuard` ends a client that goes on for too long.
private struct Upload: Sendable {
    /// What the backend gets.
    let parts = AsyncThrowingChannel<ByteBuffer, any Error>()
    private let reading: Task<Void, Never>

    init(of body: RequestBody, expectsContinue: Bool, channel: any Channel, watch: UpstreamWatch) {
        reading = Task { [parts] in
            do {
                // RFC 9110 §10.1.1: the client waits for it.
                if expectsContinue { try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue))) }
                var iterator = body.makeAsyncIterator()
                while let part = try await watch.waitingForClient(.up, { try await iterator.next() }) { await parts.send(part) }
                parts.finish()
            } catch {
                parts.fail(error)
            }
        }
    }

    /// From here on what is read is dropped. A body that the backend has only a part of must not look complete to it.
    func refuseMore() { parts.fail(CancellationError()) }

    func finish() async { await reading.value }
}
