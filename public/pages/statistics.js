// `/statistics`: what the library holds and how well it is known.
import { get, remembered } from '../lib/api.js';
import { find, formatDate, formatDays, html, icon, render } from '../lib/html.js';
import { failure } from '../components/cards.js';

const PATH = '/api/stats';

class StatisticsPage extends HTMLElement {
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  #abort = new AbortController();

  connectedCallback() {
    render(this, html`
      <header class="page-head"><h1>${icon('chart')} Statistics</h1><p class="faint" data-scan></p></header>
      <div data-figures></div>`);
    this.ready = this.#load();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  async #load() {
    const figures = find(this, '[data-figures]');
    const before = remembered(PATH);
    if (before) this.#show(before);
    else render(figures, html`<div class="tiles" role="img" aria-label="Loading">${Array.from({ length: 8 }, () => html`<div class="tile skeleton"></div>`)}</div>`);
    try {
      this.#show(await get(PATH, this.#abort.signal));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      render(figures, failure(error));
      find(figures, '[data-retry]').addEventListener('click', () => this.#load());
    }
  }

  /** @param {import('../lib/api.js').Statistics} statistics */
  #show(statistics) {
    const scanned = statistics.lastScanEndedAt ?? statistics.lastScanStartedAt;
    find(this, '[data-scan]').textContent = `Last scanned: ${scanned ? formatDate(scanned) : 'never'}`;
    const { artists, releases, tracks, genres, plays, playtime } = statistics;
    render(find(this, '[data-figures]'), html`
      ${section('Library', [
        tile('Artists', artists), tile('Releases', releases), tile('Tracks', tracks), tile('Genres', genres)])}
      ${section('Playback', [tile('Total plays', plays), tile('Total playtime', formatDays(playtime))])}
      ${section('MusicBrainz', [
        share('Artists synced', statistics.artistsSyncedWithMusicbrainz, artists), share('Releases synced', statistics.releasesSyncedWithMusicbrainz, releases)])}
      ${section('Pictures', [
        share('Artists with a photo', statistics.artistsWithCoverArt, artists), share('Releases with a cover', statistics.releasesWithCoverArt, releases)])}`);
  }
}

/** @param {string} title @param {import('../lib/html.js').Markup[]} tiles */
const section = (title, tiles) => html`<section class="figures"><h2>${title}</h2><dl class="tiles">${tiles}</dl></section>`;

/** @param {string} label @param {number | string} value */
const tile = (label, value) => html`
  <div class="tile"><dt>${label}</dt><dd>${typeof value === 'number' ? value.toLocaleString('en') : value}</dd></div>`;

/** @param {string} label @param {number} part @param {number} whole */
const share = (label, part, whole) => html`
  <div class="tile"><dt>${label}</dt><dd>${part.toLocaleString('en')} <small>of ${whole.toLocaleString('en')}</small>
    <progress max="${Math.max(whole, 1)}" value="${Math.min(part, whole)}" aria-label="${label}"></progress></dd></div>`;

customElements.define('dmp-statistics-page', StatisticsPage);
