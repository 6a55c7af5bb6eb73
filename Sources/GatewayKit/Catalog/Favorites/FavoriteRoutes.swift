/// `/api/favorites`, `/api/favorites/ids`, `/api/favorites/tracks/:id`, `/api/favorites/releases/:id`.
import GatewayAPI
import Postgres

struct FavoriteRoutes: Sendable {
    let database: PostgresPool

    func add(to api: some RouterMethods<GatewayRequestContext>) {
        api.get("favorites") { _, _ in try await database.requiredJSON(FavoriteQueries.list) }
        api.get("favorites/ids") { _, _ in try await database.requiredJSON(FavoriteQueries.ids) }
        api.post("favorites/tracks/:id", use: addTrack)
        api.delete("favorites/tracks/:id", use: removeTrack)
        api.post("favorites/releases/:id", use: addRelease)
        api.delete("favorites/releases/:id", use: removeRelease)
    }

    // MARK: Tracks

    @Sendable private func addTrack(_ request: Request, _ context: GatewayRequestContext) async throws -> FavoriteAnswer {
        let id = try context.pathText("id", orNotFound: Self.trackNotFound.message)
        do {
            let rows = try await database.query(FavoriteQueries.add(id: RowIdentifier.make(), track: id))
            guard let row = rows.first, try row.decode("isKnown") else { throw Self.trackNotFound }
            return FavoriteAnswer(message: try row.decode("isNew") ? "Track favorited" : "Already favorited")
        } catch let error as PostgresError where error.isForeignKeyViolation {
            // It has been deleted meanwhile.
            throw Self.trackNotFound
        }
    }

    @Sendable private func removeTrack(_ request: Request, _ context: GatewayRequestContext) async throws -> FavoriteAnswer {
        let id = try context.pathText("id", orNotFound: Self.trackNotFound.message)
        guard let row = try await database.query(FavoriteQueries.remove(track: id)).first, try row.decode("isKnown") else {
            throw Self.trackNotFound
        }
        guard try row.decode("wasFavorite") else { throw Self.notFavorite }
        return FavoriteAnswer(message: "Track unfavorited")
    }

    // MARK: Releases

    @Sendable private func addRelease(_ request: Request, _ context: GatewayRequestContext) async throws -> FavoriteAnswer {
        let id = try context.pathText("id", orNotFound: Self.releaseNotFound.message)
        do {
            return try await database.withTransaction { transaction in
                try await transaction.query(FavoriteQueries.lock(release: id))
                try await transaction.query(FavoriteQueries.addPlaceholderType(id: RowIdentifier.make(), for: id))
                try await transaction.query(FavoriteQueries.addPlaceholder(for: id))
                try await transaction.query(FavoriteQueries.linkPlaceholder(to: id))
                let rows = try await transaction.query(FavoriteQueries.add(id: RowIdentifier.make(), release: id))
                guard let row = rows.first, try row.decode("isKnown") else { throw Self.releaseNotFound }
                return FavoriteAnswer(message: try row.decode("isNew") ? "Release favorited" : "Already favorited")
            }
        } catch let error as PostgresError where error.isForeignKeyViolation {
            throw Self.releaseNotFound
        }
    }

    @Sendable private func removeRelease(_ request: Request, _ context: GatewayRequestContext) async throws -> FavoriteAnswer {
        let id = try context.pathText("id", orNotFound: Self.releaseNotFound.message)
        return try await database.withTransaction { transaction in
            try await transaction.query(FavoriteQueries.lock(release: id))
            guard let row = try await transaction.query(FavoriteQueries.remove(release: id)).first, try row.decode("isKnown") else {
                throw Self.releaseNotFound
            }
            guard try row.decode("wasFavorite") else { throw Self.notFavorite }
            try await transaction.query(FavoriteQueries.removePlaceholder(of: id))
            return FavoriteAnswer(message: "Release unfavorited")
        }
    }

    static let trackNotFound = APIError.notFound("Track not found")
    static let releaseNotFound = APIError.notFound("Release not found")
    static let notFavorite = APIError.notFound("Not a favorite")
}

/// What every change answers.
struct FavoriteAnswer: ResponseCodable {
    var success = true
    let message: String
}
