// `/favorites`: favourite releases and tracks, newest first. What is taken out can be put back at once.
import { favorites, get, remembered } from '../lib/api.js';
import { find, html, icon, render } from '../lib/html.js';
import { toast } from '../lib/browser.js';
import { failure, releaseCard, skeletonCards } from '../components/cards.js';
import { growingList } from '../components/growing-list.js';
import { tabList, watchTabs } from '../components/tabs.js';
import { TrackTable } from '../components/track-table.js';
import { nestedTrack } from '../player/player-track.js';

/** @typedef {import('../lib/api.js').FavoriteLists} FavoriteLists */
/** @typedef {import('../lib/api.js').FavoriteKind} FavoriteKind */

const PATH = '/api/favorites';

class FavoritesPage extends HTMLElement {
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
  #abort = new AbortController();
  #stopGrowing = () => {};
  /** @type {FavoriteLists} */
  #lists = { releases: [], tracks: [] };
  /** @type {FavoriteKind} */
  #kind = 'releases';

  connectedCallback() {
    if (new URLSearchParams(location.search).get('tab') === 'tracks') this.#kind = 'tracks';
    render(this, html`
      <header class="page-head"><h1>${icon('heart')} Favorites</h1></header>
      <div data-tabs></div>
      <div id="favorites" role="tabpanel" aria-labelledby="tab-${this.#kind}"></div>`);
    favorites.addEventListener('change', () => this.#followHearts(), { signal: this.#abort.signal });
    this.ready = this.#load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#stopGrowing();
  }

  async #load() {
    const panel = find(this, '#favorites');
    const before = remembered(PATH);
    if (before) this.#showLists(before);
    else render(panel, html`<ul class="cards">${skeletonCards(6)}</ul>`);
    try {
      const lists = await get(PATH, this.#abort.signal);
      if (JSON.stringify(lists) !== JSON.stringify(before)) this.#showLists(lists);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      render(panel, failure(error));
      find(panel, '[data-retry]').addEventListener('click', () => this.#load());
    }
  }

  /** @param {FavoriteLists} lists */
  #showLists({ releases, tracks }) {
    this.#lists = { releases: [...releases], tracks: [...tracks] };
    this.#showTabs();
    this.#showPanel();
  }

  #showTabs() {
    const { releases, tracks } = this.#lists;
    const place = find(this, '[data-tabs]');
    const hadFocus = place.contains(document.activeElement);
    render(place, tabList('Kind', [
      { id: 'releases', label: 'Releases', count: releases.length }, { id: 'tracks', label: 'Tracks', count: tracks.length }], this.#kind, 'favorites'));
    if (hadFocus) find(place, '[aria-selected="true"]').focus();
    watchTabs(find(place, '.tabs'), kind => {
      this.#kind = kind === 'tracks' ? 'tracks' : 'releases';
      this.router?.replaceQuery(new URLSearchParams(this.#kind === 'tracks' ? { tab: 'tracks' } : {}));
      this.#showTabs();
      this.#showPanel();
      find(this, '[data-tabs] [aria-selected="true"]').focus();
    });
  }

  #showPanel() {
    this.#stopGrowing();
    const panel = find(this, '#favorites');
    panel.setAttribute('aria-labelledby', `tab-${this.#kind}`);
    const { releases, tracks } = this.#lists;
    if (this.#kind === 'releases' && releases.length) {
      render(panel, html`<ul class="cards"></ul>`);
      this.#stopGrowing = growingList(find(panel, '.cards'), releases, ({ release }) => releaseCard(release), 'favorites');
    } else if (this.#kind === 'tracks' && tracks.length) {
      const table = new TrackTable();
      table.withCovers = table.withAlbum = true;
      panel.replaceChildren(table);
      table.rows = tracks.map(({ track }) => ({ track: nestedTrack(track) }));
    } else {
      render(panel, html`<div class="message">${icon('heart')}<p>No favorite ${this.#kind} yet</p>
        <p>The heart on any ${this.#kind === 'releases' ? 'cover' : 'track'} puts it here.</p>
        <a class="button" href="/browse">Browse ${this.#kind === 'releases' ? 'releases' : 'the library'}</a></div>`);
    }
  }

  /** What has lost its heart leaves the list, and may come back. */
  #followHearts() {
    if (!favorites.isKnown) return;
    /** @type {{ kind: FavoriteKind, id: string, label: string, back: () => void }[]} */
    const gone = [];
    const { releases, tracks } = this.#lists;
    for (const [index, entry] of releases.entries()) {
      const { id, title } = entry.release;
      if (!favorites.hasRelease(id)) gone.push({ kind: 'releases', id, label: title, back: () => this.#lists.releases.splice(index, 0, entry) });
    }
    for (const [index, entry] of tracks.entries()) {
      const { id, title } = entry.track;
      if (!favorites.hasTrack(id)) gone.push({ kind: 'tracks', id, label: title ?? 'Unknown', back: () => this.#lists.tracks.splice(index, 0, entry) });
    }
    // More at once were not taken out here.
    if (gone.length !== 1) return;
    const [{ kind, id, label, back }] = gone;
    if (kind === 'releases') this.#lists.releases = releases.filter(({ release }) => release.id !== id);
    else this.#lists.tracks = tracks.filter(({ track }) => track.id !== id);
    const place = [...this.querySelectorAll('[data-favorite]')].findIndex(button => button instanceof HTMLElement && button.dataset.id === id);
    this.#showTabs();
    this.#showPanel();
    // The heart that was pressed is gone: whoever uses a keyboard goes on from the next one.
    const hearts = this.querySelectorAll('#favorites [data-favorite]');
    const next = hearts[Math.min(place, hearts.length - 1)] ?? this.querySelector('[data-tabs] [aria-selected="true"]');
    if (place >= 0 && next instanceof HTMLElement) next.focus({ preventScroll: true });
    toast(`“${label}” is no longer a favorite.`, 'info', {
      label: 'Undo',
      run: () => {
        if (favorites.has(kind, id)) return;
        back();
        favorites.toggle(kind, id);
        if (!this.isConnected) return;
        this.#showTabs();
        this.#showPanel();
      },
    });
  }
}

customElements.define('dmp-favorites-page', FavoritesPage);
