import Testing

@testable import Party

@Suite struct RateLimiterTests {
    private let start = ContinuousClock.now

    @Test func allowsABurstAndThenItsRate() {
        var limiter = RateLimiter(now: start)
        for _ in 0..<60 { #expect(limiter.take(now: start) == .allowed) }
        #expect(limiter.take(now: start) == .refused)
        for step in 1...100 { #expect(limiter.take(now: start + .milliseconds(60 * step)) == .allowed) }
    }

    @Test func endsAFlood() {
        var limiter = RateLimiter(now: start)
        let verdicts = (0..<400).map { _ in limiter.take(now: start) }
        #expect(verdicts.last == .excessive)
        #expect(verdicts.filter { $0 == .refused }.count == RateLimiter.maximumRefusals)
    }

    @Test func forgivesAfterAPause() {
        var limiter = RateLimiter(now: start)
        for _ in 0..<200 { _ = limiter.take(now: start) }
        #expect(limiter.take(now: start + .seconds(10)) == .allowed)
    }
}
