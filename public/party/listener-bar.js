// <dmp-listener-bar>: the bar at the foot of a listener's site. What plays, how the party stands, and the listener's own pause, volume and
// mute. It sets `--player-height` on the root, so that nothing lies under it. Before the first party its place is kept by `waiting.js`.
import { cover } from '../components/cards.js';
import '../components/slider.js';
import { count, formatTime, html, icon, render, spokenDuration } from '../lib/html.js';
import { listenerCover } from './listener-cover.js';
import { offerMediaActions, showMediaSession } from './listener-media-session.js';
import { ListenerSession } from './listener-session.js';
import { ListenerSound } from './listener-sound.js';
import { partsOf, setText } from './parts.js';
import { onWake } from './planned.js';
import { listenerWords } from './waiting.js';

/** @typedef {import('../components/slider.js').Slider} Slider */

/** How often the position is shown. */
const REFRESH_MILLISECONDS = 250;

const markup = html`
  <audio id="dmp-listener-audio"></audio>
  <div class="bar-track" data-part="what"></div>
  <button type="button" class="button" data-part="back"></button>
  <div class="bar-centre">
    <div class="bar-buttons">
      <button type="button" class="play-button" data-part="toggle"></button>
      <button type="button" class="button button-primary" data-part="tap">${icon('volume')}Tap to listen</button>
    </div>
    <div class="bar-progress" data-part="timing">
      <span class="time" data-part="elapsed" aria-hidden="true"></span>
      <span class="listener-progress" role="progressbar" aria-label="Position in the track" aria-valuemin="0" data-part="progress"><span></span></span>
      <span class="time" data-part="total" aria-hidden="true"></span>
    </div>
  </div>
  <div class="listener-party">
    <span class="live-badge" data-part="live"><span class="party-dot" aria-hidden="true"></span>Live</span>
    <span class="listener-count" data-part="number"></span>
  </div>
  <div class="bar-right">
    <button type="button" class="icon-button" aria-label="Stability" title="Stability" aria-haspopup="dialog" data-part="stability">${icon('sliders')}</button>
    <button type="button" class="icon-button" data-part="mute"></button>
    <dmp-slider class="volume wide-only" aria-label="Volume" data-part="volume"></dmp-slider>
  </div>
  <p class="visually-hidden" role="status" data-part="announcement"></p>`;

class ListenerBar extends HTMLElement {
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /** @type {ListenerSound | null} */
  #sound = null;
  /** @type {ListenerSession | null} */
  #session = null;
  /** What stands in `what`. */
  #shown = '';
  /** What a screen reader was told last: each track once. */
  #told = '';

  /** For /party-debug. */
  get session() {
    return this.#session;
  }

  /** For /party-debug. */
  get sound() {
    return this.#sound;
  }

  connectedCallback() {
    if (this.#session) return;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Party player');
    render(this, markup);
    this.#parts = partsOf(this);
    const sound = new ListenerSound(/** @type {HTMLAudioElement} */ (this.querySelector('audio')));
    const session = new ListenerSession({ sound });
    this.#sound = sound;
    this.#session = session;

    const { toggle, tap, mute, back, stability } = this.#parts;
    const volume = /** @type {Slider} */ (this.#parts.volume);
    toggle.addEventListener('click', () => sound.toggle());
    tap.addEventListener('click', () => {
      sound.play();
      // The button goes once there is sound.
      sound.addEventListener('change', () => toggle.focus(), { once: true });
    });
    mute.addEventListener('click', () => sound.setMuted(!sound.isMuted));
    back.addEventListener('click', () => session.comeBack());
    stability.hidden = !('RTCRtpReceiver' in window && 'jitterBufferTarget' in RTCRtpReceiver.prototype);
    stability.addEventListener('click', async () => (await import('./listener-stability.js')).chooseStability(session.playoutDelay));
    onWake(() => sound.retry());
    volume.addEventListener('input', () => sound.setVolume(volume.value));
    session.addEventListener('change', () => this.#show());
    sound.addEventListener('change', () => this.#show());
    setInterval(() => this.#showTime(), REFRESH_MILLISECONDS);
    new ResizeObserver(() => document.documentElement.style.setProperty('--player-height', `${this.offsetHeight}px`)).observe(this);
    offerMediaActions(sound);
    session.start({ isPartyOn: this.dataset.active !== undefined });
    this.#show();
  }

  #show() {
    const session = this.#session;
    const sound = this.#sound;
    if (!session || !sound) return;
    const { state, listenerCount } = session;
    const { track } = session.playback;
    const isInParty = state === 'live' || state === 'hostAway' || (state === 'reconnecting' && track !== null);
    const isBlocked = (state === 'live' || state === 'hostAway') && sound.state === 'blocked';
    const { toggle, tap, timing, live, number, mute, volume, back } = this.#parts;
    this.dataset.state = state === 'live' && isBlocked ? 'blocked' : state;
    this.dataset.sound = sound.state;
    this.toggleAttribute('data-party', isInParty);
    this.toggleAttribute('data-blocked', isBlocked);

    this.#showWhat();
    tap.hidden = !isBlocked;
    toggle.hidden = !isInParty || isBlocked;
    back.hidden = state !== 'removed' && state !== 'full';
    setText(back, state === 'full' ? 'Try now' : 'Join again');
    timing.hidden = state !== 'live' || !track;
    live.hidden = state !== 'live';
    number.hidden = !isInParty || state === 'reconnecting' || listenerCount === 0;
    setText(number, count(listenerCount, 'listener'));
    showIcon(toggle, sound.isPaused ? 'play' : 'pause');
    toggle.setAttribute('aria-label', sound.isPaused ? 'Play' : 'Pause');
    showIcon(mute, sound.isMuted ? 'volume-off' : 'volume');
    mute.setAttribute('aria-label', 'Mute');
    mute.setAttribute('aria-pressed', String(sound.isMuted));
    /** @type {Slider} */ (volume).value = sound.isMuted ? 0 : sound.volume;
    showMediaSession(isInParty ? track : null, !sound.isPaused && !isBlocked);
    this.#showTime();
  }

  /** Cover, title and artist, or how the party stands in words. */
  #showWhat() {
    const session = this.#session;
    if (!session) return;
    const { state, error } = session;
    const { track, isPlaying } = session.playback;
    const words = listenerWords(state, { errorCode: error?.code, hasTrack: track !== null });
    const key = JSON.stringify([words, track, isPlaying]);
    if (key === this.#shown) return;
    this.#shown = key;
    const { what } = this.#parts;
    if (words || !track) {
      render(what, html`
        <span class="cover" aria-hidden="true"><span class="cover-missing">${icon('radio')}</span></span>
        <span class="bar-text listener-words"><b>${words?.title}</b><span data-part="hint">${words?.hint}</span></span>`);
      this.#tell(words?.title ?? '');
      return;
    }
    const artist = track.artistSlug
      ? html`<a href="/artist/${encodeURIComponent(track.artistSlug)}">${track.artist}</a>`
      : html`<span>${track.artist}</span>`;
    render(what, html`
      ${cover('releases', { image: listenerCover(track.coverPath) }, track.releaseTitle)}
      <span class="bar-text"><b title="${track.title}">${track.title}</b>
        <span>${!isPlaying && html`<span class="listener-paused">Paused by the host</span> · `}${artist}</span></span>`);
    this.#tell(isPlaying ? `Now playing: ${track.title}, ${track.artist}` : 'Paused by the host');
  }

  /**
   * To a screen reader, politely. A track that goes on after a pause or a lost connection is no news.
   * @param {string} text
   */
  #tell(text) {
    const isTrack = text.startsWith('Now playing');
    setText(this.#parts.announcement, isTrack && text === this.#told ? 'Playing again' : text);
    if (isTrack) this.#told = text;
  }

  /** What changes by itself as time goes by. */
  #showTime() {
    const session = this.#session;
    if (!session) return;
    const { elapsed, total, progress, what } = this.#parts;
    const { state, awaySeconds } = session;
    const { currentTime, duration } = session.playback;
    const hint = what.querySelector('[data-part="hint"]');
    if (state === 'hostAway' && awaySeconds !== null && hint) setText(hint, `Waiting ${awaySeconds} s more for them to come back.`);
    setText(elapsed, formatTime(currentTime));
    setText(total, formatTime(duration));
    progress.style.setProperty('--share', String(duration > 0 ? currentTime / duration : 0));
    progress.setAttribute('aria-valuemax', String(Math.ceil(duration)));
    progress.setAttribute('aria-valuenow', String(Math.floor(currentTime)));
    progress.setAttribute('aria-valuetext', `${spokenDuration(currentTime)} of ${spokenDuration(duration)}`);
  }
}

/**
 * An icon is drawn only when it is another: not anew under a pointer that presses it.
 * @param {HTMLElement} button
 * @param {Parameters<typeof icon>[0]} name
 */
function showIcon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  render(button, icon(name));
}

customElements.define('dmp-listener-bar', ListenerBar);
