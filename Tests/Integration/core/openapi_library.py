"""The small library that the examples of /api/openapi.json speak of, with the awkward rows of real databases beside it."""

import datetime

MOMENT = datetime.datetime(2026, 3, 2, 12, 34, 56, 789000)


def insert(sql, table, **columns):
    names = ", ".join(f'"{name}"' for name in columns)
    sql.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(["%s"] * len(columns))})', list(columns.values()))


def fill(sql):
    """Empties the database and puts the library there."""
    tables = ["Artist", "Genre", "ReleaseType", "Statistics", "Playlist", "LocalReleaseTrack"]
    sql.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables) + " CASCADE")
    insert(sql, "Artist", id="cm7ada", name="Ada Ünderwood", slug="ada-underwood", image="ada-underwood.jpg", averageMatchScore=0.92, totalPlayCount=40,
           totalTracks=1, totalFileSize=1024000, musicbrainzId="6f0a1c2e-4b3d-4e5f-8a9b-0c1d2e3f4a5b", createdAt=MOMENT, updatedAt=MOMENT)
    insert(sql, "Genre", id="cm7dub", name="Dub")
    insert(sql, "_ArtistGenres", A="cm7ada", B="cm7dub")
    insert(sql, "ArtistUrl", id="cm7url", type="discogs", url="https://example.org/ada", artistId="cm7ada", updatedAt=MOMENT)
    insert(sql, "ReleaseType", id="cm7album", name="Album", slug="album", updatedAt=MOMENT)
    insert(sql, "MusicBrainzRelease", id="cm7harbourmb", title="Harbour", artistId="cm7ada", typeId="cm7album", year=1994, status="COMPLETE", updatedAt=MOMENT)
    for number in range(3):
        insert(sql, "MusicBrainzReleaseTrack", id=f"cm7mbtrack{number}", title=f"Track {number}", releaseId="cm7harbourmb", updatedAt=MOMENT)
    insert(sql, "LocalRelease", id="cm7harbour", title="Harbour", year=1994, artistId="cm7ada", releaseId="cm7harbourmb", matchStatus="COMPLETE",
           image="/img/releases/cm7harbour.jpg", totalPlayCount=40, lastPlayedAt=MOMENT, createdAt=MOMENT, updatedAt=MOMENT)
    insert(sql, "LocalReleaseTrack", id="cm7quay", title="Quay", artist="Ada Ünderwood", albumArtist="Ada Ünderwood", album="Harbour", year=1994, genre="Dub",
           duration=61, filePath="Ada/01.opus", localReleaseId="cm7harbour", discNumber=1, trackNumber=1, playCount=4, updatedAt=MOMENT,
           metadata='{"REPLAYGAIN_TRACK_GAIN": "-7.25 dB", "replaygain_track_peak": "0.5", "REPLAYGAIN_ALBUM_GAIN": "-6.5 dB", "REPLAYGAIN_ALBUM_PEAK": "0.75"}')
    insert(sql, "Statistics", id="main", artists=1, tracks=1, releases=1, genres=1, playtime=61, plays=0, artistsSyncedWithMusicbrainz=1,
           releasesSyncedWithMusicbrainz=1, artistsWithCoverArt=1, releasesWithCoverArt=1, lastScanStartedAt=MOMENT, lastScanEndedAt=MOMENT, updatedAt=MOMENT)
    insert(sql, "Playlist", id="cm7nights", name="Harbour Nights", slug="harbour-nights", description="For late hours", createdAt=MOMENT, updatedAt=MOMENT)
    insert(sql, "PlaylistTrack", id="cm7entry", position=0, playlistId="cm7nights", trackId="cm7quay", createdAt=MOMENT)
    insert(sql, "FavoriteRelease", id="cm7favourite1", releaseId="cm7harbourmb", createdAt=MOMENT, updatedAt=MOMENT)
    insert(sql, "FavoriteTrack", id="cm7favourite2", trackId="cm7quay", createdAt=MOMENT, updatedAt=MOMENT)


def fill_awkwardly(sql):
    """Rows beside the library's: nothing in them that may be missing is there."""
    insert(sql, "Artist", id="bare", name="", slug="bare", updatedAt=MOMENT, totalFileSize=9_007_199_254_740_993)
    insert(sql, "Genre", id="nobody", name="")
    insert(sql, "ReleaseType", id="odd", name="", slug="odd", updatedAt=MOMENT)
    insert(sql, "MusicBrainzRelease", id="missing", title="", artistId="cm7ada", typeId="odd", status="MISSING", updatedAt=MOMENT)
    insert(sql, "LocalRelease", id="untitled", title="", artistId="bare", updatedAt=MOMENT)
    insert(sql, "LocalRelease", id="ancient", title="Ancient", year=-44, artistId="bare", matchStatus="EXTRA_TRACKS", updatedAt=MOMENT, lastPlayedAt=MOMENT)
    insert(sql, "LocalRelease", id="second", title="Harbour (again)", artistId="cm7ada", releaseId="cm7harbourmb", matchStatus="UNSYNCABLE", updatedAt=MOMENT)
    insert(sql, "LocalReleaseTrack", id="nothing", filePath="nothing", updatedAt=MOMENT, metadata="null")
    insert(sql, "LocalReleaseTrack", id="cm7pier", title="Pier at harbour", filePath="loose", localReleaseId="untitled", duration=-1, discNumber=0, trackNumber=-3,
           year=0, updatedAt=MOMENT, metadata="[]")
    insert(sql, "TrackArtist", id="ta", trackId="cm7pier", artistId="cm7ada", role="FEATURED")
    insert(sql, "Playlist", id="oldplaylist", name="???", slug="", updatedAt=MOMENT)
    for position, track in enumerate(["nothing", "cm7pier", "cm7quay"]):
        insert(sql, "PlaylistTrack", id=f"entry{position}", position=-1, playlistId="oldplaylist", trackId=track)
    insert(sql, "FavoriteRelease", id="f1", releaseId="missing", updatedAt=MOMENT)
    insert(sql, "FavoriteTrack", id="f2", trackId="nothing", updatedAt=MOMENT)
