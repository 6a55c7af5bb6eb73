/// A static Nuxt build as the site: its configuration in every shape that Nuxt writes, and the hashes of its inline scripts.
import Foundation
import GatewayAPI
import Testing

@testable import GatewayServer

@Suite struct NuxtTests {
    private let flags = SiteFlags(
        role: .listener, imageStorage: "both", version: "1", modules: [SiteConfiguration(flags: ["partyUrl": "https://x/</script>\""])])

    private func applied(_ script: String) -> (String, NuxtConfiguration.Outcome) {
        let (page, outcome) = NuxtConfiguration(flags: flags).applied(to: Array("<html><script>\(script)</script></html>".utf8))
        let text = String(decoding: page, as: UTF8.self)
        return (String(text.dropFirst("<html><script>".count).dropLast("</script></html>".count)), outcome)
    }

    private let url = #""https://x/\u003c/script>\"""#

    @Test func valuesAreReplacedAndOthersStay() {
        let (text, outcome) = applied(
            "window.__NUXT__={};window.__NUXT__.config={public:{partyUrl:\"\",partyRole:\"host\",other:{partyRole:\"a,}\"},partyEnabled:!1,"
                + "imageStorage:'local',streamMode:false,list:[1,{a:2}]},app:{baseURL:\"/\",partyRole:\"x\"}}")
        #expect(outcome == .applied)
        #expect(
            text
                == "window.__NUXT__={};window.__NUXT__.config={public:{partyUrl:\(url),partyRole:\"listener\",other:{partyRole:\"a,}\"},"
                + "partyEnabled:true,imageStorage:\"both\",streamMode:true,list:[1,{a:2}]},app:{baseURL:\"/\",partyRole:\"x\"}}")
    }

    @Test func missingValuesAreAdded() {
        let all = "partyEnabled:true,partyRole:\"listener\",partyUrl:\(url),streamMode:true,imageStorage:\"both\""
        #expect(applied("window.__NUXT__={};window.__NUXT__.config={public:{},app:{}}").0.hasSuffix("config={public:{\(all)},app:{}}"))
        #expect(applied("window.__NUXT__.config={public:{a:1}}").0.hasSuffix("config={public:{\(all),a:1}}"))
        #expect(applied("window.__NUXT__.config={public:{streamMode:!1,imageStorage:\"\"}}").0.contains("partyUrl:\(url),streamMode:true"))
    }

    @Test(arguments: [
        (
            "window.__NUXT__=window.__NUXT__||{};window.__NUXT__[\"nuxt-app\"]={config:{public:{partyRole:\"host\",a:void 0},app:{}}}",
            "partyRole:\"listener\",a:void 0},app:{}}}"
        ),
        (
            "window.__NUXT__=(function(a,b){return {data:{},config:{public:{partyEnabled:a,partyRole:b},app:{}}}}(false,\"host\"))",
            "partyEnabled:true,partyRole:\"listener\"},app:{}}}}(false,\"host\"))"
        ),
        (
            "window.__NUXT__ = {};\nwindow.__NUXT__.config = { \"public\" : { \"partyRole\" : 'host' } , app : {} }",
            "\"partyRole\" : \"listener\"} , app : {} }"
        ),
        ("import p from \"/p.js\";window.__NUXT__={...p,...({config:{public:{partyRole:\"a\\\"b\"}}})}", "partyRole:\"listener\"}}})}"),
        // A flag that is text there stays text.
        ("window.__NUXT__.config={public:{partyEnabled:\"false\",streamMode:''}}", "partyEnabled:\"true\",streamMode:\"true\"}}"),
        // What merely looks like it, in a string of the payload.
        (
            "window.__NUXT__={data:{x:\"config:{public:{partyRole:1}}\"},config:{public:{partyRole:2}}}",
            "x:\"config:{public:{partyRole:1}}\"},config:{public:{partyEnabled:true,partyUrl:\(#""https://x/\u003c/script>\"""#),streamMode:true,"
                + "imageStorage:\"both\",partyRole:\"listener\"}}}"
        ),
    ])
    func shapes(script: String, end: String) {
        let (text, outcome) = applied(script)
        #expect(outcome == .applied && text.hasSuffix(end), "\(text)")
    }

    @Test(arguments: [
        "window.__NUXT__", "window.__NUXT__.config={public:", "window.__NUXT__.config={public:{", "window.__NUXT__.config={public:x}",
        "window.__NUXT__.config={public:{a", "window.__NUXT__.config={public:{a}}", "window.__NUXT__.config={public:{a:}}",
        "window.__NUXT__.config={public:{a:\"}}", "window.__NUXT__.config={public:{a:(]}}", "window.__NUXT__.config={public:{...p}}",
        "window.__NUXT__.config={public:{a:\"\\", "window.__NUXT__.config={public:{get a(){return 1}}}", "config={public:{}};__NUXT__='",
        "window.__NUXT__.config={public:{a:" + String(repeating: "[", count: 100_000),
    ])
    func whatCannotBeReadStays(script: String) {
        let (text, outcome) = applied(script)
        if script.hasPrefix("config") { return }
        #expect(outcome == .unreadable && text == script)
    }

    @Test func otherPagesStay() {
        for page in ["", "<", "<script", "<script>", "<script src=x>__NUXT__</script>", "<script>let config={public:{}}</script>"] {
            let (bytes, outcome) = NuxtConfiguration(flags: flags).applied(to: Array(page.utf8))
            #expect(outcome == .none && String(decoding: bytes, as: UTF8.self) == page)
        }
    }

    @Test func scriptsOfAPage() {
        let page = """
            <!doctype html><!-- <script>no()</script> --><SCRIPT>one()</SCRIPT ><script src="/a.js"></script><script type='module'>two()</script>
            <script type="application/json" id="__NUXT_DATA__">[1]</script><scripty>x</scripty><script data-x="a>b" async>3</script>
            <script type=importmap>{}</script><script
            type="text/javascript">4</script><script>open
            """
        let bytes = Array(page.utf8)
        let texts = InlineScript.all(in: bytes).filter(\.isExecutable).map { String(decoding: bytes[$0.range], as: UTF8.self) }
        #expect(texts == ["one()", "two()", "3", "{}", "4"])
    }

    @Test func hashes() {
        // FIPS 180-2, appendix B, and the empty message.
        let vectors = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ]
        for (message, expected) in vectors {
            #expect(SHA256.hash(Array(message.utf8)).map { String(format: "%02x", $0) }.joined() == expected)
        }
        #expect(
            InlineScript.source(ofText: Array("a\r\nb\rc".utf8)[...]) == InlineScript.source(ofText: Array("a\nb\nc".utf8)[...]),
            "as a browser reads it")
        var sources = InlineScriptSources()
        for number in 0..<200 { sources.add(Array("<script>\(number % 100)</script>".utf8)) }
        #expect(sources.sources.count == 64 && sources.isIncomplete)
    }
}
