// `/timeline`: the library by decade and year. The address keeps which.
import { get, Latest, remembered } from '../lib/api.js';
import { count, find, html, icon, render } from '../lib/html.js';
import { failure, releaseCard, skeletonCards } from '../components/cards.js';

/** @typedef {import('../lib/api.js').Decade} Decade */
/** @typedef {import('../lib/api.js').DecadePage} DecadePage */
/** @typedef {import('../lib/api.js').ReleaseCard} ReleaseCard */

const PAGE_SIZE = 50;
const DECADES_PATH = '/api/timeline/decades';

/**
 * What was shown last, so that going back shows it at once and as long as it was.
 * @type {{ decade: number, year: number | null, releases: ReleaseCard[], last: DecadePage } | null}
 */
let kept = null;

class TimelinePage extends HTMLElement {
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
  #latest = new Latest();
  /** @type {Decade[]} */
  #decades = [];
  #decade = NaN;
  /** @type {number | null} */
  #year = null;
  /** @type {ReleaseCard[]} */
  #releases = [];

  connectedCallback() {
    const given = new URLSearchParams(location.search);
    this.#decade = parseInt(given.get('decade') ?? '', 10);
    this.#year = parseInt(given.get('year') ?? '', 10) || null;
    render(this, html`
      <header class="page-head"><h1>${icon('clock')} Timeline</h1><p class="faint" data-total role="status"></p></header>
      <div class="choices" role="group" aria-label="Decade" data-decades></div>
      <div class="choices minor" role="group" aria-label="Year" data-years></div>
      <div data-releases></div>
      <div class="browse-end"></div>`);
    find(this, '[data-decades]').addEventListener('click', event => {
      const value = choice(event);
      if (value !== null) this.#choose(Number(value), null);
    });
    find(this, '[data-years]').addEventListener('click', event => {
      const value = choice(event);
      if (value !== null) this.#choose(this.#decade, Number(value) || null);
    });
    this.ready = this.#load();
  }

  disconnectedCallback() {
    this.#latest.cancel();
  }

  async #load() {
    const releases = find(this, '[data-releases]');
    if (!remembered(DECADES_PATH)) render(releases, html`<ul class="cards">${skeletonCards(12)}</ul>`);
    try {
      const decades = remembered(DECADES_PATH) ?? await this.#latest.run(signal => get(DECADES_PATH, signal));
      if (!decades) return;
      this.#decades = decades;
    } catch (error) {
      render(releases, failure(error));
      find(releases, '[data-retry]').addEventListener('click', () => this.#load());
      return;
    }
    if (!this.#decades.length) {
      render(releases, html`<div class="message">${icon('calendar')}<p>No releases with year information found</p>
        <p>Years come from the tags of your music.</p><a class="button" href="/browse">Browse the artists</a></div>`);
      return;
    }
    if (!this.#decades.some(({ decade }) => decade === this.#decade)) {
      this.#decade = this.#decades[0].decade;
      this.#year = null;
    }
    this.#showDecades();
    if (kept?.decade === this.#decade && kept.year === this.#year) {
      this.#releases = kept.releases;
      this.#showAnswer(kept.last, this.#releases);
    } else {
      await this.#more(1);
    }
  }

  /** @param {number} decade @param {number | null} year */
  #choose(decade, year) {
    if (decade === this.#decade && year === this.#year) return;
    if (decade !== this.#decade) render(find(this, '[data-years]'), html``);
    this.#decade = decade;
    this.#year = year;
    this.router?.replaceQuery(new URLSearchParams({ decade: String(decade), ...(year && { year: String(year) }) }));
    this.#showDecades();
    this.#press('[data-years]', String(year ?? ''));
    this.#more(1);
  }

  #showDecades() {
    const place = find(this, '[data-decades]');
    if (!place.hasChildNodes()) {
      render(place, this.#decades.map(({ decade, count: number }) => html`
        <button type="button" data-value="${decade}">${decade}s <small>${number.toLocaleString('en')}</small></button>`));
    }
    this.#press('[data-decades]', String(this.#decade));
  }

  /** @param {string} group @param {string} value Of the button that is pressed from now on. */
  #press(group, value) {
    for (const button of find(this, group).children) {
      const isPressed = /** @type {HTMLElement} */ (button).dataset.value === value;
      button.setAttribute('aria-pressed', String(isPressed));
      if (isPressed && button.parentElement) button.parentElement.scrollLeft = /** @type {HTMLElement} */ (button).offsetLeft - 80;
    }
  }

  /** @param {number} page */
  async #more(page) {
    const place = find(this, '[data-releases]'), end = find(this, '.browse-end');
    if (page === 1) render(place, html`<ul class="cards">${skeletonCards(12)}</ul>`);
    render(end, page === 1 ? html`` : html`<span class="spinner large" role="img" aria-label="Loading"></span>`);
    const query = new URLSearchParams({ page: String(page), limit: String(PAGE_SIZE), ...(this.#year && { year: String(this.#year) }) });
    try {
      /** @type {DecadePage | undefined} */
      const answer = await this.#latest.run(signal => get(`/api/timeline/${this.#decade}?${query}`, signal));
      if (!answer) return;
      if (page === 1) {
        this.#releases = [];
        render(place, html``);
      }
      this.#releases = [...this.#releases, ...answer.releases];
      kept = { decade: this.#decade, year: this.#year, releases: this.#releases, last: answer };
      this.#showAnswer(answer, answer.releases);
    } catch (error) {
      if (page === 1) render(place, html``);
      render(end, failure(error));
      find(end, '[data-retry]').addEventListener('click', () => this.#more(page));
    }
  }

  /** @param {DecadePage} answer @param {ReleaseCard[]} added Under the headings of their years. */
  #showAnswer(answer, added) {
    const place = find(this, '[data-releases]'), end = find(this, '.browse-end');
    const years = find(this, '[data-years]');
    if (answer.years.length > 1 && !years.hasChildNodes()) {
      render(years, html`<button type="button" data-value="">All</button>${answer.years.map(({ year, count: number }) => html`
        <button type="button" data-value="${year}">${year} <small>${number.toLocaleString('en')}</small></button>`)}`);
    }
    this.#press('[data-years]', String(this.#year ?? ''));
    for (const release of added) {
      const id = `year-${release.year}`;
      if (!place.querySelector(`#${id}`)) {
        place.insertAdjacentHTML('beforeend', String(html`<section class="year-shelf" aria-labelledby="${id}"><h2 id="${id}">${release.year}</h2><ul class="cards"></ul></section>`));
      }
      find(/** @type {Element} */ (place.lastElementChild), '.cards').insertAdjacentHTML('beforeend', String(releaseCard(release)));
    }
    find(this, '[data-total]').textContent = count(answer.total, 'release');
    if (!answer.total) render(place, html`<div class="message">${icon('calendar')}<p>No releases in this period</p></div>`);
    render(end, answer.hasMore
      ? html`<button type="button" class="button" data-more>Load more</button><p class="faint">${this.#releases.length.toLocaleString('en')} of ${count(answer.total, 'release')}</p>`
      : answer.total ? html`<p class="faint">${count(answer.total, 'release')}</p>` : html``);
    end.querySelector('[data-more]')?.addEventListener('click', async () => {
      const shown = this.#releases.length;
      await this.#more(answer.page + 1);
      // The button is gone or has moved: the keyboard goes on with the first card that is new.
      const card = place.querySelectorAll('.card')[shown]?.querySelector('a, button');
      if (card instanceof HTMLElement) card.focus({ preventScroll: true });
    });
  }
}

/** @param {Event} event @returns {string | null} */
function choice(event) {
  const button = /** @type {Element} */ (event.target).closest('[data-value]');
  return button instanceof HTMLElement ? (button.dataset.value ?? null) : null;
}

customElements.define('dmp-timeline-page', TimelinePage);
