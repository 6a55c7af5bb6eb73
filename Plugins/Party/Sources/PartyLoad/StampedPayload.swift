/// What this generator's host sends as sound: bytes that a listener, of another process of this machine too, can check and time.
///
///     | "DMPL" | life of the host (32) | number of the packet, through all lives (32) | nanoseconds (64) | filler that depends on the number |
import Glibc
import RTP

struct StampedPayload: Equatable {
    private static let mark: UInt32 = 0x444D_504C
    private static let headerBytes = 20
    /// As Opus has in 20 ms at 128 kb/s.
    static let byteCount = 320

    let life, number: UInt32
    /// Of the machine's monotonic clock.
    let nanoseconds: UInt64

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        for word in [Self.mark, life, number] { bytes.append(bigEndian: word) }
        bytes.append(bigEndian: nanoseconds)
        return bytes + [UInt8](repeating: UInt8(truncatingIfNeeded: number) ^ 0x5A, count: Self.byteCount - Self.headerBytes)
    }

    init(life: UInt32, number: UInt32, nanoseconds: UInt64 = Self.now) {
        self.life = life
        self.number = number
        self.nanoseconds = nanoseconds
    }

    enum Reading: Equatable {
        case whole(StampedPayload)
        /// Ours, and not as it was sent.
        case damaged
        /// Somebody else's sound.
        case foreign
    }

    static func read(_ payload: ArraySlice<UInt8>) -> Reading {
        Array(payload).withByteView { view in
            guard view.u32(at: 0) == mark else { return .foreign }
            guard let life = view.u32(at: 4), let number = view.u32(at: 8), let nanoseconds = view.u64(at: 12) else { return .damaged }
            let stamped = StampedPayload(life: life, number: number, nanoseconds: nanoseconds)
            return stamped.bytes.elementsEqual(payload) ? .whole(stamped) : .damaged
        }
    }

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
