// Keys for the player. Single letters can be switched off, for people who speak to their computer (WCAG 2.1, 2.1.4).
import { favorites } from '../lib/api.js';
import { load, save } from '../lib/browser.js';
import { player } from './player.js';

const STORAGE_KEY = 'dmp-shortcuts';
const SEEK_SECONDS = 10;
const VOLUME_STEP = 0.05;

/** @param {string} key */
const typed = key => (/** @type {KeyboardEvent} */ event) => event.key.toLowerCase() === key;
/** @param {string} key */
const shifted = key => (/** @type {KeyboardEvent} */ event) => event.shiftKey && event.key === key;

/** @type {{ keys: string, label: string, test: (event: KeyboardEvent) => boolean, run: () => unknown }[]} */
export const SHORTCUTS = [
  { keys: 'Space', label: 'Play or pause', test: typed(' '), run: () => player.toggle() },
  { keys: 'Shift + →', label: 'Next track', test: shifted('ArrowRight'), run: () => player.next() },
  { keys: 'Shift + ←', label: 'Previous track', test: shifted('ArrowLeft'), run: () => player.previous() },
  { keys: 'Shift + ↑', label: 'Louder', test: shifted('ArrowUp'), run: () => player.setVolume(player.volume + VOLUME_STEP) },
  { keys: 'Shift + ↓', label: 'Quieter', test: shifted('ArrowDown'), run: () => player.setVolume(player.volume - VOLUME_STEP) },
  { keys: 'L', label: '10 seconds on', test: typed('l'), run: () => player.seek(player.currentTime + SEEK_SECONDS) },
  { keys: 'J', label: '10 seconds back', test: typed('j'), run: () => player.seek(player.currentTime - SEEK_SECONDS) },
  { keys: 'M', label: 'Mute', test: typed('m'), run: () => player.toggleMute() },
  { keys: 'S', label: 'Shuffle: off, release, artist, catalogue', test: typed('s'), run: () => player.cycleShuffle() },
  { keys: 'R', label: 'Repeat', test: typed('r'), run: () => player.cycleRepeat() },
  { keys: 'F', label: 'Favorite', test: typed('f'), run: () => player.track && favorites.toggleTrack(player.track.id) },
  { keys: 'P', label: 'Add to playlist', test: typed('p'), run: addToPlaylist },
  { keys: 'Q', label: 'Queue', test: typed('q'), run: async () => (await import('../components/queue-dialog.js')).showQueue() },
  { keys: '/', label: 'Search', test: typed('/'), run: () => document.querySelector('input')?.focus() },
  { keys: '?', label: 'This list', test: typed('?'), run: async () => (await import('../components/shortcuts-dialog.js')).showShortcuts() },
];

async function addToPlaylist() {
  const { track } = player;
  const anchor = document.querySelector('dmp-player-bar');
  if (!track || !(anchor instanceof HTMLElement)) return;
  const { openPlaylistMenu } = await import('../components/playlist-menu.js');
  openPlaylistMenu([track.id], anchor.querySelector('.playlist-button') ?? anchor);
}

let areOn = load(STORAGE_KEY) !== 'off';

export const shortcutsAreOn = () => areOn;

/** @param {boolean} on */
export function switchShortcuts(on) {
  areOn = on;
  save(STORAGE_KEY, on ? 'on' : 'off');
}

/** @param {KeyboardEvent} event */
export function press(event) {
  if (!areOn) return;
  const shortcut = SHORTCUTS.find(({ test }) => test(event));
  if (!shortcut) return;
  event.preventDefault();
  shortcut.run();
}

export function watchShortcuts() {
  addEventListener('keydown', event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    // Where text is written, and where a dialog has the keyboard.
    if (target?.closest('input, select, textarea, dialog, [contenteditable]')) return;
    // What has the focus may know Space and the arrows itself.
    const isOften = event.key === ' ' || (event.key.startsWith('Arrow') && !event.shiftKey);
    if (isOften && target?.closest('button, a, summary, [role="slider"], [role="tab"]')) return;
    press(event);
  });
}
