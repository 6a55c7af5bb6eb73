"""The shapes of dmp-api.md, and whether a value has one: exactly these keys, in this order, of these types."""

import datetime


class Date:
    """ISO 8601 in UTC with milliseconds."""


def optional(shape):
    return (shape, None)


def check(value, shape, where="answer"):
    """Fails unless `value` has the shape: a type, `Date`, a list of one shape, a dict, or a tuple of alternatives."""
    if isinstance(shape, tuple):
        if value is None and None in shape:
            return
        check(value, shape[0], where)
    elif isinstance(shape, list):
        assert type(value) is list, (where, value)
        for number, item in enumerate(value):
            check(item, shape[0], f"{where}[{number}]")
    elif isinstance(shape, dict):
        assert type(value) is dict and list(value) == list(shape), (where, value)
        for key, item in shape.items():
            check(value[key], item, f"{where}.{key}")
    elif shape is Date:
        assert isinstance(value, str) and len(value) == 24 and value.endswith("Z"), (where, value)
        datetime.datetime.fromisoformat(value)
    elif shape is float:
        assert type(value) in (int, float), (where, value)
    else:
        assert type(value) is shape, (where, value)


TEXT, NUMBER = optional(str), optional(int)
ARTIST_REF = {"id": str, "name": str, "slug": str}
COVER = {"image": TEXT, "imageUrl": TEXT}
CARD = {"id": str, "title": str, "releaseType": TEXT, "year": NUMBER, **COVER, "artist": optional(ARTIST_REF)}
ROW = {"id": str, "title": TEXT, "artist": TEXT, "albumArtist": TEXT, "album": TEXT, "year": NUMBER, "genre": TEXT, "duration": NUMBER, "trackNumber": NUMBER,
       "discNumber": NUMBER, "playCount": int, "localReleaseId": TEXT}
NESTED = {"id": str, "title": TEXT, "trackNumber": NUMBER, "duration": NUMBER,
          "release": optional({"id": str, "title": str, "year": NUMBER, **COVER, "artist": optional(ARTIST_REF)})}
PLAYER = {"id": str, "title": str, "artist": str, "album": str, "duration": int, "artistSlug": TEXT, "releaseImage": TEXT, "releaseImageUrl": TEXT,
          "localReleaseId": TEXT}
PLAYLIST = {"id": str, "name": str, "slug": str, "description": TEXT, "createdAt": Date, "updatedAt": Date}

SHAPES = {
    "/api/artists": {"items": [{"id": str, "name": str, "slug": str, **COVER, "averageMatchScore": optional(float), "totalPlayCount": int, "totalTracks": int}],
                     "total": int, "page": int, "pageSize": int, "hasMore": bool},
    "/api/artists/{slug}": {
        "id": str, "name": str, "slug": str, **COVER, "musicbrainzId": TEXT, "averageMatchScore": optional(float), "totalPlayCount": int, "totalTracks": int,
        "totalFileSize": str, "lastSyncedAt": optional(Date), "genres": [{"id": str, "name": str}], "urls": [{"id": str, "type": str, "url": str}],
        "releases": [{"id": str, "title": str, "year": NUMBER, "type": str, "typeSlug": str, "musicbrainzId": TEXT, "status": str, **COVER, "trackCount": int,
                      "localTrackCount": int, "isMusicBrainz": bool, "localReleaseId": TEXT}]},
    "/api/artists/{slug}/tracks": [ROW],
    "/api/genres": [{"id": str, "name": str, "artistCount": int}],
    "/api/releases/latest": [{**CARD, "createdAt": Date, "musicBrainzId": TEXT}],
    "/api/releases/last-played": [{**CARD, "lastPlayedAt": Date, "playCount": int, "musicBrainzId": TEXT}],
    "/api/releases/{release}/tracks": {"release": optional({"id": str, "title": str, **COVER, "artistName": str, "artistSlug": str}), "tracks": [ROW]},
    "/api/search?q={q}": {"artists": [{"id": str, "name": str, "slug": str, **COVER}], "releases": [CARD], "tracks": [NESTED]},
    "/api/timeline/decades": [{"decade": int, "count": int}],
    "/api/timeline/{decade}": {"releases": [CARD], "total": int, "page": int, "hasMore": bool, "years": [{"year": int, "count": int}]},
    "/api/stats": {name: int for name in ["artists", "tracks", "releases", "genres", "playtime", "plays", "artistsSyncedWithMusicbrainz", "releasesSyncedWithMusicbrainz",
                                          "artistsWithCoverArt", "releasesWithCoverArt"]} | {"lastScanStartedAt": optional(Date), "lastScanEndedAt": optional(Date)},
    "/api/tracks/random": PLAYER,
    "/api/tracks/{track}": {**PLAYER, "replayGain": optional({name: optional(float) for name in ["trackGain", "trackPeak", "albumGain", "albumPeak"]})},
    "/api/favorites": {"releases": [{"id": str, "createdAt": Date, "release": CARD}], "tracks": [{"id": str, "createdAt": Date, "track": NESTED}]},
    "/api/favorites/ids": {"releases": [str], "tracks": [str]},
    "/api/playlists": [{**PLAYLIST, "trackCount": int, "coverImages": [COVER]}],
    "/api/playlists/{playlist}": {**PLAYLIST, "tracks": [{"id": str, "position": int, "addedAt": Date, "track": NESTED}]},
}
