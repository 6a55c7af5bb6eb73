/// The module's settings: the table that `dmp serve --help` and the README print, and the checked values that the rest is handed.
import GatewayAPI
import WebRTC

enum PartyKeys {
    static let url = ConfigurationKey<String>(
        "PARTY_URL", accepts: "http(s)://name[:port]", default: "",
        meaning:
            "Where the listener server is reached from outside. The host's page connects there; on a listener server it is one more own origin."
    ) { PartyURL($0)?.origin }
    static let secret = ConfigurationKey<String>(
        "PARTY_SECRET", accepts: "8 characters or more, the same on both servers", default: "", isSecret: true,
        meaning:
            "Proves to the listener server that the host's page is the owner's. Without it, anyone who reaches the server may open a party."
    ) { $0.utf8.count >= 8 ? $0 : nil }
    static let hostNames = ConfigurationKey<[String]>.list(
        "PARTY_HOST_NAMES", accepts: "names, separated by commas",
        meaning:
            "Further names under which the host's own pages are opened over plain HTTP. An IP address, localhost, a name without a dot, "
            + ".local, .lan, .home.arpa and .internal need no entry.")
    static let announcedAddresses = ConfigurationKey<[String]>.list(
        "PARTY_ANNOUNCED_ADDRESS", aliases: ["MEDIASOUP_ANNOUNCED_IP"], accepts: "IPv4 and IPv6 addresses, separated by commas",
        meaning: "Addresses at which browsers reach the media port. Without it, every address of this machine is offered."
    ) { LocalAddresses.parse($0) != nil }
    static let minimumPort = ConfigurationKey<Int>.integer(
        "RTC_MIN_PORT", in: 1...65_535, default: 10_000, meaning: "First port to try for media, over UDP and TCP; one serves everybody.")
    static let maximumPort = ConfigurationKey<Int>.integer(
        "RTC_MAX_PORT", in: 1...65_535, default: 10_100, meaning: "Last port to try for media.")
    static let workers = ConfigurationKey<Int>(
        "PARTY_WORKERS", accepts: "1–16", default: MediaWorkers.defaultCount, describedAs: "one per core, at most 4",
        meaning: "Threads that carry the sound, on one port."
    ) { Int($0).flatMap { 1...16 ~= $0 ? $0 : nil } }
    static let bitrate = ConfigurationKey<Int>.integer(
        "PARTY_BITRATE", in: 32_000...510_000, unit: "bits per second", default: 128_000,
        meaning: "What the host's browser is asked to send.")
    static let hostGraceSeconds = ConfigurationKey<Int>.integer(
        "PARTY_HOST_GRACE_SECONDS", in: 1...3_600, unit: "seconds", default: 60,
        meaning: "How long a party waits for a host whose connection was lost.")
    static let maximumListeners = ConfigurationKey<Int>.integer(
        "PARTY_MAX_LISTENERS", in: 1...100_000, default: 2_000, meaning: "Listeners at once; one more is told that the party is full.")
    static let maximumListenersPerAddress = ConfigurationKey<Int>.integer(
        "PARTY_MAX_LISTENERS_PER_ADDRESS", in: 1...100_000, default: 600,
        meaning: "Listeners at once from one client address (of IPv6: a /64), such as a shared network.")
    static let connectionsPerMinute = ConfigurationKey<Int>.integer(
        "PARTY_CONNECTIONS_PER_MINUTE", in: 10...1_000_000, default: 1_200,
        meaning: "New connections to the party a minute from one client address, as many of them at once; more get 429.")

    /// Nil where none is set.
    static func secret(in values: ConfigurationValues) -> String? { values.isSet(secret) ? values[secret] : nil }

    static let all: [any AnyConfigurationKey] = [
        url, secret, hostNames, announcedAddresses, minimumPort, maximumPort, workers, bitrate, hostGraceSeconds, maximumListeners,
        maximumListenersPerAddress, connectionsPerMinute,
    ]
}

/// `PARTY_URL` taken apart. The original drops its path too.
struct PartyURL: Equatable, Sendable {
    let isSecure: Bool
    /// Name or address with the port when one was written, in lower case, as in a `Host` header.
    let authority: String

    init?(_ text: String) {
        let text = text.lowercased()
        for (scheme, isSecure) in [("https://", true), ("http://", false)] where text.hasPrefix(scheme) {
            let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard Authority(String(authority)) != nil else { return nil }
            self.isSecure = isSecure
            self.authority = String(authority)
            return
        }
        return nil
    }

    var origin: String { (isSecure ? "https://" : "http://") + authority }
    /// The same place as the CSP names it for WebSockets.
    var webSocketOrigin: String { (isSecure ? "wss://" : "ws://") + authority }
}
