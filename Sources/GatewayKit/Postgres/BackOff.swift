/// Growing, jittered pauses between attempts, so that many connections do not knock at once.

struct BackOff {
    private var limit: Duration = .milliseconds(100)
    private static let longest: Duration = .seconds(5)

    /// Whether no pause was taken yet.
    private(set) var isFresh = true

    /// Between half and all of a limit that doubles up to 5 s.
    mutating func next() -> Duration {
        isFresh = false
        let pause = limit * Double.random(in: 0.5...1)
        limit = min(limit * 2, Self.longest)
        return pause
    }
}
