/// The one door to a media thread: a mutex, a queue, an eventfd. Signalling makes credentials and SSRCs itself and posts what it decided;
/// other media threads post what is seldom, and ring for what lies in their rings. Nobody waits for the other side.
internal import CLinux
import Glibc
import RTP
import Synchronization
import WebRTC

/// A transport is named by the ICE ufrag that it began with: 48 random bits that both sides of the door know.
typealias TransportID = IceUfrag

enum MediaCommand: Sendable {
    /// Answer checks from now on.
    case open(IceCredentials)
    case connect(TransportID, RemotePeer)
    case produce(TransportID, ProducerParameters)
    case consume(TransportID, ConsumerParameters, paused: Bool)
    case resume(TransportID)
    /// New credentials of ours, and the peer's new ufrag.
    case restartIce(TransportID, IceCredentials, remoteUfrag: String?)
    case close(TransportID)
    /// All transports and the timeline go.
    case endSession
    /// From another media thread: datagrams of this address are its.
    case redirect(SocketAddress, to: Int)
    /// From another media thread: no longer.
    case endRedirect(SocketAddress, to: Int)
    /// From another media thread: a TCP connection whose first packet named a transport of yours.
    case adopt(TcpHandover)
    case stop
}

/// A TCP connection on its way from one media thread to another.
struct TcpHandover: Sendable {
    /// The receiver's own.
    let descriptor: Int32
    let peer: SocketAddress
    let local: SocketAddress
    /// What has been read from it.
    let received: [UInt8]
}

final class Mailbox: Sendable {
    /// A few for each of a few thousand listeners who all come at once.
    static let maximumCommands = 16_384

    let descriptor: Int32
    private let queue = Mutex<[MediaCommand]>([])

    init() {
        descriptor = CLinux_eventCreate()
        precondition(descriptor >= 0, "the process has no file descriptor left: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// Posts all of them in order, or none.
    ///
    /// - Returns: false when the media thread is so far behind that there is no room.
    func post(_ commands: [MediaCommand]) -> Bool {
        let posted = queue.withLock { queue in
            guard queue.count + commands.count <= Self.maximumCommands else { return false }
            queue += commands
            return true
        }
        if posted { CLinux_eventSignal(descriptor) }
        return posted
    }

    /// What frees something always finds room: there are never more of these than what was posted before.
    func post(freeing command: MediaCommand) {
        queue.withLock { $0.append(command) }
        CLinux_eventSignal(descriptor)
    }

    /// There is something in a ring.
    func ring() { CLinux_eventSignal(descriptor) }

    /// For the media thread.
    func takeAll() -> [MediaCommand] {
        CLinux_eventClear(descriptor)
        return queue.withLock { queue in
            defer { queue = [] }
            return queue
        }
    }
}
