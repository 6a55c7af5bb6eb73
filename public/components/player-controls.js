// The player's buttons and sliders, wherever they stand: in the bar, in the sheet of a phone, in the queue. Elements name what they do by
// `data-do`; what a place lacks is left out.
import { formatTime, html, icon, render, spokenDuration } from '../lib/html.js';
import { player } from '../player/player.js';
import './slider.js';

/** @typedef {import('./slider.js').Slider} Slider */
/** @typedef {import('../lib/html.js').Markup} Markup */

const SEEK_STEP_SECONDS = 5;

/** What each mode means: in a few letters above the button, and in full. */
export const SHUFFLE_MODES = {
  off: { label: '', name: 'Shuffle: off' },
  release: { label: 'Release', name: 'Shuffle: the release' },
  artist: { label: 'Artist', name: 'Shuffle: the artist' },
  catalogue: { label: 'Catalogue', name: 'Shuffle: the whole catalogue' },
  explorer: { label: 'Explorer', name: 'Explorer; press to end it' },
};

const REPEAT_NAMES = { off: 'Repeat: off', all: 'Repeat: the queue', one: 'Repeat: this track' };

/** @type {Record<string, (button: HTMLElement) => unknown>} */
const ACTIONS = {
  toggle: () => player.toggle(),
  next: () => player.next(),
  previous: () => player.previous(),
  shuffle: () => player.cycleShuffle(),
  repeat: () => player.cycleRepeat(),
  mute: () => player.toggleMute(),
  queue: async () => (await import('./queue-dialog.js')).showQueue(),
  sheet: async () => (await import('./player-sheet.js')).showSheet(),
  shortcuts: async () => (await import('./shortcuts-dialog.js')).showShortcuts(),
  playlist: async button => {
    const { track } = player;
    if (track) (await import('./playlist-menu.js')).openPlaylistMenu([track.id], button);
  },
};

/** @type {Record<'shuffle' | 'previous' | 'toggle' | 'next' | 'repeat' | 'mute' | 'queue' | 'playlist', Markup>} */
export const BUTTONS = {
  shuffle: html`<button type="button" class="icon-button shuffle-button" data-do="shuffle"></button>`,
  previous: html`<button type="button" class="icon-button" data-do="previous" aria-label="Previous track" title="Previous track (Shift + ←)">${icon('previous')}</button>`,
  toggle: html`<button type="button" class="play-button" data-do="toggle"></button>`,
  next: html`<button type="button" class="icon-button" data-do="next" aria-label="Next track" title="Next track (Shift + →)">${icon('next')}</button>`,
  repeat: html`<button type="button" class="icon-button repeat-button" data-do="repeat">${icon('repeat')}<span class="repeat-one" aria-hidden="true">1</span></button>`,
  mute: html`<button type="button" class="icon-button mute-button" data-do="mute" aria-label="Mute" title="Mute (M)"></button>`,
  queue: html`<button type="button" class="icon-button" data-do="queue" aria-label="Queue" title="Queue (Q)">${icon('queue')}</button>`,
  playlist: html`<button type="button" class="icon-button playlist-button" data-do="playlist" aria-label="Add to playlist" title="Add to playlist (P)"
    aria-haspopup="menu" aria-expanded="false">${icon('plus')}</button>`,
};

export const PROGRESS = html`
  <span class="time" data-elapsed>0:00</span>
  <dmp-slider class="seek" aria-label="Position"></dmp-slider>
  <span class="time" data-total>0:00</span>`;

/**
 * Lets the controls below an element act, and keeps them up to date.
 * @param {HTMLElement} root
 * @param {AbortSignal} [signal] Ends it.
 */
export function connectControls(root, signal) {
  /** @param {string} action @returns {HTMLElement | null} */
  const button = action => root.querySelector(`[data-do="${action}"]`);
  const seek = /** @type {Slider | null} */ (root.querySelector('.seek'));
  const volume = /** @type {Slider | null} */ (root.querySelector('.volume'));
  const elapsed = root.querySelector('[data-elapsed]');

  root.addEventListener('click', event => {
    const pressed = /** @type {Element} */ (event.target).closest('[data-do]');
    if (pressed instanceof HTMLElement) ACTIONS[pressed.dataset.do ?? '']?.(pressed);
  }, { signal });
  if (seek) {
    seek.describe = value => `${spokenDuration(value)} of ${spokenDuration(player.duration)}`;
    seek.step = SEEK_STEP_SECONDS;
    seek.addEventListener('input', () => { if (elapsed) elapsed.textContent = formatTime(seek.value); });
    seek.addEventListener('change', () => player.seek(seek.value));
  }
  volume?.addEventListener('input', () => player.setVolume(volume.value));

  const showState = () => {
    const toggle = button('toggle');
    if (toggle) {
      drawIcon(toggle, player.loading ? 'spinner' : player.playing ? 'pause' : 'play');
      toggle.setAttribute('aria-label', player.playing ? 'Pause' : 'Play');
      toggle.title = `${player.playing ? 'Pause' : 'Play'} (Space)`;
    }
    const shuffle = button('shuffle');
    if (shuffle) {
      const { label, name } = SHUFFLE_MODES[player.shuffleMode];
      if (shuffle.dataset.mode !== player.shuffleMode) {
        shuffle.dataset.mode = player.shuffleMode;
        render(shuffle, html`${icon(player.shuffleMode === 'explorer' ? 'compass' : 'shuffle')}${label && html`<span class="shuffle-label" aria-hidden="true">${label}</span>`}`);
      }
      shuffle.title = `${name} (S)`;
      shuffle.setAttribute('aria-label', name);
      shuffle.setAttribute('aria-pressed', String(player.shuffleMode !== 'off'));
    }
    const repeat = button('repeat');
    if (repeat) {
      repeat.title = `${REPEAT_NAMES[player.repeat]} (R)`;
      repeat.setAttribute('aria-label', REPEAT_NAMES[player.repeat]);
      repeat.setAttribute('aria-pressed', String(player.repeat !== 'off'));
      repeat.dataset.mode = player.repeat;
    }
  };
  const showTime = () => {
    if (!seek) return;
    seek.maximum = player.duration || 0;
    seek.value = player.currentTime;
    if (elapsed && !seek.dragging) elapsed.textContent = formatTime(player.currentTime);
    const total = root.querySelector('[data-total]');
    if (total) total.textContent = formatTime(player.duration);
  };
  const showVolume = () => {
    if (volume) volume.value = player.muted ? 0 : player.volume;
    const mute = button('mute');
    if (!mute) return;
    drawIcon(mute, player.muted ? 'volume-off' : 'volume');
    mute.setAttribute('aria-pressed', String(player.muted));
  };
  player.addEventListener('statechange', showState, { signal });
  player.addEventListener('timeupdate', showTime, { signal });
  player.addEventListener('trackchange', showTime, { signal });
  player.addEventListener('volumechange', showVolume, { signal });
  showState();
  showTime();
  showVolume();
}

/**
 * An icon is drawn only when it is another: not anew under a pointer that presses it.
 * @param {HTMLElement} element @param {Parameters<typeof icon>[0] | 'spinner'} name
 */
function drawIcon(element, name) {
  if (element.dataset.icon === name) return;
  element.dataset.icon = name;
  render(element, name === 'spinner' ? html`<span class="spinner" aria-hidden="true"></span>` : icon(name));
}
