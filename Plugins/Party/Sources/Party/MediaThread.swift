/// The media thread as the rest of the module sees it: what it offers to peers, the way in (`mailbox`), and what comes out.
import Foundation
import Synchronization
import WebRTC

final class MediaThread: Sendable {
    let port: UInt16
    /// Where browsers are told to reach it.
    let addresses: [String]
    let mailbox = Mailbox()
    let output: Output
    /// Answers offers; by any thread.
    let negotiator: SdpNegotiator
    /// The thread's own once it runs.
    private let opened: MediaPort
    private let loop: Mutex<MediaLoop?>

    /// Opens the port; nothing is answered before `run()`.
    ///
    /// - Throws: `MediaPortError`, `DtlsError`.
    init(ports: ClosedRange<UInt16>, announcedAddresses: [String], bitrate: Int) throws {
        let opened = try MediaPort(firstFreeOf: ports)
        let certificate = try Certificate()
        addresses = LocalAddresses.offered(announced: announcedAddresses, hasIPv6: opened.socket.hasIPv6)
        let output = Output()
        self.opened = opened
        port = opened.socket.port
        self.output = output
        negotiator = SdpNegotiator(
            fingerprint: certificate.fingerprint, candidates: IceCandidate.host(addresses: addresses, port: opened.socket.port),
            maximumAverageBitrate: bitrate)
        loop = Mutex(try MediaLoop(port: opened, mailbox: mailbox, certificate: certificate, output: output))
    }

    /// Runs the thread until `stop()`; once.
    func run() async {
        await withCheckedContinuation { (ended: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                let loop = self.loop.withLock { loop -> MediaLoop? in
                    defer { loop = nil }
                    return loop
                }
                loop?.run()
                ended.resume()
            }
        }
        output.finish()
    }

    /// The port, for whoever wants to try it; nil once the thread has it.
    var idlePort: MediaPort? { loop.withLock { $0 == nil ? nil : opened } }

    func stop() { mailbox.post(freeing: .stop) }

    /// What the media thread gives away, without ever waiting for a reader.
    final class Output: Sendable {
        /// In order; few, so they may all wait.
        let events: AsyncStream<MediaEvent>
        private let eventQueue: AsyncStream<MediaEvent>.Continuation
        /// Bit 32 says whether there is a timestamp at all.
        private let timestamp = Atomic<UInt64>(0)
        private let snapshotValue = Mutex(MediaSnapshot())

        init() { (events, eventQueue) = AsyncStream.makeStream(bufferingPolicy: .unbounded) }

        /// Of the newest packet on the session's timeline; nil before the first.
        var newestRtpTimestamp: UInt32? {
            let value = timestamp.load(ordering: .relaxed)
            return value == 0 ? nil : UInt32(truncatingIfNeeded: value)
        }

        /// As of the last tick.
        var snapshot: MediaSnapshot { snapshotValue.withLock { $0 } }

        func publish(newestRtpTimestamp: UInt32?) {
            timestamp.store(newestRtpTimestamp.map { 1 << 32 | UInt64($0) } ?? 0, ordering: .relaxed)
        }

        func publish(_ snapshot: MediaSnapshot) { snapshotValue.withLock { $0 = snapshot } }
        func report(_ event: MediaEvent) { eventQueue.yield(event) }
        func finish() { eventQueue.finish() }
    }
}
