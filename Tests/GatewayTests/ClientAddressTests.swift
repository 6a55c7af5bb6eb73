/// Whom a request is counted for, with proxies that are trusted and clients that lie.
import Testing

@testable import GatewayServer

@Suite struct ClientAddressTests {
    @Test(arguments: [
        // Nobody is trusted: the header means nothing.
        ("203.0.113.9", ["1.1.1.1"], "", "203.0.113.9"),
        // The socket is no proxy's.
        ("203.0.113.9", ["1.1.1.1"], "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1"], "127.0.0.1", "1.1.1.1"),
        // What a client has put in front is not believed.
        ("127.0.0.1", ["9.9.9.9, 1.1.1.1"], "127.0.0.1", "1.1.1.1"),
        ("127.0.0.1", ["9.9.9.9", "1.1.1.1, 10.0.0.5"], "127.0.0.1,10.0.0.0/8", "1.1.1.1"),
        // Everyone on the way is trusted: the farthest one.
        ("127.0.0.1", ["10.0.0.7, 10.0.0.5"], "127.0.0.1,10.0.0.0/8", "10.0.0.7"),
        ("127.0.0.1", [], "127.0.0.1", "127.0.0.1"), ("127.0.0.1", [""], "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", ["1.1.1.1, unknown"], "127.0.0.1", "127.0.0.1"), ("127.0.0.1", ["1.1.1.1,"], "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", ["1.1.1.1:4711"], "127.0.0.1", "1.1.1.1"), ("::1", ["[2001:DB8::1]:4711"], "::1", "2001:db8::1"),
        ("::1", ["2001:db8:0::1"], "::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", ["1.1.1.1"], "127.0.0.1", "1.1.1.1"), ("fd00::1", ["::ffff:1.1.1.1"], "fd00::/8", "1.1.1.1"),
        ("local", ["1.1.1.1"], "127.0.0.1", "local"),
    ])
    func address(socket: String, forwardedFor: [String], trusted: String, expected: String) throws {
        let proxies = try #require(TrustedProxies(trusted))
        #expect(ClientAddress.address(ofSocket: socket, forwardedFor: forwardedFor, trusting: proxies) == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("192.168.4.0/22", "192.168.7.255", true),
        ("192.168.4.0/22", "192.168.8.0", false),
        ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::", true),
        ("2001:db8::/33", "2001:db8:7fff::", true),
        ("2001:db8::/33", "2001:db8:8000::", false), ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4/32", "1.2.3.5", false), ("", "1.2.3.4", false),
    ])
    func networks(list: String, address: String, isIn: Bool) throws {
        #expect(try #require(TrustedProxies(list)).contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: ["1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "::/129", "a", "1.2.3.4/8/8", "1.2.3.4 5.6.7.8"])
    func notAccepted(list: String) { #expect(TrustedProxies(list) == nil) }
}
