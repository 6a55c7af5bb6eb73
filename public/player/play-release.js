// Plays a whole release; the one that plays already is paused and goes on.
import { get } from '../lib/api.js';
import { toast } from '../lib/browser.js';
import { player } from './player.js';
import { trackRow } from './player-track.js';

/** @param {string} id Of a local release, or of a MusicBrainz release. */
export async function playRelease(id) {
  if (player.track?.localReleaseId === id) {
    player.toggle();
    return;
  }
  try {
    /** @type {import('../lib/api.js').ReleaseTracks} */
    const { release, tracks } = await get(`/api/releases/${encodeURIComponent(id)}/tracks`);
    if (tracks.length) player.playTracks(tracks.map(row => trackRow(row, release)));
    else toast('This release has no tracks in the library.');
  } catch (error) {
    toast(/** @type {Error} */ (error).message, 'error');
  }
}
