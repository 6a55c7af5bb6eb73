/// The one port number of the media, over TCP and over UDP. `MediaWorkers` opens it at start-up.

struct MediaPortError: Error, CustomStringConvertible {
    let description: String
}

struct MediaPort {
    let listener: TcpListener
    /// One for each media thread.
    let sockets: [UdpSocket]

    var number: UInt16 { listener.port }

    /// Takes the first number of `ports` that is free for both. TCP first: its listener is what no two servers can share.
    ///
    /// - Parameter sockets: how many to open, at least one.
    /// - Throws: `MediaPortError` that says which ports were tried.
    init(firstFreeOf ports: ClosedRange<UInt16>, sockets count: Int = 1) throws(MediaPortError) {
        var reason = ""
        for port in ports {
            do throws(MediaPortError) {
                let listener = try TcpListener(port: port)
                var sockets: [UdpSocket] = []
                while sockets.count < max(count, 1) { sockets.append(try UdpSocket(port: port, isShared: count > 1)) }
                (self.sockets, self.listener) = (sockets, listener)
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
