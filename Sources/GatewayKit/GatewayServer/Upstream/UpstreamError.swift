/// Why a request that was passed on has no answer, and how that is told to clients: to programs as JSON, to browsers as a page.
import AsyncHTTPClient
import GatewayAPI

enum UpstreamError: Error {
    /// No connection, or one that ended or spoke no HTTP before the answer.
    case unreachable(any Error)
    /// `UPSTREAM_TIMEOUT_SECONDS` without a sign of life.
    case silent
    /// The client has gone; nobody reads the answer.
    case clientLeft

    init(_ error: any Error) {
        switch error {
        case let error as UpstreamError: self = error
        case is CancellationError: self = .clientLeft
        case let error as HTTPClientError where [.connectTimeout, .getConnectionFromPoolTimeout].contains(error): self = .silent
        default: self = .unreachable(error)
        }
    }

    var answer: APIError {
        switch self {
        case .unreachable:
            APIError(
                .badGateway, "The backend behind this site does not answer; its owner finds the reason in this server's log (UPSTREAM_URL)",
                code: "upstream_unavailable")
        case .silent:
            APIError(
                .gatewayTimeout, "The backend behind this site takes too long to answer (UPSTREAM_URL, UPSTREAM_TIMEOUT_SECONDS)",
                code: "upstream_unavailable")
        case .clientLeft:
            APIError(HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "The client has gone")
        }
    }

    /// For a browser that was to show a page.
    static let page = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not available</title></head>
        <body>
        <h1>This page is not available</h1>
        <p>The backend that makes it does not answer. The music is still there; if this is your site, look into its log (UPSTREAM_URL).</p>
        <p><a href="/">Back to Home</a></p>
        </body>
        </html>

        """
}
