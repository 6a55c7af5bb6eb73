// `/explore`: four sliders choose a track, and the player goes on in their spirit.
import { ApiError, Latest, request } from '../lib/api.js';
import { find, formatTime, html, icon, render } from '../lib/html.js';
import { load, save } from '../lib/browser.js';
import { cover, heart } from '../components/cards.js';

/** @typedef {import('../player/queue.js').PlayerTrack} PlayerTrack */
/** @typedef {{ energy: number, era: number, familiarity: number, sound: number }} ExplorerParams */

const STORAGE_KEY = 'dmp-explore';
/** The server takes no more. */
const EXCLUDED = 1_000;
const HISTORY_SHOWN = 100;

/**
 * Each with the words of its ten stops.
 * @type {{ name: keyof ExplorerParams, label: string, low: string, high: string, start: number, stops: string[] }[]}
 */
export const SLIDERS = [
  {
    name: 'energy', label: 'I’m feeling…', low: 'Tired', high: 'Powerful', start: 5,
    stops: ['Sleepy', 'Melancholic', 'Calm', 'Reflective', 'Chill', 'Groovy', 'Upbeat', 'Energetic', 'Fierce', 'Powerful'],
  },
  {
    name: 'era', label: 'Era', low: 'Classic', high: 'Modern', start: 5,
    stops: ['60s', '70s', '80s', '90s', 'Y2K', 'Late 2000s', 'Early 2010s', 'Late 2010s', '2020s', 'Now'],
  },
  {
    name: 'familiarity', label: 'Discovery', low: 'Comfort Zone', high: 'Uncharted', start: 4,
    stops: ['Comfort', 'Familiar', 'Known', 'Mixed+', 'Balanced', 'Balanced-', 'Fresh', 'New', 'Hidden', 'Uncharted'],
  },
  {
    name: 'sound', label: 'Sound', low: 'Acoustic', high: 'Electronic', start: 4,
    stops: ['Acoustic', 'Unplugged', 'Natural', 'Warm', 'Balanced', 'Hybrid', 'Produced', 'Synthy', 'Digital', 'Electronic'],
  },
];

/**
 * What was found since the site was opened, newest first.
 * @type {PlayerTrack[]}
 */
let found = [];

class ExplorePage extends HTMLElement {
  /** @type {ExplorerParams} */
  #params = { energy: 5, era: 5, familiarity: 4, sound: 4 };
  #latest = new Latest();

  connectedCallback() {
    const saved = load(STORAGE_KEY);
    for (const { name, start } of SLIDERS) {
      const value = saved?.[name];
      this.#params[name] = Number.isInteger(value) && value >= 0 && value <= 9 ? value : start;
    }
    render(this, html`
      <header class="page-head explore-head"><h1>${icon('compass')} Explore</h1><p class="faint">Discover something new</p></header>
      <div class="explore">
        <form class="explore-form">
          ${SLIDERS.map(({ name, label, low, high, stops }) => html`
            <div class="explore-slider">
              <p><label for="explore-${name}">${label}</label><output for="explore-${name}" class="chip" data-for="${name}">${stops[this.#params[name]]}</output></p>
              <input type="range" id="explore-${name}" name="${name}" min="0" max="9" step="1" value="${this.#params[name]}" aria-valuetext="${stops[this.#params[name]]}">
              <p class="faint" aria-hidden="true"><span>${low}</span><span>${high}</span></p>
            </div>`)}
          <button class="button button-primary explore-button" data-find>${icon('compass')}<span>Explore</span></button>
          <p class="form-error" role="alert" hidden></p>
        </form>
        <div class="explore-found"><div data-result aria-live="polite"></div><div data-history></div></div>
      </div>`);
    const form = find(this, 'form');
    form.addEventListener('input', event => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      const slider = SLIDERS.find(({ name }) => name === input.name);
      if (!slider) return;
      this.#params[slider.name] = Number(input.value);
      const word = slider.stops[Number(input.value)];
      find(this, `[data-for="${slider.name}"]`).textContent = word;
      input.setAttribute('aria-valuetext', word);
      save(STORAGE_KEY, this.#params);
    });
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#explore();
    });
    this.addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('button');
      if (button?.hasAttribute('data-again')) this.#explore();
      if (button?.hasAttribute('data-forget')) {
        found = found.slice(0, 1);
        this.#showFound();
        find(this, '[data-find]').focus();
      }
      const track = found.find(({ id }) => id === button?.dataset.replay);
      if (track) this.#replay(track);
    });
    this.#showFound();
  }

  disconnectedCallback() {
    this.#latest.cancel();
  }

  async #explore() {
    this.#showBusy(true);
    const error = find(this, '.form-error');
    error.hidden = true;
    const params = { ...this.#params };
    const body = JSON.stringify({ ...params, excludeIds: found.slice(0, EXCLUDED).map(({ id }) => id) });
    try {
      /** @type {PlayerTrack | undefined} */
      const track = await this.#latest.run(signal =>
        request('/api/tracks/explore', { method: 'POST', body, signal, headers: { 'content-type': 'application/json' } }));
      if (!track) return;
      found = [track, ...found.filter(({ id }) => id !== track.id)];
      const { player } = await import('../player/player.js');
      player.startExplorer(params, track);
      this.#showFound();
    } catch (problem) {
      error.hidden = false;
      error.textContent = problem instanceof ApiError && problem.status === 404
        ? found.length > 1 ? 'Nothing new fits these settings. Move a slider, or clear the history below to hear tracks again.'
          : 'Nothing in the library fits these settings. Move a slider and try again.'
        : /** @type {Error} */ (problem).message;
    }
    this.#showBusy(false);
  }

  /** @param {PlayerTrack} track Of the history; the explorer goes on from it. */
  async #replay(track) {
    const { player } = await import('../player/player.js');
    player.startExplorer(this.#params, track);
  }

  /** @param {boolean} isBusy */
  #showBusy(isBusy) {
    const button = /** @type {HTMLButtonElement} */ (find(this, '[data-find]'));
    // Not disabled, which would take the focus away; a second press asks anew.
    button.setAttribute('aria-busy', String(isBusy));
    render(button, isBusy ? html`<span class="spinner" aria-hidden="true"></span><span>Finding…</span>` : html`${icon('compass')}<span>Explore</span>`);
  }

  #showFound() {
    const [newest, ...earlier] = found;
    render(find(this, '[data-result]'), newest ? html`
      <article class="explore-result">
        ${cover('releases', { image: newest.releaseImage, imageUrl: newest.releaseImageUrl }, newest.album)}
        <div>
          <h2>${newest.title}</h2>
          <p>${newest.artistSlug ? html`<a href="/artist/${encodeURIComponent(newest.artistSlug)}">${newest.artist}</a>` : newest.artist}</p>
          <p class="faint">${newest.album} · ${formatTime(newest.duration || null, '--:--')}</p>
          <p class="buttons"><button type="button" class="button" data-again>${icon('refresh')}Again</button>${heart('tracks', newest.id, newest.title)}</p>
        </div>
      </article>` : html`<div class="message">${icon('compass')}<p>Tell how you feel, and press Explore.</p><p>The music then goes on in that spirit until you play something else.</p></div>`);
    render(find(this, '[data-history]'), earlier.length ? html`
      <header class="explore-history"><h2>Session history</h2><button type="button" class="more" data-forget>Clear</button></header>
      <ol>${earlier.slice(0, HISTORY_SHOWN).map(track => html`
        <li><button type="button" class="queue-track" data-replay="${track.id}" aria-label="Play ${track.title}, ${track.artist}">
          ${cover('releases', { image: track.releaseImage, imageUrl: track.releaseImageUrl }, track.album)}
          <span class="hit-text"><b>${track.title}</b><small>${track.artist}</small></span><span class="time">${formatTime(track.duration || null, '--:--')}</span></button></li>`)}</ol>` : html``);
  }
}

customElements.define('dmp-explore-page', ExplorePage);
