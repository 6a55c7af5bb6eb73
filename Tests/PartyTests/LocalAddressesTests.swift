import Testing

@testable import Party

@Suite struct LocalAddressesTests {
    static let interfaces = ["127.0.0.1", "192.0.2.7", "172.17.0.1", "::1", "fe80::1%eth0", "2001:db8::7"]

    @Test func announcedAddressesWinWhole() {
        #expect(
            LocalAddresses.offered(announced: ["203.0.113.5", "2001:DB8::0:1"], hasIPv6: true, interfaces: Self.interfaces)
                == ["203.0.113.5", "2001:db8::1"])
    }

    @Test func everyInterfaceIsOfferedWithoutThem() {
        #expect(
            LocalAddresses.offered(announced: [], hasIPv6: true, interfaces: Self.interfaces) == ["192.0.2.7", "172.17.0.1", "2001:db8::7"])
        #expect(LocalAddresses.offered(announced: [], hasIPv6: false, interfaces: Self.interfaces) == ["192.0.2.7", "172.17.0.1"])
    }

    @Test func loopbackServesAMachineWithoutANetwork() {
        #expect(LocalAddresses.offered(announced: [], hasIPv6: true, interfaces: ["127.0.0.1", "::1"]) == ["127.0.0.1", "::1"])
    }

    @Test(arguments: ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "fd00::2", "fe80::1", "::1"])
    func isOfItsOwnNetwork(address: String) { #expect(LocalAddresses.isPrivate(address)) }

    @Test(arguments: ["11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "203.0.113.5", "2001:db8::1"])
    func isOfTheInternet(address: String) { #expect(!LocalAddresses.isPrivate(address)) }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "::g", "party.example", "1.2.3.4:80"])
    func namesAreNoAddresses(text: String) { #expect(LocalAddresses.parse(text) == nil) }
}
