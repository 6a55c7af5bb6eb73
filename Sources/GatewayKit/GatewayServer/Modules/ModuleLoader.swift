/// Opens a module's image and asks it for its type. One file, named by the configuration, beside the kit's own image; it is never
/// closed again, since Swift's metadata can't be unloaded.
import Foundation
import GatewayAPI

/// Why a module was not loaded, in words for the owner.
struct ModuleLoadError: Error, Equatable, CustomStringConvertible {
    let description: String
}

struct ModuleLoader: Sendable {
    /// Where modules lie.
    let directory: String

    /// - Parameter directory: nil for the folder of the kit's image, where a build puts everything.
    init(directory: String? = nil) {
        self.directory = directory ?? Self.imageDirectory
    }

    /// The image that holds this code, rather than the program's: right in every program that links the kit.
    static var imageDirectory: String {
        let image = CGatewayABI_imagePath().map { String(cString: $0) } ?? "/proc/self/exe"
        return URL(filePath: image).resolvingSymlinksInPath().deletingLastPathComponent().path
    }

    /// Letters, digits and `_`, so that a name can't lead to another folder.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    func open(_ name: String) throws(ModuleLoadError) -> any GatewayModule.Type {
        guard Self.isName(name) else { throw ModuleLoadError(description: "\(name) is no name of a module") }
        let file = "lib\(name).so"
        let path = directory + "/" + file
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModuleLoadError(description: "\(file) is missing in \(directory); build it there: swift build --product \(name)")
        }
        // RTLD_NOW: what the module misses in this kit shows here, and not at first use.
        guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw ModuleLoadError(
                description:
                    "\(file) cannot be opened; if it was built against another version of the kit, build it again: \(Self.lastError)")
        }
        guard let symbol = dlsym(image, GATEWAY_MODULE_SYMBOL) else {
            throw ModuleLoadError(description: Self.problem(of: file, symbols: { dlsym(image, $0) != nil }))
        }
        let entry = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeMutableRawPointer).self)
        return Unmanaged<ModuleEntry>.fromOpaque(entry()).takeRetainedValue().type
    }

    /// An image without the entry point of this kit's ABI: is it a module of another one, or none at all?
    static func problem(of file: String, symbols: (String) -> Bool) -> String {
        let others = (0...64).filter { symbols("\(GATEWAY_MODULE_SYMBOL_PREFIX)\($0)") }
        let wanted = GATEWAY_MODULE_SYMBOL.dropFirst(GATEWAY_MODULE_SYMBOL_PREFIX.count)
        guard let other = others.last else { return "\(file) is not a module: it does not export \(GATEWAY_MODULE_SYMBOL)" }
        return "\(file) was built for module ABI \(other), this kit has \(wanted); build it again"
    }

    private static var lastError: String { dlerror().map { String(cString: $0) } ?? "unknown reason" }
}
