/// How many packets may be asked for again: by a listener from us, and by us from a host.

struct RetransmissionAllowance {
    /// As many packets a second as a stream of 20 ms packets has, and bursts of twice that.
    private static let perSecond = 50.0, burst = 100.0

    private var left = burst
    private var counted: ContinuousClock.Instant?

    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        if let counted { left = min(left + (now - counted) / .seconds(1) * Self.perSecond, Self.burst) }
        counted = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
