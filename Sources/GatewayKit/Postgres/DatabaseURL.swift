/// Where the database is, as `DATABASE_URL` says it: a URL as libpq or Prisma writes it, or libpq's `keyword=value` form
/// (PostgreSQL, libpq: Connection Strings). Never shows the password.
internal import CPostgres

public struct DatabaseURL: Sendable, Equatable {
    /// One of libpq's connection parameters.
    struct Keyword: Sendable, Equatable {
        let name: String
        var value: String
    }

    /// The text is not a connection string. Says nothing of what stood there: it may be a part of the password.
    public struct ParsingError: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    private var parameters: [Keyword] = []
    /// Prisma's `schema`: the search path.
    public private(set) var schema: String?
    /// Prisma's `connection_limit`: how many connections the pool opens.
    public private(set) var connectionLimit: Int?
    /// Prisma's `pgbouncer=true`: statements are not prepared, and no settings are left in the session.
    public private(set) var isBehindPgBouncer = false
    /// In words, for the log: what was dropped and why. Names only.
    public private(set) var warnings: [String] = []

    public init(_ text: String) throws(ParsingError) {
        let scheme = text.range(of: "://").map { text[..<$0.lowerBound].lowercased() }
        if let scheme, scheme.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "+" }) {
            guard scheme == "postgresql" || scheme == "postgres" else {
                throw ParsingError(description: "only postgresql:// URLs are accepted")
            }
            try parse(url: text.dropFirst(scheme.count + 3))
        } else {
            for parameter in try Self.keywordValuePairs(text) { set(parameter.name, parameter.value) }
        }
        finishSecurity()
    }

    /// A database behind a unix socket in `directory`, without a password.
    public init(socketDirectory directory: String, port: Int, user: String, database: String) {
        parameters = [
            Keyword(name: "host", value: directory), Keyword(name: "port", value: String(port)), Keyword(name: "user", value: user),
            Keyword(name: "dbname", value: database),
        ]
    }

    /// What libpq is told, with the session's settings: UTF-8, UTC, ISO dates, the search path, and the server's own limit on a statement.
    func keywords(statementTimeout: Duration) -> [Keyword] {
        var keywords = parameters.filter { $0.name != "options" && $0.name != "client_encoding" }
        keywords.append(Keyword(name: "client_encoding", value: "UTF8"))
        if value(of: "application_name") == nil { keywords.append(Keyword(name: "application_name", value: "dmp")) }
        var options = value(of: "options").map { [$0] } ?? []
        if !isBehindPgBouncer {
            // PgBouncer refuses most of these, and what is set on a session leaks to its other clients.
            options += ["-c TimeZone=UTC", "-c DateStyle=ISO", "-c statement_timeout=\(Int(statementTimeout.timeInterval * 1000))"]
            // Compiling a plan takes longer than any statement of the site.
            options += ["-c idle_in_transaction_session_timeout=60000", "-c jit=off"]
        }
        if let schema {
            let identifier = "\"" + schema.replacing("\"", with: "\"\"") + "\""
            options.append("-c search_path=" + identifier.replacing("\\", with: "\\\\").replacing(" ", with: "\\ "))
        }
        if !options.isEmpty { keywords.append(Keyword(name: "options", value: options.joined(separator: " "))) }
        return keywords
    }

    private func value(of name: String) -> String? { parameters.last { $0.name == name }?.value }

    // MARK: Parameters

    private mutating func set(_ name: String, _ value: String) {
        switch name {
        case "schema": schema = value.isEmpty ? nil : value
        case "connection_limit":
            connectionLimit = Int(value).flatMap { $0 > 0 ? $0 : nil }
            if connectionLimit == nil { warnings.append("connection_limit is not a positive number") }
        case "pgbouncer": isBehindPgBouncer = value == "true"
        case "ssl":  // JDBC's word, which libpq accepts in URLs
            if value == "true" { put("sslmode", "require") }
        case "sslaccept": certificatesAreChecked = value == "strict"
        case _ where Self.knownKeywords.contains(name): put(name, value)
        default: warnings.append("parameter \(Self.printable(name)) is not known to libpq and was dropped")
        }
    }

    private mutating func put(_ name: String, _ value: String) {
        parameters.removeAll { $0.name == name }
        parameters.append(Keyword(name: name, value: value))
    }

    /// Prisma's `sslaccept=strict`.
    private var certificatesAreChecked = false

    /// Prisma's TLS parameters in libpq's terms.
    private mutating func finishSecurity() {
        // For Prisma `sslcert` is the authority's certificate; for libpq it is the client's, which needs a key.
        if let certificate = value(of: "sslcert"), value(of: "sslkey") == nil {
            parameters.removeAll { $0.name == "sslcert" }
            if value(of: "sslrootcert") == nil { put("sslrootcert", certificate) }
        }
        if certificatesAreChecked {
            put("sslmode", "verify-full")
            // Debian's bundle; libpq by itself looks only into the home folder.
            if value(of: "sslrootcert") == nil { put("sslrootcert", "/etc/ssl/certs/ca-certificates.crt") }
        }
    }

    /// Every keyword of this libpq.
    private static let knownKeywords: Set<String> = {
        guard let defaults = PQconndefaults() else { return [] }
        defer { PQconninfoFree(defaults) }
        var names: Set<String> = []
        var option = defaults
        while let name = option.pointee.keyword {
            names.insert(String(cString: name))
            option += 1
        }
        return names
    }()

    /// A parameter's name for a log line: bounded, and without what could break one.
    private static func printable(_ name: String) -> String {
        String(name.prefix(40).map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "?" })
    }

    // MARK: URL form

    private mutating func parse(url rest: Substring) throws(ParsingError) {
        let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] } ?? ""
        let beforeQuery = rest.prefix { $0 != "?" }
        let authority = beforeQuery.prefix { $0 != "/" }
        let path = beforeQuery.dropFirst(authority.count + 1)

        // The last @ divides, as in WHATWG's URLs: people do not always encode one in a password.
        let hostsStart = authority.lastIndex(of: "@").map { authority.index(after: $0) } ?? authority.startIndex
        if hostsStart > authority.startIndex {
            let credentials = authority[..<hostsStart].dropLast()
            let user = credentials.prefix { $0 != ":" }
            if !user.isEmpty { put("user", try Self.decoded(user)) }
            let password = credentials.dropFirst(user.count + 1)
            if !password.isEmpty { put("password", try Self.decoded(password)) }
        }
        try parse(hosts: authority[hostsStart...])
        if !path.isEmpty { put("dbname", try Self.decoded(path)) }
        for pair in query.split(separator: "&") {
            let name = pair.prefix { $0 != "=" }
            set(try Self.decoded(name), try Self.decoded(pair.dropFirst(name.count + 1)))
        }
    }

    /// `host:port`, `[IPv6]:port`, an encoded socket folder, or several with commas between them.
    private mutating func parse(hosts text: Substring) throws(ParsingError) {
        guard !text.isEmpty else { return }
        var hosts: [String] = []
        var ports: [String] = []
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            let host: Substring
            let port: Substring
            if entry.first == "[" {
                guard let bracket = entry.firstIndex(of: "]") else { throw ParsingError(description: "an IPv6 address lacks its ]") }
                host = entry[entry.index(after: entry.startIndex)..<bracket]
                port = entry[bracket...].dropFirst()
                guard port.isEmpty || port.first == ":" else { throw ParsingError(description: "after ] only a port may follow") }
            } else {
                host = entry.prefix { $0 != ":" }
                port = entry.dropFirst(host.count)
            }
            guard port.isEmpty || UInt16(port.dropFirst()) != nil || port == ":" else {
                throw ParsingError(
                    description: "the port is not a number from 0 to 65535 (is a / or : of the password not written as %2F or %3A?)")
            }
            hosts.append(try Self.decoded(host))
            ports.append(String(port.dropFirst()))
        }
        if hosts.contains(where: { !$0.isEmpty }) { put("host", hosts.joined(separator: ",")) }
        if ports.contains(where: { !$0.isEmpty }) { put("port", ports.joined(separator: ",")) }
    }

    /// Percent-decoded. A % that starts no escape stands for itself, as in WHATWG's URLs.
    private static func decoded(_ text: Substring) throws(ParsingError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(Substring(digits), radix: 16),
                digits.first != UInt8(ascii: "+")
            {
                guard value != 0 else { throw ParsingError(description: "%00 is not allowed") }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw ParsingError(description: "an escape is not UTF-8") }
        return decoded
    }

    // MARK: Keyword form

    /// `name = value` pairs; a value may stand in single quotes, and `\` takes the next character as it is.
    private static func keywordValuePairs(_ text: String) throws(ParsingError) -> [Keyword] {
        var pairs: [Keyword] = []
        var rest = text[...]
        rest = rest.drop(while: \.isWhitespace)
        while !rest.isEmpty {
            let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest = rest.dropFirst(name.count).drop(while: \.isWhitespace)
            guard rest.popFirst() == "=", !name.isEmpty else {
                throw ParsingError(description: "neither a postgresql:// URL nor keyword=value pairs")
            }
            rest = rest.drop(while: \.isWhitespace)
            let isQuoted = rest.first == "'"
            if isQuoted { rest.removeFirst() }
            var value = ""
            var isClosed = false
            while let character = rest.first, isQuoted || !character.isWhitespace {
                rest.removeFirst()
                if isQuoted, character == "'" {
                    isClosed = true
                    break
                }
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                if let escaped = rest.popFirst() { value.append(escaped) }
            }
            guard !isQuoted || isClosed else { throw ParsingError(description: "a quoted value lacks its closing '") }
            pairs.append(Keyword(name: String(name), value: value))
            rest = rest.drop(while: \.isWhitespace)
        }
        guard !pairs.isEmpty else { throw ParsingError(description: "empty") }
        return pairs
    }
}

extension DatabaseURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// For logs: host, port, user and database, never the password.
    public var description: String {
        let shown = ["host", "port", "user", "dbname"].compactMap { name in value(of: name).map { "\(name)=\($0)" } }
        return shown.joined(separator: " ") + (schema.map { " schema=\($0)" } ?? "")
    }

    public var debugDescription: String { description }

    /// Keeps `dump` and interpolation of what contains it from showing the password.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
