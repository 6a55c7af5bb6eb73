// `/`: what is new, what was played, and the owner's playlists and favourites.
import { configuration, favorites, get, remembered } from '../lib/api.js';
import { find, html, icon, render } from '../lib/html.js';
import { failure, releaseCard, skeletonCards } from '../components/cards.js';

/** @typedef {import('../lib/html.js').Markup} Markup */

const SHOWN = 12;

/**
 * `cards` makes them of the answer; it may fetch what draws them. One without words for emptiness is hidden when it is empty.
 * @typedef {object} Section
 * @property {string} id
 * @property {string} title
 * @property {string} path
 * @property {() => Promise<boolean>} [isNeeded] Else it is not asked for.
 * @property {(answer: any) => Markup[] | Promise<Markup[]>} cards
 * @property {{ href: string, label: string }} [all] Where all of them are.
 * @property {Markup} [action]
 * @property {Markup} [empty]
 */

/** @type {Section[]} */
const SECTIONS = [
  {
    id: 'latest', title: 'Latest Additions', path: `/api/releases/latest?limit=${SHOWN}`, all: { href: '/browse', label: 'artists' },
    cards: answer => answer.map(releaseCard),
    empty: html`<div class="message">${icon('disc')}<p>The library is empty.</p><p>${configuration.streamMode
      ? 'Its owner has not filled it yet.' : 'Let dmp index read your MUSIC_DIR, point DATABASE_URL at a DMP database, or try the demo library with dmp demo.'}</p></div>`,
  },
  { id: 'played', title: 'Recently Played', path: `/api/releases/last-played?limit=${SHOWN}`, cards: answer => answer.map(releaseCard) },
];
if (!configuration.streamMode) {
  SECTIONS.push({
    id: 'playlists', title: 'Your Playlists', path: '/api/playlists', all: { href: '/playlists', label: 'playlists' },
    action: html`<button type="button" class="more" data-new-playlist>New playlist</button>`,
    cards: async answer => {
      if (!answer.length) return [];
      const { playlistCard } = await import('../components/playlist-card.js');
      return answer.slice(0, SHOWN).map(playlistCard);
    },
  }, {
    id: 'favorites', title: 'Favorite Releases', path: '/api/favorites', isNeeded: () => favorites.load().then(() => favorites.mayHaveReleases),
    all: { href: '/favorites', label: 'favorites' },
    cards: answer => answer.releases.slice(0, SHOWN).map((/** @type {{ release: import('../lib/api.js').ReleaseCard }} */ { release }) => releaseCard(release)),
  });
}

class HomePage extends HTMLElement {
  /**
   * Everything has been shown.
   * @type {Promise<unknown>}
   */
  ready = Promise.resolve();
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
  #abort = new AbortController();

  connectedCallback() {
    // Sections that may stay empty take no room before they have something to show.
    render(this, html`<h1 class="visually-hidden">Home</h1>${SECTIONS.map(({ id, title, all, action, empty }) => html`
      <section class="shelf" data-section="${id}" aria-labelledby="${id}-title" ${!empty && html`hidden`}>
        <header><h2 id="${id}-title">${title}</h2>
          <span class="shelf-arrows" hidden>${[-1, 1].map(step => html`
            <button type="button" class="icon-button" data-scroll="${step}" aria-label="${title}: ${step < 0 ? 'back' : 'on'}">${icon('chevron')}</button>`)}</span>
          ${action}${all && html`<a class="more" href="${all.href}">View all<span class="visually-hidden"> ${all.label}</span></a>`}</header>
        <ul class="cards"></ul>
      </section>`)}`);
    this.addEventListener('click', async event => {
      const target = /** @type {Element} */ (event.target);
      const arrow = target.closest('[data-scroll]');
      if (arrow instanceof HTMLElement) {
        const list = find(/** @type {HTMLElement} */ (arrow.closest('.shelf')), '.cards');
        list.scrollBy({ left: Number(arrow.dataset.scroll) * list.clientWidth, behavior: 'smooth' });
      }
      if (!target.closest('[data-new-playlist]')) return;
      const { openNewPlaylist } = await import('../components/playlist-form.js');
      openNewPlaylist(({ slug }) => this.router?.go(`/playlists/${encodeURIComponent(slug)}`));
    });
    this.ready = Promise.all(SECTIONS.map(section => this.#load(section)));
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /**
   * One that fails leaves the others.
   * @param {Section} section
   */
  async #load(section) {
    const list = find(this, `[data-section="${section.id}"] .cards`);
    // What was here before shows at once; the fresh answer takes its place.
    const before = remembered(section.path);
    if (before) await this.#show(section, before);
    else render(list, skeletonCards(6));
    list.ariaBusy = String(!before);
    try {
      if (section.isNeeded && !before && !(await section.isNeeded())) return;
      const answer = await get(section.path, this.#abort.signal);
      list.ariaBusy = 'false';
      if (JSON.stringify(answer) !== JSON.stringify(before)) await this.#show(section, answer);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      list.ariaBusy = 'false';
      find(this, `[data-section="${section.id}"]`).hidden = false;
      render(list, html`<li class="cards-message">${failure(error)}</li>`);
      find(list, '[data-retry]').addEventListener('click', () => this.#load(section));
    }
  }

  /** @param {Section} section @param {any} answer */
  async #show({ id, cards, empty }, answer) {
    const shown = await cards(answer);
    const element = find(this, `[data-section="${id}"]`);
    element.hidden = !shown.length && !empty;
    const list = find(element, '.cards');
    render(list, shown.length ? shown : html`<li class="cards-message">${empty}</li>`);
    find(element, '.shelf-arrows').hidden = list.scrollWidth <= list.clientWidth;
  }
}

customElements.define('dmp-home-page', HomePage);
