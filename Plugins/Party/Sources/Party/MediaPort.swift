/// The one port number of the media, over TCP and over UDP. `MediaThread` opens it at start-up.

struct MediaPortError: Error, CustomStringConvertible {
    let description: String
}

struct MediaPort {
    let listener: TcpListener
    let socket: UdpSocket

    /// Takes the first number of `ports` that is free for both. TCP first: its listener is what no two servers can share.
    ///
    /// - Throws: `MediaPortError` that says which ports were tried.
    init(firstFreeOf ports: ClosedRange<UInt16>) throws(MediaPortError) {
        var reason = ""
        for port in ports {
            do throws(MediaPortError) {
                let listener = try TcpListener(port: port)
                (socket, self.listener) = (try UdpSocket(port: port), listener)
                return
            } catch {
                reason = error.description
            }
        }
        throw MediaPortError(
            description:
                "no port of \(ports.lowerBound)–\(ports.upperBound) is free for both UDP and TCP; set RTC_MIN_PORT and RTC_MAX_PORT (\(reason))"
        )
    }
}
