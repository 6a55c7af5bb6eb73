/// Ids of rows that the API adds.

enum RowIdentifier {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
    private static let lettersAndDigits = letters + Array("0123456789")

    /// 24 characters (some 124 random bits) in the form of the ids that are in the database already: cuid2, a letter first.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return make(using: &generator)
    }

    static func make(using generator: inout some RandomNumberGenerator) -> String {
        String((0..<24).compactMap { ($0 == 0 ? letters : lettersAndDigits).randomElement(using: &generator) })
    }
}
