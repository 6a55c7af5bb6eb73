// What the search field of index.html does once it is used: a combobox whose popup is a grid (WAI-ARIA). A row's first cell opens or plays the hit; releases and
// tracks have a second one, with all that can be done with them.
import { configuration, get, Latest } from '../lib/api.js';
import { count, find, html, icon, render } from '../lib/html.js';
import { cover } from './cards.js';

const DEBOUNCE_MILLISECONDS = 300;
const MINIMUM_CHARACTERS = 2;

class Search extends HTMLElement {
  #latest = new Latest();
  /** @type {import('../lib/api.js').SearchHits | null} */
  #hits = null;
  /**
   * Row and column of the active cell.
   * @type {[number, number]}
   */
  #active = [-1, 0];
  #timer = 0;
  /** @type {import('../lib/browser.js').Router | null} */
  router = null;

  connectedCallback() {
    find(this, '.search-field').insertAdjacentHTML('beforeend',
      `<button type="button" class="icon-button" data-clear aria-label="Clear the search" hidden>${icon('close')}</button>`);
    const input = this.#input;
    input.addEventListener('input', () => this.#changed());
    // Typed while this was on its way.
    if (input.value) this.#changed();
    input.addEventListener('focus', () => find(this, '.search-hits').hasChildNodes() && input.value && this.#open(true));
    input.addEventListener('keydown', event => this.#key(event));
    find(this, '[data-clear]').addEventListener('click', () => {
      this.#clear();
      input.focus();
    });
    const list = find(this, '.search-hits');
    // The field keeps the focus: without it the list would close before the click comes.
    list.addEventListener('mousedown', event => event.preventDefault());
    list.addEventListener('click', event => {
      const cell = /** @type {Element} */ (event.target).closest('[role="gridcell"]');
      if (cell instanceof HTMLElement) this.#choose(cell);
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

  #changed() {
    find(this, '[data-clear]').hidden = !this.#input.value;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#search(), DEBOUNCE_MILLISECONDS);
  }

  async #search() {
    const text = this.#input.value;
    if (text.trim().length < MINIMUM_CHARACTERS) {
      this.#latest.cancel();
      this.#hits = null;
      return this.#open(false);
    }
    try {
      const hits = await this.#latest.run(signal => get(`/api/search?q=${encodeURIComponent(text.trim())}`, signal));
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
    this.#active = [-1, 0];
    let row = 0;
    /**
     * @template T
     * @param {string} label @param {string} kind @param {T[]} items @param {(item: T) => unknown} content
     */
    const group = (label, kind, items, content) => items.length > 0 && html`
      <div role="rowgroup" aria-label="${label}"><p class="search-group" aria-hidden="true">${label}</p>
        ${items.map((item, index) => {
          const id = `hit-${row}`;
          row += 1;
          return html`
          <div role="row" class="search-row" data-kind="${kind}" data-index="${index}">
            <div role="gridcell" id="${id}" class="search-hit" ${kind !== 'artists' && configuration.streamMode ? html`aria-disabled="true"` : ''}>${content(item)}</div>
            ${kind !== 'artists' && !configuration.streamMode && html`
              <div role="gridcell" id="${id}-more" class="search-more" data-more aria-label="More">${icon('more')}</div>`}
          </div>`;
        })}</div>`;
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

  /** @param {number} row @param {number} [column] */
  #activate(row, column = 0) {
    const rows = this.querySelectorAll('[role="row"]');
    const cells = rows[row]?.querySelectorAll('[role="gridcell"]');
    const cell = cells?.[Math.min(column, cells.length - 1)];
    this.#active = [row, cells ? Math.min(column, cells.length - 1) : 0];
    for (const other of this.querySelectorAll('[aria-selected]')) other.removeAttribute('aria-selected');
    cell?.setAttribute('aria-selected', 'true');
    cell?.scrollIntoView({ block: 'nearest' });
    if (cell) this.#input.setAttribute('aria-activedescendant', cell.id);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const number = this.querySelectorAll('[role="row"]').length;
    const [row, column] = this.#active;
    const isOpen = !find(this, '.search-hits').hidden;
    if (event.key === 'Escape') {
      if (isOpen) this.#open(false);
      else this.#clear();
    } else if (isOpen && (event.key === 'ArrowDown' || event.key === 'ArrowUp') && number) {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.#activate(row < 0 && step < 0 ? number - 1 : (row + step + number) % number, column);
    } else if (isOpen && row >= 0 && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
      // Among the hits they choose the cell; in the text they move the caret.
      this.#activate(row, event.key === 'ArrowRight' ? 1 : 0);
    } else if (isOpen && event.key === 'Enter') {
      const cell = this.querySelector('[aria-selected="true"]') ?? this.querySelector('[role="gridcell"]');
      if (cell instanceof HTMLElement) this.#choose(cell);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {HTMLElement} cell */
  #choose(cell) {
    const { kind = '', index = '' } = /** @type {HTMLElement} */ (cell.closest('[role="row"]')).dataset;
    if (!this.#hits || cell.getAttribute('aria-disabled') === 'true') return;
    const { artists, releases, tracks } = this.#hits;
    if (cell.hasAttribute('data-more')) {
      openActions(cell, kind === 'releases' ? releases[Number(index)] : null, tracks[Number(index)]);
      return;
    }
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

/**
 * @param {HTMLElement} anchor
 * @param {import('../lib/api.js').ReleaseCard | null} release
 * @param {import('../lib/api.js').NestedTrack} track When it is no release.
 */
async function openActions(anchor, release, track) {
  const { openReleaseMenu, openTrackMenu } = await import('./item-menu.js');
  if (release) openReleaseMenu(anchor, { id: release.id, title: release.title, artistSlug: release.artist?.slug });
  else openTrackMenu(anchor, (await import('../player/player-track.js')).nestedTrack(track), () => play(track));
}

customElements.define('dmp-search', Search);

export { Search };
