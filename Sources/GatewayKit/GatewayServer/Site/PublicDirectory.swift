/// Finds and reads the site's files (`PUBLIC_DIR`).
import Foundation
import GatewayAPI

enum PublicDirectory {
    /// Pictures are served from `IMAGE_DIR`; an original DMP keeps thousands of them in this folder of its `public`.
    private static let imageFolder = "img"
    /// Of the whole site.
    private static let maximumBytes = 256 << 20

    /// - Parameter configured: `PUBLIC_DIR`; empty to look in the usual places.
    /// - Throws: `ConfigurationError` that says where was looked.
    static func find(_ configured: String) throws(ConfigurationError) -> String {
        guard configured.isEmpty else {
            guard hasIndex(configured) else {
                throw ConfigurationError(key: CoreKeys.publicDirectory.name, problem: "there is no index.html in \(configured)")
            }
            return configured
        }
        let places = usualPlaces(program: ModuleLoader.imageDirectory, working: FileManager.default.currentDirectoryPath)
        guard let place = places.first(where: hasIndex) else {
            throw ConfigurationError(
                key: CoreKeys.publicDirectory.name,
                problem: "the site's files were not found in \(places.joined(separator: ", ")); set it to the folder with index.html")
        }
        return place
    }

    /// Here, beside the program, where packages install it, and the checkout that the program was built in (`.build/…/debug`).
    static func usualPlaces(program: String, working: String) -> [String] {
        var places = [working + "/public", program + "/public"]
        var folder = URL(filePath: program)
        places.append(folder.deletingLastPathComponent().appending(path: "share/dmp/public").path)
        for _ in 0..<4 where folder.path != "/" {
            folder = folder.deletingLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) {
                places.append(folder.appending(path: "public").path)
                break
            }
        }
        return places
    }

    private static func hasIndex(_ directory: String) -> Bool {
        FileManager.default.fileExists(atPath: directory + "/index.html")
    }

    /// Every file by its path on the site, such as `/player/player.js`. Names that begin with a dot are left out.
    ///
    /// - Throws: `ConfigurationError` when a file can't be read, or when they are too many to be held in memory.
    static func files(in directory: String) throws(ConfigurationError) -> [String: Data] {
        let root = URL(filePath: directory).resolvingSymlinksInPath()
        var files: [String: Data] = [:]
        var bytes = 0
        var folders = [""]
        while let folder = folders.popLast() {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path + folder)) ?? []
            for name in names where !name.hasPrefix(".") && !(folder.isEmpty && name == imageFolder) {
                let path = folder + "/" + name
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: root.path + path, isDirectory: &isFolder) else { continue }
                if isFolder.boolValue {
                    folders.append(path)
                    continue
                }
                guard let data = FileManager.default.contents(atPath: root.path + path) else {
                    throw ConfigurationError(key: CoreKeys.publicDirectory.name, problem: "\(root.path + path) cannot be read")
                }
                bytes += data.count
                guard bytes <= maximumBytes else {
                    throw ConfigurationError(
                        key: CoreKeys.publicDirectory.name,
                        problem: "\(directory) holds more than \(maximumBytes >> 20) MB; it is not a site")
                }
                files[path] = data
            }
        }
        return files
    }
}
