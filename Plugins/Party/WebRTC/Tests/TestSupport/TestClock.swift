/// Time that only moves when a test says so.

public struct TestClock {
    public private(set) var now = ContinuousClock.now

    public init() {}

    public mutating func advance(by duration: Duration) { now += duration }
}
