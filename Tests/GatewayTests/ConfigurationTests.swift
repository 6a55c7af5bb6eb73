/// The table of keys: parsing, the role, and how it prints.
import GatewayAPI
import Testing

@testable import GatewayServer

@Suite struct ConfigurationTests {
    @Test func defaults() throws {
        let configuration = try GatewayConfiguration(environment: [:])
        #expect(configuration.values[CoreKeys.port] == 3_000)
        #expect(configuration.values[CoreKeys.host] == "0.0.0.0")
        #expect(configuration.role == .off)
        #expect(configuration.moduleNames.isEmpty)
        #expect(!configuration.values.isSet(CoreKeys.musicDirectory))
    }

    @Test(arguments: [
        (nil, nil, PartyRole.off), ("", "host", .off), ("false", "host", .off), ("TRUE", "listener", .off), ("yes", "nonsense", .off),
        ("true", "host", .host), (" true ", "listener", .listener),
    ])
    func role(enabled: String?, role: String?, expected: PartyRole) throws {
        var environment: [String: String] = [:]
        environment["PARTY_ENABLED"] = enabled
        environment["PARTY_ROLE"] = role
        #expect(try GatewayConfiguration(environment: environment).role == expected)
    }

    @Test(arguments: [nil, "", "off", "Host", "both"])
    func wrongRole(role: String?) throws {
        var environment = ["PARTY_ENABLED": "true"]
        environment["PARTY_ROLE"] = role
        let error = #expect(throws: ConfigurationError.self) { try GatewayConfiguration(environment: environment) }
        #expect(error?.key == "PARTY_ROLE")
        #expect(error?.description.contains("host or listener") == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func modules() throws {
        let environment = ["PARTY_ENABLED": "true", "PARTY_ROLE": "host", "MODULES": "B, A,Party,,B"]
        #expect(try GatewayConfiguration(environment: environment).moduleNames == ["Party", "B", "A"])
    }

    @Test(arguments: [
        ("PORT", "65536"), ("PORT", "-1"), ("MODULES", "../x"), ("TRUSTED_PROXIES", "1.2.3"), ("LOG_LEVEL", "x"),
        ("S3_PUBLIC_URL", "ftp://x"),
    ])
    func notAccepted(name: String, text: String) {
        let error = #expect(throws: ConfigurationError.self) { try GatewayConfiguration(environment: [name: text]) }
        #expect(error?.key == name)
    }

    @Test func secretIsNotRepeated() {
        let key = ConfigurationKey<Int>("KEY", accepts: "a number", default: 0, isSecret: true, meaning: "") { Int($0) }
        let error = #expect(throws: ConfigurationError.self) { try key.parse("hunter2") }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func namesAreUniqueAndExplained() {
        let names = CoreKeys.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        for key in CoreKeys.all {
            #expect(!key.meaning.isEmpty && key.meaning.hasSuffix("."))
            #expect(!key.accepts.isEmpty)
        }
    }

    @Test func table() {
        let keys: [any AnyConfigurationKey] = [
            ConfigurationKey<Int>.integer(
                "COUNT", in: 1...5, unit: "pieces", default: 2, meaning: "How many | there are, in so many words that a line must break."),
            ConfigurationKey<String>.text("NAME", aliases: ["OLD_NAME"], meaning: "A name."),
        ]
        let table = ConfigurationTable(sections: [.init(title: "Some", keys: keys)])
        #expect(
            table.markdown == """
                **Some**

                | Variable | Meaning | Accepts | Default |
                | --- | --- | --- | --- |
                | `COUNT` | How many \\| there are, in so many words that a line must break. | pieces, 1–5 | 2 |
                | `NAME`, `OLD_NAME` | A name. | text |  |
                """)
        #expect(
            table.text(width: 40) == """
                Some:
                  COUNT (pieces, 1–5; default 2)
                      How many | there are, in so many
                      words that a line must break.
                  NAME (text; also as OLD_NAME)
                      A name.
                """)
    }

    @Test(arguments: [
        ("https://party.test", "https://party.test"), ("HTTP://Party.Test:8080/path?x#y", "http://party.test:8080"),
        ("wss://[::1]:1", "wss://[::1]:1"),
        ("https://", nil), ("party.test", nil), ("ftp://x", nil), ("https://a b", nil), ("https://a;b", nil), ("https://a'b", nil),
        ("https://a,b", nil),
        ("https://ä", nil),
    ])
    func webOrigin(text: String, origin: String?) { #expect(WebOrigin(text)?.text == origin) }
}
