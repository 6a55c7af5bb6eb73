import GatewayAPI
import Testing

@testable import GatewayServer

@Suite struct RateLimitTests {
    private let start = ContinuousClock.now

    @Test func aBurstAndThenASteadyFlow() {
        let buckets = ClientBuckets(perSecond: 2, burst: 10)
        let client = ClientNetwork("192.0.2.1")
        for _ in 0..<10 { #expect(buckets.take(client, now: start) == nil) }
        #expect(buckets.take(client, now: start) == 1)
        #expect(buckets.take(ClientNetwork("192.0.2.2"), now: start) == nil, "another one is not concerned")
        #expect(buckets.take(client, now: start + .milliseconds(500)) == nil)
        #expect(buckets.take(client, now: start + .milliseconds(500)) != nil)
        for _ in 0..<10 { #expect(buckets.take(client, now: start + .seconds(100)) == nil) }
        #expect(buckets.take(client, now: start + .seconds(100)) != nil)
    }

    @Test func waitingIsTold() {
        let buckets = ClientBuckets(perSecond: 0.1, burst: 1)
        let client = ClientNetwork("192.0.2.1")
        _ = buckets.take(client, now: start)
        #expect(buckets.take(client, now: start) == 10)
        #expect(buckets.take(client, now: start + .seconds(4)) == 6)
    }

    @Test func theTableForgets() {
        let buckets = ClientBuckets(perSecond: 1, burst: 2)
        for number in 0..<3 * ClientBuckets.maximumClients {
            _ = buckets.take(
                ClientNetwork("2001:db8:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16))::1"), now: start)
            #expect(buckets.count <= ClientBuckets.maximumClients)
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8::7", "2001:db8:0:0::/64"), ("local", "local"), ("", ""), ("no:address", "no:address"),
    ])
    func networks(address: String, expected: String) { #expect(ClientNetwork(address).text == expected) }
}
