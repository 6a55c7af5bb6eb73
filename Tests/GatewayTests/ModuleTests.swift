/// The loader's parts that open nothing, and what becomes of routes that clash. Loading itself is tested on the real binary.
import GatewayAPI
import Testing

@testable import GatewayServer

@Suite struct ModuleTests {
    @Test(arguments: [
        ("Party", true), ("A1_b", true), ("", false), ("../Party", false), ("a/b", false), ("a.b", false), ("a b", false), ("ä", false),
        ("a\0b", false),
        (String(repeating: "a", count: 65), false),
    ])
    func name(text: String, isName: Bool) { #expect(ModuleLoader.isName(text) == isName) }

    @Test func problemOfAnImage() {
        #expect(
            ModuleLoader.problem(of: "libX.so") { $0 == "dmp_module_abi0" }
                == "libX.so was built for module ABI 0, this kit has 5; build it again")
        #expect(ModuleLoader.problem(of: "libX.so") { $0 == "dmp_module_abi7" }.contains("ABI 7"))
        #expect(ModuleLoader.problem(of: "libX.so") { _ in false } == "libX.so is not a module: it does not export dmp_module_abi5")
    }

    @Test func missingFile() {
        let error = #expect(throws: ModuleLoadError.self) { try ModuleLoader(directory: "/nonexistent").open("Absent") }
        #expect(error?.description.contains("libAbsent.so is missing in /nonexistent") == true)
    }

    @Test func routes() throws {
        let taken = [Endpoint(path: "/api/artists/:slug", method: .get)]
        func check(_ register: (RouterGroup<GatewayRequestContext>) -> Void) throws {
            let router = ModuleRouter()
            register(router.group())
            try router.check(beside: taken)
        }
        #expect(throws: Never.self) { try check { $0.get("/api/party/status") { _, _ in "" } } }
        #expect(throws: Never.self) { try check { $0.post("/api/artists/:slug") { _, _ in "" } } }
        #expect(throws: ModuleLoadError.self) { try check { $0.get("/api/artists/:slug") { _, _ in "" } } }
        #expect(throws: ModuleLoadError.self) { try check { $0.get("/api/artists/:name") { _, _ in "" } } }
        #expect(throws: ModuleLoadError.self) { try check { $0.get("/a") { _, _ in "" }.get("/a") { _, _ in "" } } }
    }

    @Test func endpointsAreNamedAsTheRouterDoes() {
        let router = ModuleRouter()
        router.group("api").group("party").get("status") { _, _ in "" }
        #expect(router.routes.map(\.endpoint.path.description) == ["/api/party/status"])
    }
}
