// `/`: what is new and what was played.
import { get } from '../lib/api.js';
import { configuration } from '../lib/configuration.js';
import { find, html, render } from '../lib/html.js';
import { failure } from '../components/failure.js';
import { releaseCard, skeletonCards } from '../components/release-card.js';

const SHOWN = 12;

/** @type {{ id: string, title: string, path: string, link?: string, empty?: import('../lib/html.js').Markup }[]} */
const SECTIONS = [
  {
    id: 'latest', title: 'Latest Additions', path: '/api/releases/latest', link: '/browse',
    empty: html`<div class="message"><p>The library is empty. ${configuration.streamMode
      ? 'Its owner has not filled it yet.' : 'Point DATABASE_URL at a DMP database, or try the demo library: dmp demo.'}</p></div>`,
  },
  { id: 'played', title: 'Recently Played', path: '/api/releases/last-played' },
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
        <ul class="cards" aria-busy="true">${skeletonCards(6)}</ul>
      </section>`)}`);
    this.ready = Promise.all(SECTIONS.map(section => this.#load(section)));
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /**
   * One that fails leaves the others.
   * @param {typeof SECTIONS[number]} section
   */
  async #load(section) {
    const element = find(this, `[data-section="${section.id}"]`);
    const list = find(element, '.cards');
    try {
      const releases = await get(`${section.path}?limit=${SHOWN}`, this.#abort.signal);
      list.removeAttribute('aria-busy');
      if (releases.length) render(list, releases.map(releaseCard));
      else if (section.empty) render(list, html`<li class="cards-message">${section.empty}</li>`);
      else element.hidden = true;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      list.removeAttribute('aria-busy');
      render(list, html`<li class="cards-message">${failure(error)}</li>`);
      find(list, '[data-retry]').addEventListener('click', () => {
        render(list, skeletonCards(6));
        this.#load(section);
      });
    }
  }
}

customElements.define('dmp-home-page', HomePage);
