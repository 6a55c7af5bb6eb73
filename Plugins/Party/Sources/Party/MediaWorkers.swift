/// The media threads as the rest of the module sees them: what they offer to peers, the way in (`post`), and what comes out. Several share
/// one port, each with a socket of its own; a transport belongs to the one that its name says, and every host to the first.
import Foundation
import RTP
import Synchronization
import WebRTC

final class MediaWorkers: Sendable {
    let port: UInt16
    /// Where browsers are told to reach it.
    let addresses: [String]
    /// Answers offers; by any thread.
    let negotiator: SdpNegotiator
    /// In order; few, so they may all wait.
    let events: AsyncStream<MediaEvent>
    private let workers: [MediaWorker]
    /// The threads' own once they run.
    private let opened: MediaPort
    private let loops: Mutex<[MediaLoop]?>

    /// How many there are where nobody says: one for each core, and four that send can fill most networks.
    static var defaultCount: Int { min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 4) }

    /// Opens the port; nothing is answered before `run()`.
    ///
    /// - Throws: `MediaPortError`, `DtlsError`.
    init(count: Int = defaultCount, ports: ClosedRange<UInt16>, announcedAddresses: [String], bitrate: Int) throws {
        let opened = try MediaPort(firstFreeOf: ports, sockets: count)
        let certificate = try Certificate()
        addresses = LocalAddresses.offered(announced: announcedAddresses, hasIPv6: opened.sockets[0].hasIPv6)
        let (events, report) = AsyncStream<MediaEvent>.makeStream(bufferingPolicy: .unbounded)
        let workers = opened.sockets.indices.map { MediaWorker(index: $0, of: opened.sockets.count, report: report) }
        self.opened = opened
        self.events = events
        self.workers = workers
        port = opened.number
        negotiator = SdpNegotiator(
            fingerprint: certificate.fingerprint, candidates: IceCandidate.host(addresses: addresses, port: opened.number),
            maximumAverageBitrate: bitrate)
        loops = Mutex(try workers.map { try MediaLoop(port: opened, worker: $0, among: workers, certificate: certificate) })
    }

    /// Runs the threads until `stop()`; once.
    func run() async {
        let loops = self.loops.withLock { loops in
            defer { loops = nil }
            return loops.map { $0.map { UncheckedLoop(loop: $0) } } ?? []
        }
        await withTaskGroup(of: Void.self) { group in
            for loop in loops {
                group.addTask {
                    await withCheckedContinuation { (ended: CheckedContinuation<Void, Never>) in
                        Thread.detachNewThread {
                            loop.loop.run()
                            ended.resume()
                        }
                    }
                }
            }
        }
        workers.first?.report.finish()
    }

    /// Unchecked because each loop is handed to the one thread that runs it, and touched by nobody else from then on.
    private struct UncheckedLoop: @unchecked Sendable {
        let loop: MediaLoop
    }

    /// The port, for whoever wants to try it; nil once the threads have it.
    var idlePort: MediaPort? { loops.withLock { $0 == nil ? nil : opened } }

    // MARK: - In

    /// Of a transport that a host will send on, or a listener receive by.
    func credentials(forHost isHost: Bool) -> IceCredentials {
        IceCredentials { !isHost || $0.owner(of: workers.count) == 0 }
    }

    /// New ones of a transport that is there: they lead to the same thread.
    func credentials(restarting id: TransportID) -> IceCredentials {
        IceCredentials { $0.owner(of: workers.count) == id.owner(of: workers.count) }
    }

    /// Posts what concerns one transport: all of it in order, or nothing.
    ///
    /// - Returns: false when its media thread is so far behind that there is no room.
    func post(_ commands: [MediaCommand], for id: TransportID) -> Bool { owner(of: id).mailbox.post(commands) }

    func close(_ id: TransportID) { owner(of: id).mailbox.post(freeing: .close(id)) }

    /// All transports and the timeline go.
    func endSession() {
        for worker in workers { worker.mailbox.post(freeing: .endSession) }
    }

    func stop() {
        for worker in workers { worker.mailbox.post(freeing: .stop) }
    }

    private func owner(of id: TransportID) -> MediaWorker { workers[id.owner(of: workers.count)] }

    // MARK: - Out

    /// Of the newest packet on the session's timeline; nil before the first.
    var newestRtpTimestamp: UInt32? { workers.first?.newestRtpTimestamp }

    /// As of the last tick, of all threads together.
    var snapshot: MediaSnapshot {
        workers.dropFirst().reduce(into: workers[0].snapshot) { $0 += $1.snapshot }
    }
}

/// One media thread as the others see it: the way in, and what it says of itself without ever waiting for a reader.
final class MediaWorker: Sendable {
    /// Where a datagram came from and which address of ours it asked.
    struct DatagramPath: BitwiseCopyable, Sendable {
        let peer: SocketAddress
        let local: SocketAddress
    }

    /// From one thread to another. A listener sends few: checks and reports.
    private static let ringCapacity = 256
    /// More than any datagram that we accept.
    static let datagramBytes = 2_048

    let index: Int
    let mailbox: Mailbox
    /// Datagrams that the kernel gave to another thread, by that one's index; nil for its own.
    let datagrams: [HandoverRing<DatagramPath>?]
    /// The host's packets from the first thread, which has none.
    let pipe: RouterPipe?
    let report: AsyncStream<MediaEvent>.Continuation
    /// Bit 32 says whether there is a timestamp at all.
    private let timestamp = Atomic<UInt64>(0)
    private let snapshotValue = Mutex(MediaSnapshot())

    init(index: Int, of count: Int, report: AsyncStream<MediaEvent>.Continuation) {
        let mailbox = Mailbox()
        self.index = index
        self.mailbox = mailbox
        self.report = report
        datagrams = (0..<count).map {
            $0 == index ? nil : HandoverRing(capacity: Self.ringCapacity, slotBytes: Self.datagramBytes)
        }
        pipe = index == 0 ? nil : RouterPipe { mailbox.ring() }
    }

    var newestRtpTimestamp: UInt32? {
        let value = timestamp.load(ordering: .relaxed)
        return value == 0 ? nil : UInt32(truncatingIfNeeded: value)
    }

    var snapshot: MediaSnapshot { snapshotValue.withLock { $0 } }

    func publish(newestRtpTimestamp: UInt32?) {
        timestamp.store(newestRtpTimestamp.map { 1 << 32 | UInt64($0) } ?? 0, ordering: .relaxed)
    }

    func publish(_ snapshot: MediaSnapshot) { snapshotValue.withLock { $0 = snapshot } }
}
