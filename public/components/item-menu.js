// What can be done with a release or a track, as a menu: the way for fingers and keyboards, where a mouse also has its buttons.
import { favorites, get } from '../lib/api.js';
import { toast } from '../lib/browser.js';
import { player } from '../player/player.js';
import { playRelease } from '../player/play-release.js';
import { trackRow } from '../player/player-track.js';
import { openMenu } from './menu.js';

/** @typedef {import('./menu.js').MenuItem} MenuItem */
/** @typedef {import('../player/queue.js').PlayerTrack} PlayerTrack */

/** @param {string} slug @param {string} [releaseId] That of the local release is opened there. */
export const artistPath = (slug, releaseId) =>
  `/artist/${encodeURIComponent(slug)}${releaseId ? `?release=${encodeURIComponent(releaseId)}` : ''}`;

/** @param {import('../lib/api.js').FavoriteKind} kind @param {string} id @returns {MenuItem} */
const favoriteItem = (kind, id) => ({
  label: favorites.has(kind, id) ? 'Remove from favorites' : 'Add to favorites', icon: 'heart', run: () => favorites.toggle(kind, id),
});

/**
 * @param {HTMLElement} anchor
 * @param {{ id: string, title: string, artistSlug?: string }} release `id` is that of the local release.
 */
export function openReleaseMenu(anchor, { id, title, artistSlug }) {
  openMenu(anchor, title, [
    { label: player.playing && player.track?.localReleaseId === id ? 'Pause' : 'Play', icon: 'play', run: () => playRelease(id) },
    { label: 'Play next', icon: 'next', run: () => withTracks(id, tracks => player.playNext(tracks)) },
    { label: 'Add to the queue', icon: 'queue', run: () => withTracks(id, tracks => player.addToQueue(tracks)) },
    { label: 'Add to playlist…', icon: 'plus', run: () => withTracks(id, tracks => addToPlaylist(tracks, anchor)) },
    favoriteItem('releases', id),
    !!artistSlug && { label: 'Show the tracks', icon: 'disc', href: artistPath(artistSlug, id) },
    !!artistSlug && { label: 'Go to the artist', icon: 'user', href: artistPath(artistSlug) },
  ]);
}

/**
 * @param {HTMLElement} anchor
 * @param {PlayerTrack} track
 * @param {() => unknown} play
 * @param {(MenuItem | null | false)[]} [more] What else this list can do with it.
 */
export function openTrackMenu(anchor, track, play, more = []) {
  const { id, title, artistSlug, localReleaseId } = track;
  openMenu(anchor, title, [
    { label: player.playing && player.track?.id === id ? 'Pause' : 'Play', icon: 'play', run: play },
    { label: 'Play next', icon: 'next', run: () => player.playNext([track]) },
    { label: 'Add to the queue', icon: 'queue', run: () => player.addToQueue([track]) },
    { label: 'Add to playlist…', icon: 'plus', run: () => addToPlaylist([track], anchor) },
    favoriteItem('tracks', id),
    !!artistSlug && !!localReleaseId && { label: 'Show the release', icon: 'disc', href: artistPath(artistSlug, localReleaseId) },
    !!artistSlug && { label: 'Go to the artist', icon: 'user', href: artistPath(artistSlug) },
    ...more,
  ]);
}

/**
 * @param {string} id Of a local release.
 * @param {(tracks: PlayerTrack[]) => unknown} run
 */
async function withTracks(id, run) {
  try {
    /** @type {import('../lib/api.js').ReleaseTracks} */
    const { release, tracks } = await get(`/api/releases/${encodeURIComponent(id)}/tracks`);
    if (tracks.length) run(tracks.map(row => trackRow(row, release)));
    else toast('This release has no tracks in the library.');
  } catch (error) {
    toast(/** @type {Error} */ (error).message, 'error');
  }
}

/** @param {PlayerTrack[]} tracks @param {HTMLElement} anchor */
async function addToPlaylist(tracks, anchor) {
  const { openPlaylistMenu } = await import('./playlist-menu.js');
  openPlaylistMenu(tracks.map(track => track.id), anchor);
}
