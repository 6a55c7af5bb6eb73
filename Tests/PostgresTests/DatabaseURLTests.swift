/// `DATABASE_URL` in all the forms people have it.
import Testing

@testable import Postgres

@Suite struct DatabaseURLTests {
    struct Case: CustomTestStringConvertible {
        let text: String
        var parameters: [String: String]
        var schema: String?
        var connectionLimit: Int?
        var isBehindPgBouncer = false
        var warnings = 0
        var testDescription: String { text }
    }

    static let accepted: [Case] = [
        Case(
            text: "postgresql://me:secret@db.example:5433/dmp?schema=public",
            parameters: ["user": "me", "password": "secret", "host": "db.example", "port": "5433", "dbname": "dmp"], schema: "public"),
        Case(text: "postgres://localhost", parameters: ["host": "localhost"]),
        Case(text: "postgresql://", parameters: [:]),
        Case(text: "POSTGRESQL://h/d", parameters: ["host": "h", "dbname": "d"]),
        Case(text: "postgresql:///dmp?host=/run/postgresql", parameters: ["host": "/run/postgresql", "dbname": "dmp"]),
        Case(
            text: "postgresql://me:x@localhost/dmp?host=/run/postgresql",
            parameters: ["user": "me", "password": "x", "host": "/run/postgresql", "dbname": "dmp"]),
        Case(text: "postgresql://%2Frun%2Fpostgresql/dmp", parameters: ["host": "/run/postgresql", "dbname": "dmp"]),
        Case(
            text: "postgresql://me:p%40ss%3Aw%2F%25@h/d", parameters: ["user": "me", "password": "p@ss:w/%", "host": "h", "dbname": "d"]),
        Case(text: "postgresql://me:p@ss%@h/d", parameters: ["user": "me", "password": "p@ss%", "host": "h", "dbname": "d"]),
        Case(text: "postgresql://me:a:b@h", parameters: ["user": "me", "password": "a:b", "host": "h"]),
        Case(text: "postgresql://me@[::1]:5432/d", parameters: ["user": "me", "host": "::1", "port": "5432", "dbname": "d"]),
        Case(text: "postgresql://a:1,b:2/d", parameters: ["host": "a,b", "port": "1,2", "dbname": "d"]),
        Case(
            text: "postgresql://h/d?schema=music&connection_limit=7&pgbouncer=true&pool_timeout=10&socket_timeout=3&connect_timeout=9",
            parameters: ["host": "h", "dbname": "d", "connect_timeout": "9"], schema: "music", connectionLimit: 7, isBehindPgBouncer: true,
            warnings: 2),
        Case(text: "postgresql://h/d?sslmode=require&pgbouncer=false", parameters: ["host": "h", "dbname": "d", "sslmode": "require"]),
        Case(text: "postgresql://h/d?ssl=true", parameters: ["host": "h", "dbname": "d", "sslmode": "require"]),
        Case(
            text: "postgresql://h/d?sslmode=require&sslaccept=strict",
            parameters: ["host": "h", "dbname": "d", "sslmode": "verify-full", "sslrootcert": "/etc/ssl/certs/ca-certificates.crt"]),
        Case(
            text: "postgresql://h/d?sslcert=ca.pem&sslaccept=strict",
            parameters: ["host": "h", "dbname": "d", "sslmode": "verify-full", "sslrootcert": "ca.pem"]),
        Case(
            text: "postgresql://h/d?sslcert=me.pem&sslkey=me.key",
            parameters: ["host": "h", "dbname": "d", "sslcert": "me.pem", "sslkey": "me.key"]),
        Case(text: "postgresql://h/d?connection_limit=0", parameters: ["host": "h", "dbname": "d"], warnings: 1),
        Case(text: "postgresql://h/d?connection_limit=many", parameters: ["host": "h", "dbname": "d"], warnings: 1),
        Case(text: "postgresql://h/d?schema=&&x", parameters: ["host": "h", "dbname": "d"], warnings: 1),
        Case(
            text: "host=/run/postgresql dbname = dmp user='the owner' application_name=mine",
            parameters: ["host": "/run/postgresql", "dbname": "dmp", "user": "the owner"]),
        Case(
            text: #"  host=h password='a \'b\\ ' port=5433 connection_limit=3  "#,
            parameters: ["host": "h", "password": #"a 'b\ "#, "port": "5433"], connectionLimit: 3),
    ]

    @Test(arguments: accepted)
    func isAccepted(expected: Case) throws {
        let url = try DatabaseURL(expected.text)
        let own: Set = ["client_encoding", "application_name", "options"]
        let keywords = url.keywords(statementTimeout: .seconds(1)).filter { !own.contains($0.name) }
        #expect(Dictionary(keywords.map { ($0.name, $0.value) }, uniquingKeysWith: { a, b in "twice: \(a), \(b)" }) == expected.parameters)
        #expect(url.schema == expected.schema)
        #expect(url.connectionLimit == expected.connectionLimit)
        #expect(url.isBehindPgBouncer == expected.isBehindPgBouncer)
        #expect(url.warnings.count == expected.warnings, "\(url.warnings)")
    }

    @Test(arguments: [
        "", "   ", "mysql://h/d", "prisma+postgres://accelerate", "file:./dev.db", "justtext", "=x", "host", "host='x", "password='it''s'",
        "postgresql://[::1/d",
        "postgresql://[::1]x/d", "postgresql://h:port/d", "postgresql://h:99999/d", "postgresql://h/%00", "postgresql://h/%FF",
        "postgresql://me:pa/ss@h:1/d",
    ])
    func isRefused(text: String) {
        #expect(throws: DatabaseURL.ParsingError.self) { try DatabaseURL(text) }
    }

    @Test func settingsOfTheSession() throws {
        func options(_ text: String) throws -> String? {
            try DatabaseURL(text).keywords(statementTimeout: .milliseconds(1500)).last { $0.name == "options" }?.value
        }
        let plain = try #require(try options("postgresql://h/d"))
        #expect(plain.contains("-c statement_timeout=1500") && plain.contains("-c TimeZone=UTC") && !plain.contains("search_path"))
        #expect(try #require(try options(#"postgresql://h/d?schema=my%20"s\"#)).hasSuffix(#"-c search_path="my\ ""s\\""#))
        #expect(try options("postgresql://h/d?pgbouncer=true") == nil)
        #expect(try #require(try options("postgresql://h/d?options=-c%20geqo%3Doff")).hasPrefix("-c geqo=off -c "))
    }

    @Test func thePasswordIsNeverShown() throws {
        let password = "hunter2"
        for text in [
            "postgresql://me:\(password)@h/d", "host=h user=me password=\(password)",
            "postgresql://h/d?password=\(password)&sslpassword=\(password)",
        ] {
            let url = try DatabaseURL(text)
            var dumped = ""
            dump(url, to: &dumped)
            for shown in ["\(url)", String(reflecting: url), dumped, "\([url])", "\(url.warnings)"] {
                #expect(!shown.contains(password), "\(shown)")
            }
            #expect("\(url)".contains("host=h"))
        }
        for text in [
            "postgresql://me:\(password)/x@h:1:2/d", "me:\(password)@h", "postgresql://me:\(password)@[h/d", "password='\(password)",
        ] {
            do {
                _ = try DatabaseURL(text)
                Issue.record("accepted \(text)")
            } catch {
                #expect(!"\(error)".contains(password), "\(error)")
            }
        }
    }
}
