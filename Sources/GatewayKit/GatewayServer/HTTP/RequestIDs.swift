/// Ids of answers that Hummingbird gives none (`X-Request-Id`): of the same form as its own, and of another beginning.
import Synchronization

final class RequestIDs: Sendable {
    /// Of an id, in bytes.
    static let length = 32

    private let beginning = UInt64.random(in: .min ... .max)
    private let count = Atomic(UInt64.random(in: .min ... .max))

    func next() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return String(unsafeUninitializedCapacity: Self.length) { bytes in
            for position in 0..<Self.length {
                let word = position < 16 ? beginning : number
                let digit = UInt8(truncatingIfNeeded: word >> UInt64((15 - position % 16) * 4)) & 15
                bytes[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return Self.length
        }
    }
}
