/// The one thread's epoll: a handler for each descriptor. `Load` turns it.
import CLinux
import Glibc

final class EventLoop {
    typealias Handler = (_ isReadable: Bool, _ isWritable: Bool) -> Void

    private let epoll: Int32
    private var handlers: [UInt64: Handler] = [:]
    private var lastNumber: UInt64 = 0

    init() throws {
        epoll = CLinux_epollCreate()
        guard epoll >= 0 else { throw Failure("epoll: \(String(cString: strerror(errno)))") }
    }

    deinit { Glibc.close(epoll) }

    /// Until `remove` with the number that is returned.
    func add(_ descriptor: Int32, handler: @escaping Handler) throws -> UInt64 {
        lastNumber += 1
        guard CLinux_epollAdd(epoll, descriptor, lastNumber) == 0 else { throw Failure("epoll: \(String(cString: strerror(errno)))") }
        handlers[lastNumber] = handler
        return lastNumber
    }

    func wantsToWrite(_ wants: Bool, _ descriptor: Int32, _ number: UInt64) {
        _ = CLinux_epollChange(epoll, descriptor, number, wants ? CLINUX_READABLE | CLINUX_WRITABLE : CLINUX_READABLE)
    }

    /// Closes the descriptor too.
    func remove(_ descriptor: Int32, _ number: UInt64) {
        handlers[number] = nil
        Glibc.close(descriptor)
    }

    /// Handles what has happened; waits until something has, or for so long.
    func turn(milliseconds: Int32) {
        withUnsafeTemporaryAllocation(of: CLinuxEvent.self, capacity: Int(CLINUX_EVENTS)) { events in
            guard let base = events.baseAddress else { return }
            let count = CLinux_epollWait(epoll, base, milliseconds)
            // An earlier handler of the same turn may have removed a later one.
            for event in events.prefix(Int(count)) { handlers[event.id]?(event.isReadable != 0, event.isWritable != 0) }
        }
    }
}

/// Why something cannot be done, for people.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
