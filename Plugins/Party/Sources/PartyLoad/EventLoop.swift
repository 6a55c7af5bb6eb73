/// The one thread's epoll: a handler for each descriptor. `Load` turns it. With thousands of listeners it hands on 250,000 packets a second:
/// what is the same for all that came by one moment, their arrival and the buffer, is made once.
import CLinux
import Glibc

final class EventLoop {
    typealias Handler = (_ isReadable: Bool, _ isWritable: Bool) -> Void

    /// When what is handled now had come: the moment at which epoll told of it, whatever is handled before it.
    private(set) var arrival = Moment.now
    /// For what a handler reads, and nothing beyond its call: no datagram of a party is larger.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)

    private let epoll: Int32
    private let events = UnsafeMutablePointer<CLinuxEvent>.allocate(capacity: Int(CLINUX_MANY_EVENTS))
    /// By the lower half of their numbers; the upper one tells who had the place before.
    private var handlers: [(number: UInt64, handler: Handler?)] = []
    private var free: [Int] = []

    init() throws {
        epoll = CLinux_epollCreate()
        guard epoll >= 0 else { throw Failure("epoll: \(String(cString: strerror(errno)))") }
    }

    deinit {
        Glibc.close(epoll)
        events.deallocate()
        buffer.deallocate()
    }

    /// Until `remove` with the number that is returned.
    func add(_ descriptor: Int32, handler: @escaping Handler) throws -> UInt64 {
        let place = free.last ?? handlers.count
        let number = place < handlers.count ? handlers[place].number &+ 1 << 32 : UInt64(place)
        guard CLinux_epollAdd(epoll, descriptor, number) == 0 else { throw Failure("epoll: \(String(cString: strerror(errno)))") }
        if free.popLast() == nil { handlers.append((number, handler)) } else { handlers[place] = (number, handler) }
        return number
    }

    func wantsToWrite(_ wants: Bool, _ descriptor: Int32, _ number: UInt64) {
        _ = CLinux_epollChange(epoll, descriptor, number, wants ? CLINUX_READABLE | CLINUX_WRITABLE : CLINUX_READABLE)
    }

    /// Closes the descriptor too.
    func remove(_ descriptor: Int32, _ number: UInt64) {
        let place = Int(number & 0xFFFF_FFFF)
        guard handlers[place].number == number, handlers[place].handler != nil else { return }
        handlers[place].handler = nil
        free.append(place)
        Glibc.close(descriptor)
    }

    /// Handles what has happened; waits until something has, or for so long.
    func turn(milliseconds: Int32) {
        let count = CLinux_epollWaitForMany(epoll, events, milliseconds)
        arrival = .now
        for index in 0..<Int(count) {
            let event = events[index]
            let entry = handlers[Int(event.id & 0xFFFF_FFFF)]
            // An earlier handler of the same turn may have removed a later one.
            guard entry.number == event.id, let handler = entry.handler else { continue }
            handler(event.isReadable != 0, event.isWritable != 0)
        }
    }
}

/// One moment in the units that are asked for with each packet.
struct Moment {
    let instant: ContinuousClock.Instant
    /// Of the machine's monotonic clock, as `StampedPayload`'s.
    let nanoseconds: UInt64

    /// Of RTP's clock for Opus, 48,000 a second.
    var ticks: Int64 { Int64(clamping: nanoseconds / 1_000_000 * 48 + nanoseconds % 1_000_000 * 48 / 1_000_000) }

    static var now: Moment { Moment(instant: .now, nanoseconds: StampedPayload.now) }
}

/// Why something cannot be done, for people.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
