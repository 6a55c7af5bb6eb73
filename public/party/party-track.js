// What listeners are told of a track of the player.
import { releaseImage } from '../lib/api.js';

/**
 * @param {import('../player/queue.js').PlayerTrack} track
 * @returns {import('./party-api.js').PartyTrack}
 */
export function partyTrack(track) {
  return {
    id: track.id,
    title: track.title,
    artist: track.artist,
    artistSlug: track.artistSlug ?? null,
    releaseTitle: track.album,
    releaseId: track.localReleaseId ?? null,
    // The listener server may hold the same pictures under the same path.
    coverPath: releaseImage({ image: track.releaseImage, imageUrl: track.releaseImageUrl }),
    duration: track.duration,
  };
}
