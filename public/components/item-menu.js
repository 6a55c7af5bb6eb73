// What can be done with a release or a track, as a menu: the way for fingers and keyboards, where a mouse also has its buttons.
import { favorites } from '../lib/api.js';
import { player } from '../player/player.js';
import { playRelease } from '../player/play-release.js';
import { openMenu } from './menu.js';

/** @typedef {import('./menu.js').MenuItem} MenuItem */

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
    favoriteItem('releases', id),
    !!artistSlug && { label: 'Show the tracks', icon: 'disc', href: artistPath(artistSlug, id) },
    !!artistSlug && { label: 'Go to the artist', icon: 'user', href: artistPath(artistSlug) },
  ]);
}

/**
 * @param {HTMLElement} anchor
 * @param {import('../player/queue.js').PlayerTrack} track
 * @param {() => unknown} play
 * @param {(MenuItem | null | false)[]} [more] What else this list can do with it.
 */
export function openTrackMenu(anchor, track, play, more = []) {
  const { id, title, artistSlug, localReleaseId } = track;
  openMenu(anchor, title, [
    { label: player.playing && player.track?.id === id ? 'Pause' : 'Play', icon: 'play', run: play },
    favoriteItem('tracks', id),
    !!artistSlug && !!localReleaseId && { label: 'Show the release', icon: 'disc', href: artistPath(artistSlug, localReleaseId) },
    !!artistSlug && { label: 'Go to the artist', icon: 'user', href: artistPath(artistSlug) },
    ...more,
  ]);
}
