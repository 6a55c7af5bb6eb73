// Tracks come in several shapes from the API; the player takes one.

/** @typedef {import('./queue.js').PlayerTrack} PlayerTrack */

/**
 * @param {import('../lib/api.js').TrackRow} row
 * @param {{ artistSlug: string } & import('../lib/api.js').Picture | null} [release] What it is on.
 * @returns {PlayerTrack}
 */
export function trackRow(row, release) {
  return {
    id: row.id,
    title: row.title ?? 'Unknown',
    artist: row.artist ?? row.albumArtist ?? 'Unknown',
    album: row.album ?? 'Unknown',
    duration: row.duration ?? 0,
    artistSlug: release?.artistSlug ?? null,
    releaseImage: release?.image ?? null,
    releaseImageUrl: release?.imageUrl ?? null,
    localReleaseId: row.localReleaseId,
  };
}

/** @param {import('../lib/api.js').NestedTrack} track @returns {PlayerTrack} */
export function nestedTrack(track) {
  const release = track.release;
  return {
    id: track.id,
    title: track.title ?? 'Unknown',
    artist: release?.artist?.name ?? 'Unknown',
    album: release?.title ?? 'Unknown',
    duration: track.duration ?? 0,
    artistSlug: release?.artist?.slug ?? null,
    releaseImage: release?.image ?? null,
    releaseImageUrl: release?.imageUrl ?? null,
    localReleaseId: release?.id ?? null,
  };
}
