/// The artists of the database by slug, held in memory for a run: nearly every file names one.
internal import Postgres

struct ArtistDirectory: Sendable {
    private struct Entry {
        let id: String
        let name: String
    }

    private var bySlug: [String: Entry] = [:]
    private var slugs: [String: String] = [:]

    init(_ database: PostgresPool) async throws {
        for row in try await database.query(#"SELECT "id", "name", "slug" FROM "Artist""#) {
            bySlug[try row.decode("slug")] = Entry(id: try row.decode("id"), name: try row.decode("name"))
        }
    }

    func id(slug: String) -> String? { bySlug[slug]?.id }

    /// Who an artist is: two names of one slug are the same, unless only transliteration makes them so.
    mutating func slug(_ name: String) -> String {
        if let slug = slugs[name] { return slug }
        var slug = Slug.of(name)
        if Slug.isAmbiguous(name), let other = bySlug[slug]?.name, other.lowercased() != name.lowercased() {
            slug += "-" + Slug.hash(name.lowercased())
        }
        slugs[name] = slug
        return slug
    }

    mutating func add(id: String, name: String, slug: String) { bySlug[slug] = Entry(id: id, name: name) }

    mutating func remove(ids: Set<String>) { bySlug = bySlug.filter { !ids.contains($0.value.id) } }
}
