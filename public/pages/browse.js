// `/browse`: all artists, filtered and sorted; more come as the page is scrolled. The address keeps the filters.
import { get, Latest } from '../lib/api.js';
import { count, find, html, icon, render } from '../lib/html.js';
import { cover, failure, skeletonCards } from '../components/cards.js';
import { matchBadge } from '../components/badges.js';

const PAGE_SIZE = 48;
const DEBOUNCE_MILLISECONDS = 300;
const GENRES_SHOWN = 30;
const SORTS = { name: 'Name', playCount: 'Play count', score: 'Match score', recent: 'Recently added' };
const LETTERS = ['#', ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** What the address may say. */
const FILTERS = ['search', 'letter', 'genre', 'minScore', 'maxScore', 'sort'];

/** @typedef {import('../lib/api.js').ArtistCard} ArtistCard */

/**
 * What was loaded last, so that going back shows it at once.
 * @type {{ query: string, items: ArtistCard[], total: number, page: number } | null}
 */
let kept = null;

class BrowsePage extends HTMLElement {
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
  #latest = new Latest();
  #filter = new URLSearchParams();
  /** @type {ArtistCard[]} */
  #items = [];
  #total = 0;
  #page = 0;
  #loading = false;
  #failed = false;
  #timer = 0;
  /** @type {import('../lib/api.js').Genre[] | null} */
  #genres = null;
  #end = new IntersectionObserver(entries => entries.some(entry => entry.isIntersecting) && this.#more(), { rootMargin: '600px' });

  connectedCallback() {
    const given = new URLSearchParams(location.search);
    for (const name of FILTERS) {
      const value = given.get(name);
      if (value) this.#filter.set(name, value);
    }
    render(this, html`
      <header class="page-head"><h1>${icon('browse')} Browse</h1><p class="faint" data-total role="status"></p></header>
      <div class="filters browse-filters">
        <input type="search" class="field" aria-label="Filter by name" placeholder="Filter by name…" maxlength="200" value="${this.#filter.get('search') ?? ''}">
        <label class="select"><span class="visually-hidden">Sort by</span>
          <select class="field">${Object.entries(SORTS).map(([value, label]) => html`
            <option value="${value}" ${(this.#filter.get('sort') ?? 'name') === value ? html`selected` : ''}>${label}</option>`)}</select></label>
        <details class="popover" data-genres><summary class="field"><span data-genre>All genres</span>${icon('chevron')}</summary>
          <div class="popover-body"><input type="search" class="field" aria-label="Find a genre" placeholder="Find a genre…"><ul></ul></div></details>
        <details class="popover" data-scores><summary class="field"><span data-score>Match score</span>${icon('sliders')}</summary>
          <form class="popover-body" method="dialog">
            <label>At least <span data-for="minScore">0</span> %<input type="range" name="minScore" min="0" max="100" step="5" value="0"></label>
            <label>At most <span data-for="maxScore">100</span> %<input type="range" name="maxScore" min="0" max="100" step="5" value="100"></label>
            <p class="popover-buttons"><button type="button" class="button" data-reset>Reset</button><button class="button button-primary">Apply</button></p>
          </form></details>
      </div>
      <div class="letters" role="group" aria-label="First letter">
        <button type="button" data-letter="">All</button>${LETTERS.map(letter => html`
          <button type="button" data-letter="${letter}" aria-label="${letter === '#' ? 'Digits and signs' : letter}">${letter}</button>`)}</div>
      <ul class="cards artists"></ul>
      <div class="browse-end"></div>
      <p class="faint centred" data-shown></p>`);
    this.#watch();
    this.#showFilters();
    this.#end.observe(find(this, '.browse-end'));
    if (kept && kept.query === this.#filter.toString()) {
      this.#items = kept.items;
      this.#total = kept.total;
      this.#page = kept.page;
      this.#show();
    } else {
      this.ready = this.#reload();
    }
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#latest.cancel();
    this.#end.disconnect();
  }

  #watch() {
    const name = /** @type {HTMLInputElement} */ (find(this, '.filters > input'));
    name.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#change({ search: name.value.trim(), letter: '' }), DEBOUNCE_MILLISECONDS);
    });
    const sort = /** @type {HTMLSelectElement} */ (find(this, 'select'));
    sort.addEventListener('change', () => this.#change({ sort: sort.value === 'name' ? '' : sort.value }));
    find(this, '.letters').addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('[data-letter]');
      if (!(button instanceof HTMLElement)) return;
      clearTimeout(this.#timer);
      name.value = '';
      this.#change({ letter: button.dataset.letter?.toLowerCase() ?? '', search: '' });
    });

    const genres = /** @type {HTMLDetailsElement} */ (find(this, '[data-genres]'));
    const genreText = /** @type {HTMLInputElement} */ (find(genres, 'input'));
    genres.addEventListener('toggle', () => {
      if (!genres.open) return;
      genreText.focus();
      this.#loadGenres();
    });
    genreText.addEventListener('input', () => this.#showGenres());
    find(genres, 'ul').addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('[data-name]');
      if (!(button instanceof HTMLElement)) return;
      genres.open = false;
      find(genres, 'summary').focus();
      this.#change({ genre: button.dataset.name ?? '' });
    });

    const scores = /** @type {HTMLDetailsElement} */ (find(this, '[data-scores]'));
    const form = /** @type {HTMLFormElement} */ (find(scores, 'form'));
    const ranges = [...form.querySelectorAll('input')];
    const showOutputs = () => {
      for (const range of ranges) find(form, `[data-for="${range.name}"]`).textContent = range.value;
    };
    for (const range of ranges) {
      range.value = this.#filter.get(range.name) ?? range.value;
      range.addEventListener('input', showOutputs);
    }
    showOutputs();
    form.addEventListener('submit', event => {
      event.preventDefault();
      const [low, high] = ranges.map(range => Number(range.value)).sort((a, b) => a - b);
      scores.open = false;
      find(scores, 'summary').focus();
      this.#change({ minScore: low > 0 ? String(low) : '', maxScore: high < 100 ? String(high) : '' });
    });
    find(form, '[data-reset]').addEventListener('click', () => {
      ranges[0].value = '0';
      ranges[1].value = '100';
      showOutputs();
      form.requestSubmit();
    });

    this.addEventListener('keydown', event => {
      const open = event.key === 'Escape' ? this.querySelector('details[open]') : null;
      if (open instanceof HTMLDetailsElement) {
        open.open = false;
        find(open, 'summary').focus();
      }
    });
    this.addEventListener('click', event => {
      for (const open of this.querySelectorAll('details[open]')) {
        if (!open.contains(/** @type {Node} */ (event.target))) /** @type {HTMLDetailsElement} */ (open).open = false;
      }
    });
  }

  /** @param {Record<string, string>} changes An empty value takes the filter out. */
  #change(changes) {
    const before = this.#filter.toString();
    for (const [name, value] of Object.entries(changes)) {
      if (value) this.#filter.set(name, value);
      else this.#filter.delete(name);
    }
    if (this.#filter.toString() === before) return;
    this.router?.replaceQuery(this.#filter);
    this.#showFilters();
    this.#reload();
  }

  async #reload() {
    this.#items = [];
    this.#page = 0;
    this.#total = 0;
    this.#loading = false;
    this.#failed = false;
    await this.#more();
  }

  async #more() {
    if (this.#loading || this.#failed || (this.#page && this.#items.length >= this.#total)) return;
    this.#loading = true;
    const list = find(this, '.cards');
    const isFirst = this.#page === 0;
    list.ariaBusy = 'true';
    // Other filters: what was there stays, dimmed, until the answer comes.
    if (isFirst && !list.hasChildNodes()) render(list, skeletonCards(12));
    else if (!isFirst) render(find(this, '.browse-end'), html`<span class="spinner large" role="img" aria-label="Loading"></span>`);
    const query = new URLSearchParams(this.#filter);
    query.set('page', String(this.#page + 1));
    query.set('pageSize', String(PAGE_SIZE));
    try {
      /** @type {import('../lib/api.js').ArtistList | undefined} */
      const answer = await this.#latest.run(signal => get(`/api/artists?${query}`, signal));
      if (!answer) return;
      this.#loading = false;
      if (isFirst) render(list, html``);
      this.#page += 1;
      this.#total = answer.total;
      this.#items.push(...answer.items);
      kept = { query: this.#filter.toString(), items: this.#items, total: this.#total, page: this.#page };
      this.#show(answer.items);
      // A page that is shorter than the window has no end to scroll to.
      if (answer.hasMore && find(this, '.browse-end').getBoundingClientRect().top < innerHeight + 600) this.#more();
    } catch (error) {
      this.#loading = false;
      this.#failed = true;
      list.ariaBusy = 'false';
      if (isFirst) render(list, html``);
      render(find(this, '.browse-end'), failure(error));
      find(this, '[data-retry]').addEventListener('click', () => {
        this.#failed = false;
        this.#more();
      });
    }
  }

  /** @param {ArtistCard[]} [added] Only these; all of them by default. */
  #show(added) {
    const list = find(this, '.cards');
    list.ariaBusy = 'false';
    if (!added) render(list, html``);
    list.insertAdjacentHTML('beforeend', (added ?? this.#items).map(artistCard).join(''));
    find(this, '[data-total]').textContent = count(this.#total, 'artist');
    render(find(this, '.browse-end'), this.#total ? html`` : html`<div class="message">${icon('search')}<p>No artists found</p></div>`);
    find(this, '[data-shown]').textContent = this.#total ? `Showing ${this.#items.length} of ${count(this.#total, 'artist')}` : '';
  }

  #showFilters() {
    const letter = this.#filter.get('letter') ?? '';
    for (const button of this.querySelectorAll('[data-letter]')) {
      button.setAttribute('aria-pressed', String(/** @type {HTMLElement} */ (button).dataset.letter?.toLowerCase() === letter));
    }
    find(this, '[data-genre]').textContent = this.#filter.get('genre') ?? 'All genres';
    const [low, high] = ['minScore', 'maxScore'].map(name => this.#filter.get(name));
    find(this, '[data-score]').textContent = low || high ? `${low ?? 0}–${high ?? 100} %` : 'Match score';
  }

  async #loadGenres() {
    try {
      this.#genres ??= await get('/api/genres');
      this.#showGenres();
    } catch (error) {
      render(find(this, '[data-genres] ul'), html`<li class="faint">${/** @type {Error} */ (error).message}</li>`);
    }
  }

  #showGenres() {
    const text = /** @type {HTMLInputElement} */ (find(this, '[data-genres] input')).value.trim().toLowerCase();
    const found = (this.#genres ?? []).filter(genre => genre.artistCount && genre.name.toLowerCase().includes(text));
    const chosen = this.#filter.get('genre') ?? '';
    /** @param {string} name @param {unknown} content */
    const item = (name, content) => html`<li><button type="button" data-name="${name}" aria-pressed="${String(name === chosen)}">${content}</button></li>`;
    render(find(this, '[data-genres] ul'), html`
      ${!text && item('', html`<span>All genres</span>`)}
      ${found.slice(0, GENRES_SHOWN).map(({ name, artistCount }) => item(name, html`<span>${name}</span><small>${artistCount}</small>`))}
      ${!found.length && html`<li class="faint">No such genre</li>`}
      ${found.length > GENRES_SHOWN && html`<li class="faint">${found.length - GENRES_SHOWN} more: type to find them</li>`}`);
  }
}

/** @param {ArtistCard} artist */
const artistCard = artist => html`
  <li class="card artist-card"><a href="/artist/${encodeURIComponent(artist.slug)}">
    ${cover('artists', artist, artist.name)}
    <span class="card-title"><b>${artist.name}</b></span>
    <span class="card-note">${count(artist.totalTracks, 'track')} ${matchBadge(artist.averageMatchScore)}</span></a></li>`;

customElements.define('dmp-browse-page', BrowsePage);
