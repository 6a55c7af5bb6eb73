// The owner's player at the bottom of every page. It appears once a track was chosen.
import { isHost } from '../lib/api.js';
import { find, formatTime, html, icon, render, spokenDuration } from '../lib/html.js';
import { setPlayingTitle } from '../lib/browser.js';
import { markPlaying } from '../player/now-playing.js';
import { player } from '../player/player.js';
import { watchShortcuts } from '../player/shortcuts.js';
import { cover } from './cards.js';
import './slider.js';

/** @typedef {import('./slider.js').Slider} Slider */

const SEEK_STEP_SECONDS = 5;

class PlayerBar extends HTMLElement {
  connectedCallback() {
    this.hidden = true;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Player');
    render(this, html`
      <div class="bar-track"></div>
      <div class="bar-centre">
        <div class="bar-buttons">
          <button type="button" class="icon-button wide-only" data-do="shuffle" aria-label="Shuffle" title="Shuffle (S)">${icon('shuffle')}</button>
          <button type="button" class="icon-button" data-do="previous" aria-label="Previous track" title="Previous track (Shift + ←)">${icon('previous')}</button>
          <button type="button" class="play-button" data-do="toggle"></button>
          <button type="button" class="icon-button" data-do="next" aria-label="Next track" title="Next track (Shift + →)">${icon('next')}</button>
          <button type="button" class="icon-button wide-only" data-do="repeat">${icon('repeat')}<span class="repeat-one" aria-hidden="true">1</span></button>
        </div>
        <div class="bar-progress">
          <span class="time" data-elapsed>0:00</span>
          <dmp-slider class="seek" aria-label="Position"></dmp-slider>
          <span class="time" data-total>0:00</span>
        </div>
      </div>
      <div class="bar-right">
        ${isHost && html`<dmp-party-button class="wide-only"></dmp-party-button>`}
        <button type="button" class="icon-button" data-do="queue" aria-label="Queue" title="Queue">${icon('queue')}</button>
        <button type="button" class="icon-button wide-only" data-do="shortcuts" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">${icon('help')}</button>
        <button type="button" class="icon-button wide-only" data-do="mute" aria-label="Mute" title="Mute (M)"></button>
        <dmp-slider class="volume wide-only" aria-label="Volume"></dmp-slider>
      </div>
      <p class="visually-hidden" role="status" data-announcement></p>`);

    const seek = /** @type {Slider} */ (find(this, '.seek'));
    seek.describe = value => `${spokenDuration(value)} of ${spokenDuration(player.duration)}`;
    seek.step = SEEK_STEP_SECONDS;
    seek.addEventListener('input', () => { find(this, '[data-elapsed]').textContent = formatTime(seek.value); });
    seek.addEventListener('change', () => player.seek(seek.value));
    const volume = /** @type {Slider} */ (find(this, '.volume'));
    volume.addEventListener('input', () => player.setVolume(volume.value));

    const actions = /** @type {Record<string, () => unknown>} */ ({
      toggle: () => player.toggle(),
      next: () => player.next(),
      previous: () => player.previous(),
      shuffle: () => player.toggleShuffle(),
      repeat: () => player.cycleRepeat(),
      mute: () => player.toggleMute(),
      shortcuts: async () => (await import('./shortcuts-dialog.js')).showShortcuts(),
      queue: async () => (await import('./queue-dialog.js')).showQueue(),
    });
    this.addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('[data-do]');
      if (button) actions[/** @type {HTMLElement} */ (button).dataset.do ?? '']?.();
    });

    player.addEventListener('trackchange', () => this.#showTrack(true));
    player.addEventListener('statechange', () => this.#showState());
    player.addEventListener('timeupdate', () => this.#showTime());
    player.addEventListener('volumechange', () => this.#showVolume());
    this.#showTrack(false);
    this.#showState();
    this.#showVolume();
    markPlaying();
    watchShortcuts();
    new ResizeObserver(() => this.#publishHeight()).observe(this);
  }

  /** Pages keep this much room at their end. */
  #publishHeight() {
    document.documentElement.style.setProperty('--player-height', this.hidden ? '0px' : `${this.offsetHeight}px`);
  }

  /** @param {boolean} announce */
  #showTrack(announce) {
    const track = player.track;
    this.hidden = !track;
    this.#publishHeight();
    if (!track) return;
    render(find(this, '.bar-track'), html`
      ${cover('releases', { image: track.releaseImage, imageUrl: track.releaseImageUrl }, track.album)}
      <span class="bar-text"><b title="${track.title}">${track.title}</b>
        ${track.artistSlug
          ? html`<a href="/artist/${encodeURIComponent(track.artistSlug)}">${track.artist}</a>`
          : html`<span class="artist">${track.artist}</span>`}</span>`);
    if (announce) find(this, '[data-announcement]').textContent = `${track.title}, ${track.artist}`;
    this.#showTime();
  }

  #showState() {
    const toggle = find(this, '[data-do="toggle"]');
    render(toggle, player.loading ? html`<span class="spinner" aria-hidden="true"></span>` : icon(player.playing ? 'pause' : 'play'));
    toggle.setAttribute('aria-label', player.playing ? 'Pause' : 'Play');
    find(this, '[data-do="shuffle"]').setAttribute('aria-pressed', String(player.shuffled));
    const repeat = find(this, '[data-do="repeat"]');
    repeat.title = { off: 'Repeat: off', all: 'Repeat: the queue', one: 'Repeat: this track' }[player.repeat];
    repeat.setAttribute('aria-label', repeat.title);
    repeat.setAttribute('aria-pressed', String(player.repeat !== 'off'));
    repeat.dataset.mode = player.repeat;
    setPlayingTitle(player.playing && player.track ? `${player.track.title} · ${player.track.artist}` : '');
  }

  #showTime() {
    const seek = /** @type {Slider} */ (find(this, '.seek'));
    seek.maximum = player.duration || 0;
    seek.value = player.currentTime;
    if (!seek.dragging) find(this, '[data-elapsed]').textContent = formatTime(player.currentTime);
    find(this, '[data-total]').textContent = formatTime(player.duration);
  }

  #showVolume() {
    /** @type {Slider} */ (find(this, '.volume')).value = player.muted ? 0 : player.volume;
    const mute = find(this, '[data-do="mute"]');
    render(mute, icon(player.muted ? 'volume-off' : 'volume'));
    mute.setAttribute('aria-pressed', String(player.muted));
  }
}

customElements.define('dmp-player-bar', PlayerBar);
