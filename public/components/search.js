// The search field with its list of hits: a combobox (WAI-ARIA) whose options are links and play buttons.
import { get, Latest } from '../lib/api.js';
import { configuration } from '../lib/configuration.js';
import { count } from '../lib/format.js';
import { find, html, render } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { cover } from './cover.js';

const DEBOUNCE_MILLISECONDS = 300;
const MINIMUM_CHARACTERS = 2;
const MAXIMUM_CHARACTERS = 200;

class Search extends HTMLElement {
  #latest = new Latest();
  /** @type {import('../lib/api.js').SearchHits | null} */
  #hits = null;
  #active = -1;
  #timer = 0;
  /** @type {import('../lib/router.js').Router | null} */
  router = null;

  connectedCallback() {
    render(this, html`
      <div class="search-field" role="search">
        ${icon('search')}
        <input type="search" role="combobox" aria-label="Search artists, releases, tracks" placeholder="Search artists, releases, tracks…"
          aria-expanded="false" aria-controls="search-hits" aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="${MAXIMUM_CHARACTERS}">
        <button type="button" class="icon-button" data-clear aria-label="Clear the search" hidden>${icon('close')}</button>
      </div>
      <div class="search-hits" id="search-hits" role="listbox" aria-label="Hits" hidden></div>
      <p class="visually-hidden" role="status"></p>`);
    const input = this.#input;
    input.addEventListener('input', () => {
      find(this, '[data-clear]').hidden = !input.value;
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#search(), DEBOUNCE_MILLISECONDS);
    });
    input.addEventListener('focus', () => find(this, '.search-hits').hasChildNodes() && input.value && this.#open(true));
    input.addEventListener('keydown', event => this.#key(event));
    find(this, '[data-clear]').addEventListener('click', () => {
      this.#clear();
      input.focus();
    });
    find(this, '.search-hits').addEventListener('click', event => {
      const option = /** @type {Element} */ (event.target).closest('[role="option"]');
      if (option) this.#choose(option);
    });
    document.addEventListener('pointerdown', event => {
      if (!this.contains(/** @type {Node} */ (event.target))) this.#open(false);
    });
    this.addEventListener('focusout', event => {
      if (!this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.#open(false);
    });
  }

  get #input() {
    return /** @type {HTMLInputElement} */ (find(this, 'input'));
  }

  async #search() {
    const text = this.#input.value;
    if (text.trim().length < MINIMUM_CHARACTERS) {
      this.#latest.cancel();
      this.#hits = null;
      return this.#open(false);
    }
    try {
      const hits = await this.#latest.run(signal => get(`/api/search?q=${encodeURIComponent(text)}`, signal));
      if (hits) this.#show(hits);
    } catch (error) {
      this.#message(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} text Said and shown in place of hits. */
  #message(text) {
    this.#hits = null;
    render(find(this, '.search-hits'), html`<p class="search-none">${text}</p>`);
    find(this, '[role="status"]').textContent = text;
    this.#open(true);
  }

  /** @param {import('../lib/api.js').SearchHits} hits */
  #show(hits) {
    const number = hits.artists.length + hits.releases.length + hits.tracks.length;
    if (!number) return this.#message('Nothing found');
    this.#hits = hits;
    this.#active = -1;
    let option = 0;
    /**
     * @template T
     * @param {string} label @param {string} kind @param {T[]} items @param {(item: T) => unknown} content
     */
    const group = (label, kind, items, content) => items.length > 0 && html`
      <div role="group" aria-label="${label}"><p class="search-group" aria-hidden="true">${label}</p>
        ${items.map((item, index) => html`
          <div role="option" id="hit-${option++}" class="search-hit" aria-selected="false" data-kind="${kind}" data-index="${index}"
            ${kind !== 'artists' && configuration.streamMode ? html`aria-disabled="true"` : ''}>${content(item)}</div>`)}</div>`;
    render(find(this, '.search-hits'), html`
      ${group('Artists', 'artists', hits.artists, artist => html`${cover('artists', artist, artist.name)}<span class="hit-text"><b>${artist.name}</b></span>`)}
      ${group('Releases', 'releases', hits.releases, release => html`${cover('releases', release, release.title)}
        <span class="hit-text"><b>${release.title}</b><small>${[release.artist?.name, release.year].filter(Boolean).join(' · ')}</small></span>`)}
      ${group('Tracks', 'tracks', hits.tracks, track => html`${cover('releases', track.release ?? {}, track.title ?? '')}
        <span class="hit-text"><b>${track.title ?? 'Unknown'}</b><small>${[track.release?.artist?.name, track.release?.title].filter(Boolean).join(' · ')}</small></span>`)}`);
    find(this, '[role="status"]').textContent = count(number, 'hit');
    this.#open(true);
  }

  /** @param {boolean} open */
  #open(open) {
    find(this, '.search-hits').hidden = !open;
    this.#input.setAttribute('aria-expanded', String(open));
    if (!open) this.#activate(-1);
  }

  /** @param {number} index */
  #activate(index) {
    const options = [...this.querySelectorAll('[role="option"]')];
    this.#active = index;
    for (const [at, option] of options.entries()) option.setAttribute('aria-selected', String(at === index));
    options[index]?.scrollIntoView({ block: 'nearest' });
    if (index < 0) this.#input.removeAttribute('aria-activedescendant');
    else this.#input.setAttribute('aria-activedescendant', `hit-${index}`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const options = [...this.querySelectorAll('[role="option"]')];
    const isOpen = !find(this, '.search-hits').hidden;
    if (event.key === 'Escape') {
      if (isOpen) this.#open(false);
      else this.#clear();
    } else if (isOpen && (event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.#activate(this.#active < 0 && step < 0 ? options.length - 1 : (this.#active + step + options.length) % options.length);
    } else if (isOpen && event.key === 'Enter') {
      const option = options[Math.max(this.#active, 0)];
      if (option) this.#choose(option);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {Element} option */
  #choose(option) {
    const { kind = '', index = '' } = /** @type {HTMLElement} */ (option).dataset;
    if (!this.#hits || option.getAttribute('aria-disabled') === 'true') return;
    const { artists, releases, tracks } = this.#hits;
    if (kind === 'artists') this.router?.go(`/artist/${encodeURIComponent(artists[Number(index)].slug)}`);
    else if (kind === 'releases') play(releases[Number(index)].id);
    else play(tracks[Number(index)]);
    this.#clear();
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#latest.cancel();
    this.#input.value = '';
    find(this, '[data-clear]').hidden = true;
    this.#hits = null;
    render(find(this, '.search-hits'), html``);
    this.#open(false);
  }
}

/**
 * Plays a whole release, or one track alone.
 * @param {string | import('../lib/api.js').NestedTrack} what The id of a release, or a track.
 */
async function play(what) {
  // Only now: where nothing may be played, the player is not even loaded.
  const [{ playRelease }, { player }, { nestedTrack }] = await Promise.all([
    import('../player/play-release.js'), import('../player/player.js'), import('../player/player-track.js')]);
  if (typeof what === 'string') playRelease(what);
  else player.playTracks([nestedTrack(what)]);
}

customElements.define('dmp-search', Search);

export { Search };
