/// `/img/artists/…` and `/img/releases/…`: pictures of `IMAGE_DIR`, from disk. A picture's name changes with its content, so a
/// browser may keep it for ever.
import Foundation
import GatewayAPI

struct ImageRoutes: Sendable {
    /// Indexers write pictures of some hundred kilobytes.
    private static let maximumBytes = 32 << 20

    let directory: String

    static let notFound = APIError.notFound("Picture not found")

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        for folder in ["artists", "releases"] {
            router.get(RouterPath("/img/\(folder)/:name")) { request, context in
                try await image(in: folder, request, context)
            }
        }
    }

    private func image(in folder: String, _ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        // Only pictures, and no SVG: it may hold a script.
        guard let name = context.parameters.get("name")?.removingPercentEncoding, !name.contains("/"),
            case let type = ContentType.of(path: name), type.hasPrefix("image/"), !type.hasPrefix("image/svg")
        else { throw Self.notFound }
        let path = folder + "/" + name
        let opened = try await NIOThreadPool.singleton.runIfActive {
            ConfinedFile(path: path, below: directory, contentType: type)
        }
        guard let file = opened, file.representation.length <= Self.maximumBytes else { throw Self.notFound }
        return file.response(to: request, cacheControl: "public, max-age=31536000, immutable")
    }
}

extension ImageRoutes {
    static let operations = ["artists", "releases"].map { folder in
        APIOperation(
            .get, "/img/\(folder)/{name}", id: "get\(folder.capitalized)Image", tag: "Images",
            "A picture below \(folder) in IMAGE_DIR; its name changes with its content",
            parameters: [.path("name", .string("cm7harbour.jpg"), "A file's name")],
            answers: [
                .bytes(
                    .ok, "The picture", mediaTypes: ["image/*"],
                    headers: [.init("Cache-Control", .string("public, max-age=31536000, immutable"), "To be kept")]),
                .error(notFound),
            ])
    }
}
