// Keys for the player, and the dialog that lists them.
import { openDialog } from '../components/dialog.js';
import { html } from '../lib/html.js';
import { player } from './player.js';

const SEEK_SECONDS = 10;
const VOLUME_STEP = 0.05;

/** @type {{ keys: string, label: string, test: (event: KeyboardEvent) => boolean, run: () => unknown }[]} */
const SHORTCUTS = [
  { keys: 'Space', label: 'Play or pause', test: event => event.key === ' ', run: () => player.toggle() },
  { keys: 'Shift + →', label: 'Next track', test: event => event.shiftKey && event.key === 'ArrowRight', run: () => player.next() },
  { keys: 'Shift + ←', label: 'Previous track', test: event => event.shiftKey && event.key === 'ArrowLeft', run: () => player.previous() },
  { keys: '→', label: '10 seconds on', test: event => event.key === 'ArrowRight', run: () => player.seek(player.currentTime + SEEK_SECONDS) },
  { keys: '←', label: '10 seconds back', test: event => event.key === 'ArrowLeft', run: () => player.seek(player.currentTime - SEEK_SECONDS) },
  { keys: '+', label: 'Louder', test: event => event.key === '+', run: () => player.setVolume(player.volume + VOLUME_STEP) },
  { keys: '-', label: 'Quieter', test: event => event.key === '-', run: () => player.setVolume(player.volume - VOLUME_STEP) },
  { keys: 'M', label: 'Mute', test: event => event.key.toLowerCase() === 'm', run: () => player.toggleMute() },
  { keys: 'S', label: 'Shuffle', test: event => event.key.toLowerCase() === 's', run: () => player.toggleShuffle() },
  { keys: 'R', label: 'Repeat', test: event => event.key.toLowerCase() === 'r', run: () => player.cycleRepeat() },
  { keys: '/', label: 'Search', test: event => event.key === '/', run: () => document.querySelector('dmp-search input')?.dispatchEvent(new Event('wanted')) },
  { keys: '?', label: 'This list', test: event => event.key === '?', run: showShortcuts },
];

/** Elements that take keys themselves. */
const TAKES_KEYS = 'input, select, textarea, button, a, summary, dialog, [role="slider"], [role="tab"], [contenteditable]';

export function watchShortcuts() {
  addEventListener('keydown', event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    const isPlain = !/^(Arrow|\s| |Enter)/.test(event.key);
    if (target?.closest(isPlain ? 'input, select, textarea, dialog, [contenteditable]' : TAKES_KEYS)) return;
    const shortcut = SHORTCUTS.find(({ test }) => test(event));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  });
}

export function showShortcuts() {
  openDialog('Keyboard shortcuts', html`
    <dl class="shortcuts">${SHORTCUTS.map(({ keys, label }) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${label}</dd></div>`)}</dl>`);
}
