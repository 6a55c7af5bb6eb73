/// The core's table of settings. `dmp serve --help`, the README's table, parsing and start-up errors are made from it.
import GatewayAPI

public enum CoreKeys {
    public static let host = ConfigurationKey<String>.text(
        "HOST", accepts: "an address or name of this machine", default: "0.0.0.0",
        meaning:
            "Address to listen on. The default is reached from the whole home network; `::` adds IPv6; behind a reverse proxy set 127.0.0.1."
    )
    public static let port = ConfigurationKey<Int>.integer("PORT", in: 0...65_535, default: 3_000, meaning: "TCP port; 0 takes a free one.")
    public static let publicDirectory = ConfigurationKey<String>.text(
        "PUBLIC_DIR", accepts: "a folder", describedAs: "`public` here or beside the program",
        meaning: "The site's files. They are read once, at start.")
    public static let dataDirectory = ConfigurationKey<String>.text(
        "DMP_DATA_DIR", accepts: "a folder", describedAs: "`dmp` in the XDG data folder; for root /var/lib/dmp",
        meaning: "What the server keeps: the embedded database, the demo library, images.")
    public static let databaseURL = ConfigurationKey<String>.text(
        "DATABASE_URL", accepts: "postgresql://user:password@host/database", isSecret: true,
        meaning: "An existing database, written for libpq or Prisma. Without it the server runs a private Postgres in DMP_DATA_DIR.")
    public static let musicDirectory = ConfigurationKey<String>.text(
        "MUSIC_DIR", accepts: "a folder", meaning: "The music; the database names files relative to it.")
    public static let indexing = ConfigurationKey<String>.choice(
        "INDEX_ON_START", of: ["empty", "always", "never"], default: "empty",
        meaning: "When a starting server indexes MUSIC_DIR, while it serves: if the database holds no music yet, each time, or not at all.")
    public static let imageDirectory = ConfigurationKey<String>.text(
        "IMAGE_DIR", accepts: "a folder", describedAs: "`images` in DMP_DATA_DIR",
        meaning: "Pictures, served at /img: `artists` and `releases` lie in it.")
    public static let imageStorage = ConfigurationKey<String>.choice(
        "IMAGE_STORAGE", of: ["local", "s3", "both"], default: "local", meaning: "Where the database's picture names lead.")
    public static let s3PublicURL = ConfigurationKey<String>(
        "S3_PUBLIC_URL", accepts: "http(s)://name[:port]", default: "",
        meaning: "Where pictures on S3 are read from. Needed only for plain http: pages may show pictures of any https site."
    ) { WebOrigin($0)?.text }
    public static let trustedProxies = ConfigurationKey<TrustedProxies>(
        "TRUSTED_PROXIES", accepts: "addresses or networks such as 127.0.0.1,10.0.0.0/8", default: TrustedProxies(),
        meaning: "Reverse proxies whose X-Forwarded-For tells a client's address."
    ) { TrustedProxies($0) }
    public static let upstreamURL = ConfigurationKey<UpstreamAddress?>(
        "UPSTREAM_URL", accepts: "http(s)://name[:port]", default: nil,
        meaning: "A backend behind this site: whatever no route and no page of the site answers is passed on to it."
    ) { UpstreamAddress($0).map(Optional.some) }
    public static let upstreamTimeout = ConfigurationKey<Int>.integer(
        "UPSTREAM_TIMEOUT_SECONDS", in: 1...3_600, unit: "seconds", default: 60,
        meaning: "How long the backend may be silent before a request that was passed on fails.")
    public static let partyEnabled = ConfigurationKey<Bool>(
        "PARTY_ENABLED", accepts: "exactly true; anything else is off", default: false, describedAs: "off",
        meaning: "Loads the party module."
    ) { $0 == "true" }
    public static let partyRole = ConfigurationKey<String>.text(
        "PARTY_ROLE", accepts: "host or listener",
        meaning: "What this server is in a party: the owner's own site (host), or the public one that listeners open (listener).")
    public static let modules = ConfigurationKey<[String]>.list(
        "MODULES", accepts: "names, separated by commas", meaning: "Further modules: `Name` is the file libName.so beside the program.",
        accept: ModuleLoader.isName)
    public static let maximumConnections = ConfigurationKey<Int>.integer(
        "MAX_CONNECTIONS", in: 16...1_000_000, default: 10_000, meaning: "Connections open at once; more wait until one ends.")
    public static let requestsPerSecond = ConfigurationKey<Int>(
        "MAX_REQUESTS_PER_SECOND", accepts: "0–1000000; 0 is no limit", default: 0, describedAs: "500 on a listener server, else 0",
        meaning: "Requests from one client address (of IPv6: a /64) in the long run, and ten times as many at once; more get 429."
    ) { text in Int(text).flatMap { (0...1_000_000).contains($0) ? $0 : nil } }
    public static let requestTimeout = ConfigurationKey<Int>.integer(
        "REQUEST_TIMEOUT_SECONDS", in: 1...600, unit: "seconds", default: 30, meaning: "Until a request must have arrived in full.")
    public static let logLevel = ConfigurationKey<Logger.Level>(
        "LOG_LEVEL", accepts: "trace, debug, info, notice, warning, error or critical", default: .info, describedAs: "info",
        meaning: "What is logged. debug adds requests for the site's own files and clients' addresses."
    ) { Logger.Level(rawValue: $0.lowercased()) }
    public static let logFormat = ConfigurationKey<String>.choice(
        "LOG_FORMAT", of: ["text", "json"], default: "text", meaning: "Lines for people, or one JSON object a line.")

    public static let all: [any AnyConfigurationKey] = [
        host, port, publicDirectory, dataDirectory, databaseURL, musicDirectory, indexing, imageDirectory, imageStorage, s3PublicURL,
        trustedProxies, upstreamURL, upstreamTimeout, partyEnabled, partyRole, modules, maximumConnections, requestsPerSecond,
        requestTimeout,
        logLevel, logFormat,
    ]
}
