/// The way of a party's packets from the router that they reach to the router of another media thread (mediasoup's `pipeToRouter`): each
/// goes over once, in plain text, and is sealed there for that thread's listeners.
import RTP

/// One thread writes, one other reads.
public final class RouterPipe: Sendable {
    /// A packet without its bytes. `party` says whose it is: both ends count the parties that they have seen end.
    struct Entry: BitwiseCopyable, Sendable {
        let party: Int
        let sequence: Int64
        let timestamp: UInt32
        let marker: Bool
        let audioLevel: UInt8?
        let primaryOffset: Int, redundantCount: Int
    }

    /// More than a second of sound: a thread that is so far behind has lost its listeners anyway.
    private static let capacity = 64

    let ring = HandoverRing<Entry>(capacity: capacity, slotBytes: Router.maximumPayloadBytes)

    /// Tells the reading thread that there is something, before the writing one turns to its own listeners.
    let wake: @Sendable () -> Void

    public init(wake: @escaping @Sendable () -> Void) { self.wake = wake }
}
