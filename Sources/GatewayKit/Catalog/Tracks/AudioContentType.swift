/// Content types of music files.

enum AudioContentType {
    /// By extension, as players expect it; an `.opus` file is Ogg (RFC 7845 §9).
    static func of(path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        let fileExtension = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last?.lowercased() ?? ""
        return types[fileExtension] ?? "audio/mpeg"
    }

    /// Every one that `of` may give, in order.
    static let all = Set(types.values).sorted()

    private static let types = [
        "mp3": "audio/mpeg", "flac": "audio/flac", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg", "opus": "audio/ogg",
        "wav": "audio/wav",
    ]
}
