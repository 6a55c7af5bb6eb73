// `/playlists`: all playlists, newest first.
import { get, remembered } from '../lib/api.js';
import { count, find, html, icon, render } from '../lib/html.js';
import { failure, skeletonCards } from '../components/cards.js';
import { growingList } from '../components/growing-list.js';
import { playlistCard } from '../components/playlist-card.js';
import { openNewPlaylist } from '../components/playlist-form.js';

const PATH = '/api/playlists';

class PlaylistsPage extends HTMLElement {
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
  #abort = new AbortController();
  #stopGrowing = () => {};

  connectedCallback() {
    render(this, html`
      <header class="page-head"><h1>${icon('playlist')} Playlists</h1><p class="faint" data-total role="status"></p>
        <button type="button" class="button button-primary page-action" data-new>${icon('plus')}New playlist</button></header>
      <ul class="cards"></ul>`);
    this.addEventListener('click', event => {
      if (!(/** @type {Element} */ (event.target).closest('[data-new]'))) return;
      openNewPlaylist(({ slug }) => this.router?.go(`/playlists/${encodeURIComponent(slug)}`));
    });
    this.ready = this.#load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#stopGrowing();
  }

  async #load() {
    const list = find(this, '.cards');
    // What was here before shows at once; the fresh answer takes its place.
    const before = remembered(PATH);
    if (before) this.#show(before);
    else render(list, skeletonCards(6));
    list.ariaBusy = String(!before);
    try {
      const playlists = await get(PATH, this.#abort.signal);
      if (JSON.stringify(playlists) !== JSON.stringify(before)) this.#show(playlists);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      render(list, html`<li class="cards-message">${failure(error)}</li>`);
      find(list, '[data-retry]').addEventListener('click', () => this.#load());
    }
    list.ariaBusy = 'false';
  }

  /** @param {import('../lib/api.js').PlaylistCard[]} playlists */
  #show(playlists) {
    this.#stopGrowing();
    const list = find(this, '.cards');
    find(this, '[data-total]').textContent = playlists.length ? count(playlists.length, 'playlist') : '';
    if (playlists.length) {
      this.#stopGrowing = growingList(list, playlists, playlistCard, 'playlists');
    } else {
      render(list, html`<li class="cards-message"><div class="message">${icon('playlist')}<p>No playlists yet</p>
        <p>Collect tracks for an evening, a journey, a mood. Any track or release can be added by its ${icon('more')} menu.</p>
        <button type="button" class="button" data-new>Create your first playlist</button></div></li>`);
    }
  }
}

customElements.define('dmp-playlists-page', PlaylistsPage);
