/// The one media port: a UDP socket on every address of the machine, IPv4 and IPv6, that takes and sends datagrams in batches and
/// answers from the address that was asked (RFC 3542, `IPV6_PKTINFO`; ip(7), `IP_PKTINFO`). Opened at start-up, used by `MediaLoop` alone.
internal import CLinux
import Glibc
import RTP

struct UdpSocketError: Error, CustomStringConvertible {
    let description: String
}

final class UdpSocket: Sendable {
    let descriptor: Int32
    let port: UInt16
    /// False on a machine whose kernel has no IPv6: the socket is then IPv4 alone.
    let hasIPv6: Bool
    private var family: CLinuxFamily { hasIPv6 ? CLINUX_DUAL_STACK : CLINUX_IPV4 }

    /// Takes the first free port of `ports`. The bind is exclusive, so two servers never share one.
    ///
    /// - Throws: `UdpSocketError` that says which ports were tried.
    init(firstFreeOf ports: ClosedRange<UInt16>) throws(UdpSocketError) {
        for port in ports {
            for family in [CLINUX_DUAL_STACK, CLINUX_IPV4] {
                let opened = CLinux_openUdp(family, port)
                if opened >= 0 {
                    descriptor = opened
                    self.port = CLinux_boundPort(opened)
                    hasIPv6 = family == CLINUX_DUAL_STACK
                    return
                }
                // Only a missing family is a reason to try the other one: a taken port is taken.
                guard errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL else { break }
            }
        }
        throw UdpSocketError(
            description:
                "no UDP port of \(ports.lowerBound)–\(ports.upperBound) is free; set RTC_MIN_PORT and RTC_MAX_PORT (\(String(cString: strerror(errno))))"
        )
    }

    deinit { close(descriptor) }

    /// Fills `batch` with what has arrived; returns how many.
    func receive(into batch: UnsafeMutablePointer<CLinuxDatagram>, capacity: Int) -> Int {
        Int(CLinux_receive(descriptor, family, batch, Int32(capacity)))
    }

    /// - Returns: how many did not go out.
    func send(_ batch: UnsafePointer<CLinuxDatagram>, count: Int) -> Int {
        Int(CLinux_send(descriptor, family, batch, Int32(count)))
    }
}
