/// The way between peers and the server: passes datagrams on in order, except those that a test loses.

public struct LossyLink {
    public enum Direction: Sendable { case toServer, toPeer }

    /// Whether the datagram is lost; asked for each.
    public var loses: (Direction, [UInt8]) -> Bool = { _, _ in false }

    public init() {}

    /// Loses a share of everything, the same datagrams on each run with the same seed.
    public static func losing(oneIn n: UInt64, seed: UInt64) -> LossyLink {
        var random = SeededRandom(seed)
        var link = LossyLink()
        link.loses = { _, _ in random.next() % n == 0 }
        return link
    }
}
