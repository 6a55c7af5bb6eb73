/// The database schema of DMP: what Prisma's `db push` makes of the original's models. Names, types, defaults, indexes and foreign keys are
/// a contract with the original and with what people have in their databases; change none of them.

enum SchemaDefinition {
    /// One statement each, in an order that works in an empty schema.
    static let statements = split(ddl)

    /// The columns of each table, by its name: what a database must have.
    static let columns: [String: [String]] = {
        var columns: [String: [String]] = [:]
        var table: String?
        for line in ddl.split(separator: "\n") {
            let name = line.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first.map(String.init)
            if line.hasPrefix("CREATE TABLE") {
                table = name
            } else if line.hasPrefix("  \""), let table, let name {
                columns[table, default: []].append(name)
            } else if line.hasPrefix(")") {
                table = nil
            }
        }
        return columns
    }()

    /// No statement or comment below holds a semicolon of its own.
    private static func split(_ script: String) -> [SQL] {
        script.split(separator: ";").filter { !$0.allSatisfy(\.isWhitespace) }.map { SQL(unescaped: String($0)) }
    }

    private static let ddl =
        """
        CREATE TYPE "ReleaseStatus" AS ENUM
          ('COMPLETE', 'INCOMPLETE', 'EXTRA_TRACKS', 'MISSING', 'UNSYNCABLE', 'UNKNOWN');
        CREATE TYPE "TrackArtistRole" AS ENUM ('PRIMARY', 'ALBUM_ARTIST', 'FEATURED');

        -- Catalogue -----------------------------------------------------------------

        CREATE TABLE "Artist" (
          "id"                TEXT NOT NULL,
          "name"              TEXT NOT NULL,
          "slug"              TEXT NOT NULL,
          "image"             TEXT,
          "imageUrl"          TEXT,
          "musicbrainzId"     TEXT,
          "averageMatchScore" DOUBLE PRECISION,                 -- 0.0 … 1.0
          "totalPlayCount"    INTEGER NOT NULL DEFAULT 0,
          "totalTracks"       INTEGER NOT NULL DEFAULT 0,
          "totalFileSize"     BIGINT  NOT NULL DEFAULT 0,       -- bytes
          "lastSyncedAt"      TIMESTAMP(3),
          "createdAt"         TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"         TIMESTAMP(3) NOT NULL,
          CONSTRAINT "Artist_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "ArtistUrl" (
          "id"        TEXT NOT NULL,
          "type"      TEXT NOT NULL,                            -- MusicBrainz relation type
          "url"       TEXT NOT NULL,
          "artistId"  TEXT NOT NULL,
          "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt" TIMESTAMP(3) NOT NULL,
          CONSTRAINT "ArtistUrl_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "Genre" (
          "id"   TEXT NOT NULL,
          "name" TEXT NOT NULL,
          CONSTRAINT "Genre_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "ReleaseType" (
          "id"        TEXT NOT NULL,
          "name"      TEXT NOT NULL,                            -- Album, EP, Other, …
          "slug"      TEXT NOT NULL,
          "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt" TIMESTAMP(3) NOT NULL,
          CONSTRAINT "ReleaseType_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "MusicBrainzRelease" (
          "id"            TEXT NOT NULL,
          "title"         VARCHAR(500) NOT NULL,
          "artistId"      TEXT NOT NULL,
          "typeId"        TEXT NOT NULL,
          "year"          INTEGER,
          "musicbrainzId" TEXT,                                 -- release-group id
          "status"        "ReleaseStatus" NOT NULL DEFAULT 'UNKNOWN',
          "createdAt"     TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"     TIMESTAMP(3) NOT NULL,
          CONSTRAINT "MusicBrainzRelease_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "MusicBrainzReleaseTrack" (
          "id"            TEXT NOT NULL,
          "title"         VARCHAR(500) NOT NULL,
          "position"      INTEGER,
          "discNumber"    INTEGER,
          "durationMs"    INTEGER,                              -- milliseconds
          "musicbrainzId" TEXT,
          "releaseId"     TEXT NOT NULL,
          "createdAt"     TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"     TIMESTAMP(3) NOT NULL,
          CONSTRAINT "MusicBrainzReleaseTrack_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "LocalRelease" (
          "id"             TEXT NOT NULL,
          "title"          VARCHAR(500) NOT NULL,
          "year"           INTEGER,
          "artistId"       TEXT NOT NULL,
          "releaseId"      TEXT,                                -- matched MusicBrainzRelease
          "matchStatus"    "ReleaseStatus" NOT NULL DEFAULT 'UNKNOWN',
          "forcedComplete" BOOLEAN NOT NULL DEFAULT false,
          "folderPath"     TEXT,                                -- relative to the music dir
          "image"          TEXT,
          "imageUrl"       TEXT,
          "totalPlayCount" INTEGER NOT NULL DEFAULT 0,
          "totalDuration"  INTEGER DEFAULT 0,                   -- seconds, nullable with default
          "totalFileSize"  BIGINT NOT NULL DEFAULT 0,           -- bytes
          "lastPlayedAt"   TIMESTAMP(3),
          "createdAt"      TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"      TIMESTAMP(3) NOT NULL,
          CONSTRAINT "LocalRelease_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "LocalReleaseTrack" (
          "id"             TEXT NOT NULL,
          "title"          TEXT,
          "artist"         TEXT,
          "albumArtist"    TEXT,
          "album"          TEXT,
          "year"           INTEGER,
          "genre"          TEXT,
          "duration"       INTEGER,                             -- whole seconds
          "bitrate"        INTEGER,                             -- kbit/s
          "sampleRate"     INTEGER,                             -- Hz
          "filePath"       VARCHAR(500) NOT NULL,               -- relative to the music dir
          "position"       TEXT,
          "trackNumber"    INTEGER,
          "discNumber"     INTEGER,
          "localReleaseId" TEXT,
          "mbTrackId"      TEXT,
          "fileSize"       BIGINT,
          "mtime"          TIMESTAMP(3),
          "contentHash"    VARCHAR(32),                         -- hex MD5 of normalised tags
          "metadata"       JSONB,
          "playCount"      INTEGER NOT NULL DEFAULT 0,
          "lastPlayedAt"   TIMESTAMP(3),
          "createdAt"      TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"      TIMESTAMP(3) NOT NULL,
          CONSTRAINT "LocalReleaseTrack_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "TrackArtist" (
          "id"        TEXT NOT NULL,
          "trackId"   TEXT NOT NULL,
          "artistId"  TEXT NOT NULL,
          "role"      "TrackArtistRole" NOT NULL DEFAULT 'PRIMARY',
          "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          CONSTRAINT "TrackArtist_pkey" PRIMARY KEY ("id")
        );

        -- User data -----------------------------------------------------------------

        CREATE TABLE "Playlist" (
          "id"          TEXT NOT NULL,
          "name"        TEXT NOT NULL,
          "slug"        TEXT NOT NULL,
          "description" TEXT,
          "image"       TEXT,                                   -- never read or written by the web app
          "createdAt"   TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"   TIMESTAMP(3) NOT NULL,
          CONSTRAINT "Playlist_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "PlaylistTrack" (
          "id"         TEXT NOT NULL,
          "position"   INTEGER NOT NULL,
          "playlistId" TEXT NOT NULL,
          "trackId"    TEXT NOT NULL,
          "createdAt"  TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          CONSTRAINT "PlaylistTrack_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "FavoriteRelease" (
          "id"        TEXT NOT NULL,
          "releaseId" TEXT NOT NULL,                            -- MusicBrainzRelease.id
          "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt" TIMESTAMP(3) NOT NULL,
          CONSTRAINT "FavoriteRelease_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "FavoriteTrack" (
          "id"        TEXT NOT NULL,
          "trackId"   TEXT NOT NULL,                            -- LocalReleaseTrack.id
          "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt" TIMESTAMP(3) NOT NULL,
          CONSTRAINT "FavoriteTrack_pkey" PRIMARY KEY ("id")
        );

        -- System --------------------------------------------------------------------

        CREATE TABLE "SearchSource" (
          "id"            TEXT NOT NULL,
          "name"          TEXT NOT NULL,
          "baseUrl"       TEXT NOT NULL,
          "queryTemplate" TEXT NOT NULL,
          "isDefault"     BOOLEAN NOT NULL DEFAULT false,
          "createdAt"     TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"     TIMESTAMP(3) NOT NULL,
          CONSTRAINT "SearchSource_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "Settings" (
          "id"                 TEXT NOT NULL DEFAULT 'main',
          "slskPath"           TEXT,
          "slskUsername"       TEXT,
          "slskPassword"       TEXT,
          "slskDownloadDir"    TEXT,
          "slskAllowedFormats" TEXT,
          "slskMinBitrate"     INTEGER,
          "createdAt"          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"          TIMESTAMP(3) NOT NULL,
          CONSTRAINT "Settings_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "Statistics" (
          "id"                            TEXT NOT NULL DEFAULT 'main',
          "artists"                       INTEGER NOT NULL DEFAULT 0,
          "playtime"                      BIGINT  NOT NULL DEFAULT 0,  -- seconds
          "plays"                         BIGINT  NOT NULL DEFAULT 0,
          "tracks"                        INTEGER NOT NULL DEFAULT 0,
          "releases"                      INTEGER NOT NULL DEFAULT 0,
          "genres"                        INTEGER NOT NULL DEFAULT 0,
          "artistsSyncedWithMusicbrainz"  INTEGER NOT NULL DEFAULT 0,
          "releasesSyncedWithMusicbrainz" INTEGER NOT NULL DEFAULT 0,
          "artistsWithCoverArt"           INTEGER NOT NULL DEFAULT 0,
          "releasesWithCoverArt"          INTEGER NOT NULL DEFAULT 0,
          "lastScanStartedAt"             TIMESTAMP(3),
          "lastScanEndedAt"               TIMESTAMP(3),
          "createdAt"                     TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"                     TIMESTAMP(3) NOT NULL,
          CONSTRAINT "Statistics_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "IndexCheckpoint" (
          "id"             TEXT NOT NULL DEFAULT 'main',
          "lastFolder"     TEXT,
          "filesProcessed" INTEGER NOT NULL DEFAULT 0,
          "musicDir"       TEXT,
          "filterFrom"     TEXT,
          "filterTo"       TEXT,
          "filterOnly"     TEXT,
          "createdAt"      TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"      TIMESTAMP(3) NOT NULL,
          CONSTRAINT "IndexCheckpoint_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "SyncCheckpoint" (
          "id"               TEXT NOT NULL DEFAULT 'main',
          "lastArtistSlug"   TEXT,
          "artistsProcessed" INTEGER NOT NULL DEFAULT 0,
          "createdAt"        TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          "updatedAt"        TIMESTAMP(3) NOT NULL,
          CONSTRAINT "SyncCheckpoint_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "S3DeletionQueue" (
          "id"        TEXT NOT NULL,
          "objectKey" TEXT NOT NULL,                            -- "artists/<slug>.jpg" or "releases/<id>.jpg"
          "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
          CONSTRAINT "S3DeletionQueue_pkey" PRIMARY KEY ("id")
        );

        CREATE TABLE "_ArtistGenres" (
          "A" TEXT NOT NULL,
          "B" TEXT NOT NULL,
          CONSTRAINT "_ArtistGenres_AB_pkey" PRIMARY KEY ("A", "B")
        );

        CREATE TABLE "_ReleaseGenres" (
          "A" TEXT NOT NULL,
          "B" TEXT NOT NULL,
          CONSTRAINT "_ReleaseGenres_AB_pkey" PRIMARY KEY ("A", "B")
        );

        -- Indexes -------------------------------------------------------------------

        CREATE UNIQUE INDEX "Artist_slug_key"                          ON "Artist" ("slug");
        CREATE        INDEX "Artist_musicbrainzId_idx"                 ON "Artist" ("musicbrainzId");
        CREATE UNIQUE INDEX "ArtistUrl_artistId_type_url_key"          ON "ArtistUrl" ("artistId", "type", "url");
        CREATE        INDEX "ArtistUrl_artistId_idx"                   ON "ArtistUrl" ("artistId");
        CREATE UNIQUE INDEX "Genre_name_key"                           ON "Genre" ("name");
        CREATE        INDEX "Genre_name_idx"                           ON "Genre" ("name");
        CREATE UNIQUE INDEX "ReleaseType_name_key"                     ON "ReleaseType" ("name");
        CREATE UNIQUE INDEX "ReleaseType_slug_key"                     ON "ReleaseType" ("slug");
        CREATE UNIQUE INDEX "MusicBrainzRelease_artistId_title_key"    ON "MusicBrainzRelease" ("artistId", "title");
        CREATE        INDEX "MusicBrainzRelease_typeId_idx"            ON "MusicBrainzRelease" ("typeId");
        CREATE        INDEX "MusicBrainzRelease_musicbrainzId_idx"     ON "MusicBrainzRelease" ("musicbrainzId");
        CREATE        INDEX "MusicBrainzReleaseTrack_releaseId_idx"     ON "MusicBrainzReleaseTrack" ("releaseId");
        CREATE        INDEX "MusicBrainzReleaseTrack_musicbrainzId_idx" ON "MusicBrainzReleaseTrack" ("musicbrainzId");
        CREATE UNIQUE INDEX "LocalRelease_artistId_title_key"          ON "LocalRelease" ("artistId", "title");
        CREATE        INDEX "LocalRelease_releaseId_idx"               ON "LocalRelease" ("releaseId");
        CREATE UNIQUE INDEX "LocalReleaseTrack_filePath_key"           ON "LocalReleaseTrack" ("filePath");
        CREATE        INDEX "LocalReleaseTrack_localReleaseId_idx"     ON "LocalReleaseTrack" ("localReleaseId");
        CREATE        INDEX "LocalReleaseTrack_mbTrackId_idx"          ON "LocalReleaseTrack" ("mbTrackId");
        CREATE        INDEX "LocalReleaseTrack_lastPlayedAt_idx"       ON "LocalReleaseTrack" ("lastPlayedAt");
        CREATE        INDEX "LocalReleaseTrack_contentHash_idx"        ON "LocalReleaseTrack" ("contentHash");
        CREATE        INDEX "LocalReleaseTrack_mtime_idx"              ON "LocalReleaseTrack" ("mtime");
        CREATE UNIQUE INDEX "TrackArtist_trackId_artistId_role_key"    ON "TrackArtist" ("trackId", "artistId", "role");
        CREATE        INDEX "TrackArtist_trackId_idx"                  ON "TrackArtist" ("trackId");
        CREATE        INDEX "TrackArtist_artistId_idx"                 ON "TrackArtist" ("artistId");
        CREATE UNIQUE INDEX "Playlist_slug_key"                        ON "Playlist" ("slug");
        CREATE UNIQUE INDEX "PlaylistTrack_playlistId_trackId_key"     ON "PlaylistTrack" ("playlistId", "trackId");
        CREATE        INDEX "PlaylistTrack_playlistId_idx"             ON "PlaylistTrack" ("playlistId");
        CREATE        INDEX "PlaylistTrack_trackId_idx"                ON "PlaylistTrack" ("trackId");
        CREATE UNIQUE INDEX "FavoriteRelease_releaseId_key"            ON "FavoriteRelease" ("releaseId");
        CREATE        INDEX "FavoriteRelease_releaseId_idx"            ON "FavoriteRelease" ("releaseId");
        CREATE UNIQUE INDEX "FavoriteTrack_trackId_key"                ON "FavoriteTrack" ("trackId");
        CREATE        INDEX "FavoriteTrack_trackId_idx"                ON "FavoriteTrack" ("trackId");
        CREATE UNIQUE INDEX "SearchSource_name_key"                    ON "SearchSource" ("name");
        CREATE        INDEX "S3DeletionQueue_createdAt_idx"            ON "S3DeletionQueue" ("createdAt");
        CREATE        INDEX "_ArtistGenres_B_index"                    ON "_ArtistGenres" ("B");
        CREATE        INDEX "_ReleaseGenres_B_index"                   ON "_ReleaseGenres" ("B");

        -- Foreign keys --------------------------------------------------------------

        ALTER TABLE "ArtistUrl" ADD CONSTRAINT "ArtistUrl_artistId_fkey"
          FOREIGN KEY ("artistId") REFERENCES "Artist" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "MusicBrainzRelease" ADD CONSTRAINT "MusicBrainzRelease_artistId_fkey"
          FOREIGN KEY ("artistId") REFERENCES "Artist" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "MusicBrainzRelease" ADD CONSTRAINT "MusicBrainzRelease_typeId_fkey"
          FOREIGN KEY ("typeId") REFERENCES "ReleaseType" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
        ALTER TABLE "MusicBrainzReleaseTrack" ADD CONSTRAINT "MusicBrainzReleaseTrack_releaseId_fkey"
          FOREIGN KEY ("releaseId") REFERENCES "MusicBrainzRelease" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "LocalRelease" ADD CONSTRAINT "LocalRelease_artistId_fkey"
          FOREIGN KEY ("artistId") REFERENCES "Artist" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "LocalRelease" ADD CONSTRAINT "LocalRelease_releaseId_fkey"
          FOREIGN KEY ("releaseId") REFERENCES "MusicBrainzRelease" ("id") ON DELETE SET NULL ON UPDATE CASCADE;
        ALTER TABLE "LocalReleaseTrack" ADD CONSTRAINT "LocalReleaseTrack_localReleaseId_fkey"
          FOREIGN KEY ("localReleaseId") REFERENCES "LocalRelease" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "LocalReleaseTrack" ADD CONSTRAINT "LocalReleaseTrack_mbTrackId_fkey"
          FOREIGN KEY ("mbTrackId") REFERENCES "MusicBrainzReleaseTrack" ("id") ON DELETE SET NULL ON UPDATE CASCADE;
        ALTER TABLE "TrackArtist" ADD CONSTRAINT "TrackArtist_trackId_fkey"
          FOREIGN KEY ("trackId") REFERENCES "LocalReleaseTrack" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "TrackArtist" ADD CONSTRAINT "TrackArtist_artistId_fkey"
          FOREIGN KEY ("artistId") REFERENCES "Artist" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "PlaylistTrack" ADD CONSTRAINT "PlaylistTrack_playlistId_fkey"
          FOREIGN KEY ("playlistId") REFERENCES "Playlist" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "PlaylistTrack" ADD CONSTRAINT "PlaylistTrack_trackId_fkey"
          FOREIGN KEY ("trackId") REFERENCES "LocalReleaseTrack" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "FavoriteRelease" ADD CONSTRAINT "FavoriteRelease_releaseId_fkey"
          FOREIGN KEY ("releaseId") REFERENCES "MusicBrainzRelease" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "FavoriteTrack" ADD CONSTRAINT "FavoriteTrack_trackId_fkey"
          FOREIGN KEY ("trackId") REFERENCES "LocalReleaseTrack" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "_ArtistGenres" ADD CONSTRAINT "_ArtistGenres_A_fkey"
          FOREIGN KEY ("A") REFERENCES "Artist" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "_ArtistGenres" ADD CONSTRAINT "_ArtistGenres_B_fkey"
          FOREIGN KEY ("B") REFERENCES "Genre" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "_ReleaseGenres" ADD CONSTRAINT "_ReleaseGenres_A_fkey"
          FOREIGN KEY ("A") REFERENCES "Genre" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE "_ReleaseGenres" ADD CONSTRAINT "_ReleaseGenres_B_fkey"
          FOREIGN KEY ("B") REFERENCES "MusicBrainzRelease" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
        """
}
