// `/`: what is new and what was played.
import { get, remembered } from '../lib/api.js';
import { configuration } from '../lib/configuration.js';
import { find, html, render } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { failure } from '../components/failure.js';
import { releaseCard, skeletonCards } from '../components/release-card.js';

const SHOWN = 12;

/** @typedef {{ id: string, title: string, path: string, link?: string, empty?: import('../lib/html.js').Markup }} Section */

/**
 * One without words for emptiness is hidden when it is empty.
 * @type {Section[]}
 */
const SECTIONS = [
  {
    id: 'latest', title: 'Latest Additions', path: `/api/releases/latest?limit=${SHOWN}`, link: '/browse',
    empty: html`<div class="message">${icon('disc')}<p>The library is empty.</p><p>${configuration.streamMode
      ? 'Its owner has not filled it yet.' : 'Point DATABASE_URL at a DMP database, or try the demo library with dmp demo.'}</p></div>`,
  },
  { id: 'played', title: 'Recently Played', path: `/api/releases/last-played?limit=${SHOWN}` },
];

class HomePage extends HTMLElement {
  /**
   * Everything has been shown.
   * @type {Promise<unknown>}
   */
  ready = Promise.resolve();
  #abort = new AbortController();

  connectedCallback() {
    render(this, html`<h1 class="visually-hidden">Home</h1>${SECTIONS.map(({ id, title, link }) => html`
      <section class="shelf" data-section="${id}" aria-labelledby="${id}-title">
        <header><h2 id="${id}-title">${title}</h2>${link && html`<a class="more" href="${link}">View all<span class="visually-hidden"> artists</span></a>`}</header>
        <ul class="cards"></ul>
      </section>`)}`);
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
    if (before) this.#show(section, before);
    else render(list, skeletonCards(6));
    list.ariaBusy = String(!before);
    try {
      const releases = await get(section.path, this.#abort.signal);
      list.ariaBusy = 'false';
      if (JSON.stringify(releases) !== JSON.stringify(before)) this.#show(section, releases);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      list.ariaBusy = 'false';
      render(list, html`<li class="cards-message">${failure(error)}</li>`);
      find(list, '[data-retry]').addEventListener('click', () => this.#load(section));
    }
  }

  /** @param {Section} section @param {import('../lib/api.js').ReleaseCard[]} releases */
  #show({ id, empty }, releases) {
    const element = find(this, `[data-section="${id}"]`);
    element.hidden = !releases.length && !empty;
    render(find(element, '.cards'), releases.length ? releases.map(releaseCard) : html`<li class="cards-message">${empty}</li>`);
  }
}

customElements.define('dmp-home-page', HomePage);
