// "Add to playlist": a menu of the playlists, and a way to make one. For the player, track tables and menus.
import { ApiError, get, post } from '../lib/api.js';
import { toast } from '../lib/browser.js';
import { count } from '../lib/html.js';
import { openMenu } from './menu.js';
import { openNewPlaylist } from './playlist-form.js';

/** @typedef {import('../lib/api.js').PlaylistRef} PlaylistRef */

/**
 * @param {string[]} trackIds
 * @param {HTMLElement} anchor The button beside which it opens.
 */
export async function openPlaylistMenu(trackIds, anchor) {
  /** @type {PlaylistRef[]} */
  let playlists;
  try {
    playlists = await get('/api/playlists');
  } catch (error) {
    toast(/** @type {Error} */ (error).message, 'error');
    return;
  }
  openMenu(anchor, trackIds.length === 1 ? 'Add to playlist' : `Add ${count(trackIds.length, 'track')} to playlist`, [
    { label: 'New playlist…', icon: 'plus', run: () => openNewPlaylist(playlist => addToPlaylist(trackIds, playlist)) },
    ...playlists.map(playlist => ({ label: playlist.name, icon: /** @type {const} */ ('playlist'), run: () => addToPlaylist(trackIds, playlist) })),
  ]);
}

/**
 * One after the other, so that they come in their order; what is there already stays where it is.
 * @param {string[]} trackIds
 * @param {PlaylistRef} playlist
 */
async function addToPlaylist(trackIds, { slug, name }) {
  let added = 0, present = 0;
  try {
    for (const trackId of trackIds) {
      const isNew = await post(`/api/playlists/${encodeURIComponent(slug)}/tracks`, { trackId }).then(() => true, error => {
        if (error instanceof ApiError && error.status === 409) return false;
        throw error;
      });
      if (isNew) added += 1;
      else present += 1;
    }
  } catch (error) {
    const message = /** @type {Error} */ (error).message;
    toast(added ? `${count(added, 'track')} added to “${name}”, then: ${message}` : message, 'error');
    return;
  }
  if (trackIds.length === 1) toast(added ? `Added to “${name}”.` : `It is already in “${name}”.`);
  else toast(`${count(added, 'track')} added to “${name}”${present ? `; ${present.toLocaleString('en')} already there` : ''}.`);
}
