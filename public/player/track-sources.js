// Where the player gets tracks from, other than from a list on a page: a release, an artist, the whole catalogue, or the explorer.
import { get, request, send } from '../lib/api.js';
import { trackRow } from './player-track.js';

/** @typedef {import('./queue.js').PlayerTrack} PlayerTrack */
/** @typedef {import('./saved-state.js').ExplorerParams} ExplorerParams */

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<PlayerTrack[]>} */
export async function releaseTracks(id, signal) {
  /** @type {import('../lib/api.js').ReleaseTracks} */
  const { release, tracks } = await get(`/api/releases/${encodeURIComponent(id)}/tracks`, signal);
  return tracks.map(row => trackRow(row, release));
}

/**
 * Rows of an artist's tracks bring no covers; the artist's releases have them.
 * @param {string} slug
 * @param {AbortSignal} [signal]
 * @returns {Promise<PlayerTrack[]>}
 */
export async function artistTracks(slug, signal) {
  const path = `/api/artists/${encodeURIComponent(slug)}`;
  /** @type {[import('../lib/api.js').TrackRow[], import('../lib/api.js').Artist]} */
  const [rows, artist] = await Promise.all([get(`${path}/tracks`, signal), get(path, signal)]);
  const releases = new Map(artist.releases.map(release => [release.localReleaseId, release]));
  return rows.map(row => trackRow(row, { artistSlug: slug, ...releases.get(row.localReleaseId) }));
}

/** @returns {Promise<PlayerTrack | null>} Null when the library is empty. */
export const randomTrack = () => request('/api/tracks/random');

/**
 * @param {ExplorerParams} params
 * @param {string[]} excludeIds At most 1,000.
 * @returns {Promise<PlayerTrack>} An ApiError of status 404 when nothing fits any more.
 */
export const exploredTrack = (params, excludeIds) => send('POST', '/api/tracks/explore', { ...params, excludeIds });

/** @param {string} id @returns {Promise<import('./replay-gain.js').ReplayGain | null>} */
export async function replayGainOf(id) {
  return (await request(`/api/tracks/${encodeURIComponent(id)}`)).replayGain ?? null;
}
