/// The UDP side of the media port: a socket on every address of the machine, IPv4 and IPv6, that takes and sends datagrams in batches and
/// answers from the address that was asked (RFC 3542, `IPV6_PKTINFO`; ip(7), `IP_PKTINFO`). Opened at start-up, used by `MediaLoop` alone.
internal import CLinux
import Glibc
import RTP

final class UdpSocket: Sendable {
    let descriptor: Int32
    let port: UInt16
    /// False on a machine whose kernel has no IPv6: the socket is then IPv4 alone.
    let hasIPv6: Bool
    private var family: CLinuxFamily { hasIPv6 ? CLINUX_DUAL_STACK : CLINUX_IPV4 }

    /// A `TcpListener` of the same number is the lock: whoever holds it may share the port with itself.
    ///
    /// - Parameters:
    ///   - isShared: one of several on this port; else the bind is exclusive.
    ///   - withIPv6: false leaves IPv6 out, as a kernel without it does.
    /// - Throws: `MediaPortError` when somebody has the port.
    init(port: UInt16, isShared: Bool = false, withIPv6: Bool = true) throws(MediaPortError) {
        for family in withIPv6 ? [CLINUX_DUAL_STACK, CLINUX_IPV4] : [CLINUX_IPV4] {
            let opened = CLinux_openUdp(family, port, isShared ? 1 : 0)
            if opened >= 0 {
                descriptor = opened
                self.port = CLinux_boundPort(opened)
                hasIPv6 = family == CLINUX_DUAL_STACK
                return
            }
            // Only a missing family is a reason to try the other one: a taken port is taken.
            guard errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL else { break }
        }
        throw MediaPortError(description: "no UDP port \(port): \(String(cString: strerror(errno)))")
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

    /// Datagrams with a buffer each, to receive into. The owner gives them back to `free`.
    static func makeBatch(capacity: Int, bytes: Int) -> UnsafeMutablePointer<CLinuxDatagram> {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity * bytes, alignment: 64)
        let batch = UnsafeMutablePointer<CLinuxDatagram>.allocate(capacity: capacity)
        for index in 0..<capacity {
            var datagram = CLinuxDatagram()
            datagram.bytes = (memory + index * bytes).assumingMemoryBound(to: UInt8.self)
            datagram.capacity = UInt32(truncatingIfNeeded: bytes)
            (batch + index).initialize(to: datagram)
        }
        return batch
    }

    static func free(_ batch: UnsafeMutablePointer<CLinuxDatagram>) {
        UnsafeMutableRawPointer(batch.pointee.bytes).deallocate()
        batch.deallocate()
    }
}
