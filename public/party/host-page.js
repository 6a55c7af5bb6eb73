// <dmp-party-page>: the owner's page at /party. It shows the host session, which goes on when the owner leaves the page.
import { count, html, icon, render } from '../lib/html.js';
import { BITRATES } from './host-bitrate.js';
import './host-figures.js';
import './host-listeners.js';
import { hostSession } from './host.js';
import { LevelMeter } from './level-meter.js';
import { partsOf, setText } from './parts.js';
import { wordsForHost } from './party-error.js';

const REFRESH_MILLISECONDS = 250;
/** Quiet passages in music are shorter. */
const SILENCE_MILLISECONDS = 5_000;
const COPIED_MILLISECONDS = 2_500;

/**
 * What goes out at this moment: `held` the browser keeps the AudioContext from running · `nothing` no track · `paused` · `silent` it
 * plays, and nothing is heard · `clipping` it is cut off at full scale · `music`.
 * @typedef {'held' | 'nothing' | 'paused' | 'silent' | 'clipping' | 'music'} Sound
 */

/** @type {Record<Sound, string>} */
const SOUND_WORDS = {
  held: 'Your browser holds the sound back: nothing goes out until you let it.',
  nothing: 'Nothing is playing yet. Choose something from your library: your listeners hear it at once.',
  paused: 'Paused. Your listeners hear silence.',
  silent: 'Only silence is going out. If this passage is not meant to be quiet, check the track; your own volume makes no difference.',
  clipping: 'The sound is distorted: it is louder than full scale and gets cut off. ReplayGain in the player makes loud tracks quieter; some are recorded like this.',
  music: 'This is what your listeners hear. Your own volume makes no difference to them.',
};

/** @type {Partial<Record<import('./host-session.js').HostState, string>>} */
const STATUS_WORDS = {
  connecting: 'Connecting to the party server…',
  live: 'You are live.',
  reconnecting: 'The connection was lost. Reconnecting…',
  takenOver: 'Another page is the host now.',
};

/**
 * By the error that the last attempt met.
 * @type {Record<string, string>}
 */
const RECONNECTING_WORDS = {
  unreachable: 'The party server does not answer. This page keeps trying, and your listeners’ pages do too.',
  media_failed: 'The party server answers, but no sound gets through. This page keeps trying; a firewall or a change of network may be the reason.',
};

const markup = html`
  <header class="page-head"><h1>${icon('radio')}Music Party</h1><a class="more page-action" href="/party-status">Party status</a></header>
  <p class="visually-hidden" role="status" data-part="status"></p>
  <p class="party-error" role="alert" data-part="error" hidden></p>

  <section class="party-panel" data-states="idle failed">
    <p class="party-lead">Play to your friends: whatever your player plays is heard, in stereo, by everybody who has the link.</p>
    <p>They see what is playing, browse your library and can change nothing. You play as always, here and on every other page.</p>
    <button type="button" class="button button-primary" data-part="start">Start party</button>
  </section>

  <section class="party-panel party-waiting" data-states="connecting">
    <span class="spinner large" aria-hidden="true"></span>
    <p>Connecting to the party server…</p>
    <button type="button" class="button" data-part="cancel">Cancel</button>
  </section>

  <section class="party-panel" data-states="live reconnecting" aria-label="Your party">
    <div class="party-state">
      <span class="party-dot" aria-hidden="true"></span>
      <strong class="party-live" data-part="live">Live</strong>
      <span class="party-count" data-states="live">${icon('users')}<span data-part="number"></span></span>
    </div>
    <p class="party-notice" data-states="reconnecting" data-part="notice"></p>

    <div class="party-sound" data-states="live">
      <div class="party-track">
        <strong data-part="title"></strong>
        <span data-part="artist"></span>
      </div>
      <dmp-level-meter data-part="meter"></dmp-level-meter>
      <p class="party-sound-words" role="status" data-part="sound"></p>
      <a class="button" href="/browse" data-part="browse" hidden>Browse your library</a>
      <button type="button" class="button button-primary" data-part="letOut" hidden>Let the sound out</button>
      <p class="party-bitrate"><label for="party-bitrate">Sound quality</label>
        <select id="party-bitrate" class="field" data-part="quality"></select></p>
    </div>

    <div class="party-invite">
      <p><label for="party-link">Invite link</label><span class="party-copied" role="status" data-part="copied"></span></p>
      <div>
        <input id="party-link" class="field" type="url" readonly data-part="link">
        <button type="button" class="button party-copy" data-part="copy">
          ${icon('copy')}${icon('check')}Copy
        </button>
      </div>
    </div>
    <button type="button" class="button button-danger" data-part="end">End Session</button>
  </section>

  <section class="party-panel" data-states="live reconnecting" aria-label="How it is going">
    <dmp-host-figures></dmp-host-figures>
    <dmp-host-listeners></dmp-host-listeners>
  </section>

  <section class="party-panel" data-states="takenOver">
    <p class="party-lead">Another page is the host now.</p>
    <p>The party goes on there, perhaps in another tab or on another device of yours. Your listeners stay connected. Nothing is sent from this page any more; what it plays is for you alone.</p>
    <div class="party-actions">
      <button type="button" class="button button-primary" data-part="takeBack">Take it back</button>
      <button type="button" class="button" data-part="leave">Leave it there</button>
    </div>
  </section>
`;

class PartyPage extends HTMLElement {
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /**
   * Ends what watches the session while the page is shown.
   * @type {AbortController | null}
   */
  #shown = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #copiedTimer;

  connectedCallback() {
    if (!this.firstChild) {
      render(this, markup);
      this.#parts = partsOf(this);
      this.#listen();
    }
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    hostSession.addEventListener('change', () => this.#show(), { signal });
    const timer = setInterval(() => this.#showSound(), REFRESH_MILLISECONDS);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.#show();
  }

  disconnectedCallback() {
    this.#shown?.abort();
  }

  #listen() {
    const { start, cancel, end, takeBack, leave, copy, link, letOut, quality } = this.#parts;
    start.addEventListener('click', () => hostSession.start());
    takeBack.addEventListener('click', () => hostSession.takeBack());
    for (const button of [cancel, end, leave]) {
      button.addEventListener('click', () => {
        hostSession.end();
        // The button is gone: whoever uses a keyboard goes on from the next one.
        start.focus();
      });
    }
    copy.addEventListener('click', () => this.#copy());
    letOut.addEventListener('click', () => {
      hostSession.letSoundOut();
      // The button goes once there is sound.
      quality.focus();
    });
    quality.addEventListener('change', () => quality instanceof HTMLSelectElement && hostSession.setBitrate(Number(quality.value)));
    link.addEventListener('focus', () => link instanceof HTMLInputElement && link.select());
  }

  #show() {
    const { state, error, listenerCount, inviteUrl } = hostSession;
    const parts = this.#parts;
    this.dataset.state = state;
    for (const panel of this.querySelectorAll('[data-states]')) {
      if (panel instanceof HTMLElement) panel.hidden = !panel.dataset.states?.split(' ').includes(state);
    }
    const words = state === 'failed' && error ? wordsForHost(error) : '';
    parts.error.hidden = words === '';
    setText(parts.error, words);
    setText(parts.status, STATUS_WORDS[state] ?? '');
    setText(parts.start, state === 'failed' ? 'Try again' : 'Start party');
    setText(parts.live, state === 'reconnecting' ? 'Reconnecting…' : 'Live');
    setText(parts.notice, RECONNECTING_WORDS[error?.code ?? ''] ?? 'Your listeners stay connected, and hear silence until you are back.');
    setText(parts.number, count(listenerCount, 'listener'));
    if (parts.link instanceof HTMLInputElement) parts.link.value = inviteUrl;
    if (parts.quality instanceof HTMLSelectElement) showBitrates(parts.quality, hostSession.bitrate);
    this.#showSound();
  }

  #showSound() {
    const { player } = hostSession;
    const { title, artist, meter, sound, browse, letOut } = this.#parts;
    const isLive = hostSession.state === 'live';
    if (meter instanceof LevelMeter) {
      meter.listenTo(isLive ? hostSession.stream : null, player.audioContext);
    }
    if (!isLive) {
      delete this.dataset.sound;
      return;
    }
    setText(title, player.track?.title ?? 'No track chosen');
    setText(artist, player.track?.artist ?? '');
    const what = this.#sound();
    this.dataset.sound = what;
    setText(sound, SOUND_WORDS[what]);
    browse.hidden = what !== 'nothing';
    letOut.hidden = what !== 'held';
  }

  /** @returns {Sound} */
  #sound() {
    const { player } = hostSession;
    const { meter } = this.#parts;
    if (!(meter instanceof LevelMeter) || !player.track) return 'nothing';
    if (!player.playing || player.loading) meter.expectSound();
    if (hostSession.isHeldBack) return 'held';
    if (!player.playing) return 'paused';
    if (meter.silentMilliseconds > SILENCE_MILLISECONDS) return 'silent';
    return meter.isClipping ? 'clipping' : 'music';
  }

  async #copy() {
    const { copy, copied, link } = this.#parts;
    if (!(link instanceof HTMLInputElement)) return;
    const isCopied = await copyFrom(link);
    copy.toggleAttribute('data-copied', isCopied);
    setText(copied, isCopied ? 'Copied' : 'Selected: press Ctrl+C or ⌘C');
    clearTimeout(this.#copiedTimer);
    this.#copiedTimer = setTimeout(() => {
      copy.removeAttribute('data-copied');
      if (isCopied) setText(copied, '');
    }, COPIED_MILLISECONDS);
  }
}

/** @type {Record<number, string>} */
const BITRATE_WORDS = { 64_000: 'smallest', 96_000: 'small', 128_000: 'good', 192_000: 'very good', 256_000: 'best' };

/**
 * The choices, and beside them the server's own wish where it is none of them.
 * @param {HTMLSelectElement} select
 * @param {number | null} current Bits per second.
 */
function showBitrates(select, current) {
  const offered = current === null || BITRATES.includes(current) ? BITRATES : [...BITRATES, current].sort((one, other) => one - other);
  if (offered.join() !== select.dataset.offered) {
    select.dataset.offered = offered.join();
    render(select, offered.map(bitrate => html`<option value="${bitrate}">${Math.round(bitrate / 1000)} kb/s · ${BITRATE_WORDS[bitrate] ?? 'as the server is set'}</option>`));
  }
  if (current !== null && select.value !== String(current)) select.value = String(current);
}

/**
 * A page over plain HTTP has no clipboard: there the text is selected for the owner to copy.
 * @param {HTMLInputElement} input
 * @returns {Promise<boolean>} Whether it has been copied.
 */
async function copyFrom(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    input.focus();
    input.select();
    return false;
  }
}

customElements.define('dmp-party-page', PartyPage);
