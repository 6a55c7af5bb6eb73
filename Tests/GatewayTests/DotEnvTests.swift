/// `.env` files as people write them, and as nobody should.
import Testing

@testable import GatewayServer

@Suite struct DotEnvTests {
    @Test(arguments: [
        ("A=b", "b"), ("A = b ", "b"), ("export A=b", "b"), ("\tA=b c # d", "b c"), ("A=b#c", "b#c"), ("A=#c", ""), ("A=", ""),
        ("A='b # c' # d", "b # c"),
        ("A='b\\n'", "b\\n"), ("A=\"b\\nc\"", "b\nc"), ("A=\"b \\\"c\\\" \\\\ \\$ \\x\"", "b \"c\" \\ $ \\x"), ("A='b\nc'", "b\nc"),
        ("A=b=c", "b=c"), ("# A=x\r\nA=b\r\n", "b"), ("\u{FEFF}A=b", "b"), ("A=x\nA=b", "b"), ("A=\"\"", ""), ("A='it''s'\nA=b", "b"),
    ])
    func value(file: String, value: String) { #expect(DotEnv(file).variables == ["A": value]) }

    @Test func severalLines() {
        let file = DotEnv("A=1\n\n# comment\nB='two\nlines'\nC=3\nthis is none\n1A=x\nD-E=x\n=x\nF='open\nG=7")
        #expect(file.variables == ["A": "1", "B": "two\nlines", "C": "3", "G": "7"])
        #expect(file.unreadableLines == [7, 8, 9, 10, 11])
    }

    @Test func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("A=\"'\\\n\r #\tx\u{0}é")
        for _ in 0..<2_000 {
            let text = String((0..<40).map { _ in alphabet.randomElement(using: &random) ?? "A" })
            _ = DotEnv(text)
        }
    }
}
