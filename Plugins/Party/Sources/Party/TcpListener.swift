/// The TCP side of the media port (RFC 6544: passive candidates), for browsers whose network lets no UDP through. It is also the lock for
/// the port number: two servers can never both have it, so it is opened before the UDP socket. Opened at start-up, used by
/// `MediaLoop` alone.
internal import CLinux
import Glibc
import RTP

final class TcpListener: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// - Parameter withIPv6: false leaves IPv6 out, as a kernel without it does.
    /// - Throws: `MediaPortError` when somebody has the port.
    init(port: UInt16, withIPv6: Bool = true) throws(MediaPortError) {
        for family in withIPv6 ? [CLINUX_DUAL_STACK, CLINUX_IPV4] : [CLINUX_IPV4] {
            let opened = CLinux_openTcp(family, port)
            if opened >= 0 {
                descriptor = opened
                self.port = CLinux_boundPort(opened)
                return
            }
            guard errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL else { break }
        }
        throw MediaPortError(description: "no TCP port \(port): \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    enum Accepted {
        case connection(descriptor: Int32, peer: SocketAddress, local: SocketAddress)
        /// No more are waiting.
        case none
        /// The process or the machine has no room for one; it goes on waiting.
        case noRoom
    }

    /// The next connection; never waits.
    func accept() -> Accepted {
        var peer = CLinuxAddress()
        var local = CLinuxAddress()
        var peerPort: UInt16 = 0
        while true {
            let descriptor = CLinux_accept(self.descriptor, &peer, &peerPort, &local)
            if descriptor >= 0 {
                return .connection(
                    descriptor: descriptor, peer: SocketAddress(peer, port: peerPort), local: SocketAddress(local, port: port))
            }
            switch errno {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .noRoom
            case EINTR, ECONNABORTED: continue
            default: return .none
            }
        }
    }
}
