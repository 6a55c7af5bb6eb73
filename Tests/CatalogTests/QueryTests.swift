/// What users type stays text in a LIKE pattern.
import Testing

@testable import Catalog

@Suite struct QueryTests {
    @Test(arguments: [
        ("100%", #"100\%"#), ("a_b", #"a\_b"#), (#"\"#, #"\\"#), ("plain", "plain"), ("", ""), ("%\u{301}", "\\%\u{301}"),
        ("\\\u{301}", "\\\\\u{301}"),
    ])
    func escapedForLike(text: String, escaped: String) { #expect(text.escapedForLike == escaped) }
}
