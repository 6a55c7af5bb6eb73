// <dmp-party-debug-page>: /party-debug, on either site. It looks at the session that this page already has and opens no connection.
import { configuration, isHost } from '../lib/api.js';
import { find, formatTime, html, icon, render } from '../lib/html.js';
import { journal } from './journal.js';

const REFRESH_MILLISECONDS = 1_000;

/** @typedef {import('./host-session.js').HostSession} HostSession */
/** @typedef {import('./listener-session.js').ListenerSession} ListenerSession */
/** @typedef {[label: string, value: unknown][]} Facts */

class PartyDebugPage extends HTMLElement {
  #shown = new AbortController();
  #isWordy = false;

  connectedCallback() {
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    render(this, html`
      <header class="page-head"><h1>${icon('status')} Party debug</h1></header>
      <p class="faint">What this page’s own party connection does at this moment. Nothing is opened for it. <a class="more" href="/party-status">Party status</a></p>
      <section class="party-panel"><h2>Session</h2><dl class="party-facts" data-session></dl></section>
      <section class="party-panel"><h2>Playback</h2><dl class="party-facts" data-playback></dl></section>
      <section class="party-panel"><h2>Media</h2><dl class="party-facts" data-media></dl></section>
      <section class="party-panel"><h2>Last messages</h2>
        <label class="check"><input type="checkbox" data-wordy> Show positions, one a second</label>
        <ol class="party-journal" data-journal></ol></section>`);
    find(this, '[data-wordy]').addEventListener('change', event => {
      this.#isWordy = /** @type {HTMLInputElement} */ (event.target).checked;
      this.#showJournal();
    }, { signal });
    journal.addEventListener('change', () => this.#showJournal(), { signal });
    const timer = setInterval(() => this.#refresh(), REFRESH_MILLISECONDS);
    signal.addEventListener('abort', () => clearInterval(timer));
    this.#refresh();
    this.#showJournal();
  }

  disconnectedCallback() {
    this.#shown.abort();
  }

  async #refresh() {
    const { signal } = this.#shown;
    const [session, playback, media] = isHost ? await hostFacts() : await listenerFacts();
    if (signal.aborted) return;
    this.#showFacts('[data-session]', [['Role', configuration.partyRole || 'none'], ['Party address', configuration.partyUrl || location.origin], ...session]);
    this.#showFacts('[data-playback]', playback);
    this.#showFacts('[data-media]', media.length ? media : [['State', 'No media connection']]);
  }

  /** @param {string} place @param {Facts} facts */
  #showFacts(place, facts) {
    render(find(this, place), facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value ?? '–'}</dd></div>`));
  }

  #showJournal() {
    const shown = journal.entries.filter(({ type }) => this.#isWordy || type !== 'position');
    render(find(this, '[data-journal]'), shown.length ? shown.map(({ at, isSent, type, text }) => html`
      <li><time>${new Date(at).toLocaleTimeString('en-GB')}</time> <b>${isSent === null ? '·' : isSent ? '→' : '←'}<span class="visually-hidden">${isSent === null ? 'remark' : isSent ? 'sent' : 'received'}</span> ${type}</b> <code>${text}</code></li>`)
      : html`<li class="faint">Nothing has been said yet.</li>`);
  }
}

/** @returns {Promise<[session: Facts, playback: Facts, media: Facts]>} */
async function hostFacts() {
  const { hostSession } = await import('./host.js');
  const { state, error, listenerCount, player } = hostSession;
  return [
    [['State', state], ['Last error', error?.code ?? 'none'], ['Listeners', listenerCount]],
    [
      ['Track', player.track ? `${player.track.title} – ${player.track.artist}` : 'none'], ['Player', player.playing ? 'playing' : 'paused'],
      ['Position', `${formatTime(player.currentTime)} of ${formatTime(player.duration)}`], ['Audio context', player.audioContext?.state ?? 'not made yet'],
      ['Held back by the browser', hostSession.isHeldBack ? 'yes' : 'no'],
    ],
    await hostSession.figures(),
  ];
}

/** @returns {Promise<[session: Facts, playback: Facts, media: Facts]>} */
async function listenerFacts() {
  const bar = /** @type {(HTMLElement & { session: ListenerSession | null, sound: import('./listener-sound.js').ListenerSound | null }) | null} */ (
    document.querySelector('dmp-listener-bar'));
  const session = bar?.session;
  if (!session) return [[['State', bar?.dataset.state ?? 'starting']], [], []];
  const { state, error, listenerCount, playoutDelay } = session;
  const { track, isPlaying, currentTime, duration } = session.playback;
  return [
    [['State', state], ['Last error', error?.code ?? 'none'], ['Listeners', listenerCount]],
    [
      ['Track', track ? `${track.title} – ${track.artist}` : 'none'], ['Host', isPlaying ? 'playing' : 'paused'],
      ['Position', `${formatTime(currentTime)} of ${formatTime(duration)}`], ['Own sound', bar.sound?.state ?? '–'],
      ['Stability', `${playoutDelay.stability}: ${playoutDelay.milliseconds} ms held back`],
    ],
    await session.figures(),
  ];
}

customElements.define('dmp-party-debug-page', PartyDebugPage);
