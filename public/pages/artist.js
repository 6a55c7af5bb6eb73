// `/artist/:slug`: one artist's releases by type, and all tracks as a list.
import { ApiError, get, remembered } from '../lib/api.js';
import { count } from '../lib/format.js';
import { find, html, render } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { setPageTitle } from '../lib/title.js';
import { cover } from '../components/cover.js';
import { failure } from '../components/failure.js';
import { matchBadge, statusBadge, STATUSES } from '../components/badges.js';
import { openDialog } from '../components/dialog.js';
import { playReleaseButton } from '../components/release-card.js';
import '../components/track-table.js';
import { trackRow } from '../player/player-track.js';

/** @typedef {import('../components/track-table.js').TrackTable} TrackTable */
/** @typedef {import('../lib/api.js').ArtistRelease} ArtistRelease */
/** @typedef {import('../lib/api.js').TrackRow} TrackRow */

const GENRES_SHOWN = 5;
const LINKS_SHOWN = 5;
const DEBOUNCE_MILLISECONDS = 300;
/** So long an artist is shown again without being asked for. */
const FRESH_MILLISECONDS = 5 * 60_000;
/** These come last among the tabs. */
const LAST_TYPES = ['unmatched', 'appears-on'];

class ArtistPage extends HTMLElement {
  /** @type {Record<string, string>} */
  params = {};
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  #abort = new AbortController();
  /** @type {import('../lib/api.js').Artist} */
  #artist = /** @type {any} */ (null);
  #type = '';
  #status = '';
  #text = '';
  #view = 'catalogue';
  #timer = 0;
  /**
   * All tracks, once asked for.
   * @type {Promise<TrackRow[]> | null}
   */
  #tracks = null;

  connectedCallback() {
    this.ready = this.#load();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #load() {
    const path = `/api/artists/${encodeURIComponent(this.params.slug)}`;
    const before = remembered(path, FRESH_MILLISECONDS);
    if (!before) render(this, html`<p class="loading"><span class="spinner large" role="img" aria-label="Loading"></span></p>`);
    try {
      this.#artist = before ?? await get(path, this.#abort.signal);
      setPageTitle(this.#artist.name);
      this.#show();
      this.#showAskedRelease();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) {
        render(this, html`<div class="message big">${icon('disc')}<h1>Artist not found</h1><p>There is no artist at this address in the library.</p>
          <a class="button button-primary" href="/browse">Browse all artists</a></div>`);
      } else {
        render(this, failure(error));
        find(this, '[data-retry]').addEventListener('click', () => this.#load());
      }
    }
  }

  #show() {
    const artist = this.#artist;
    const { genres, urls } = artist;
    render(this, html`
      <header class="artist-head">
        ${cover('artists', artist, artist.name)}
        <div>
          <h1>${artist.name}</h1>
          ${genres.length > 0 && html`<ul class="chips" aria-label="Genres">
            ${genres.slice(0, GENRES_SHOWN).map(genre => html`<li><a href="/browse?genre=${encodeURIComponent(genre.name)}">${genre.name}</a></li>`)}
            ${genres.length > GENRES_SHOWN && html`<li><button type="button" data-genres>+${genres.length - GENRES_SHOWN} more</button></li>`}</ul>`}
          <p class="facts"><span>${count(artist.totalTracks, 'track')} · ${count(artist.totalPlayCount, 'play')}</span> ${matchBadge(artist.averageMatchScore)}</p>
          ${urls.length > 0 && html`<ul class="links" aria-label="Links">${urls.slice(0, LINKS_SHOWN).map(linkItem)}
            ${urls.length > LINKS_SHOWN && html`<li><button type="button" data-links>+${urls.length - LINKS_SHOWN}<span class="visually-hidden"> more links</span></button></li>`}</ul>`}
        </div>
      </header>
      <div class="filters">
        <input type="search" class="field" aria-label="Search tracks" placeholder="Search tracks…" maxlength="200">
        <label class="select"><span class="visually-hidden">Status</span><select class="field"><option value="">All statuses</option>
          ${Object.entries(STATUSES).map(([value, { label }]) => html`<option value="${value}">${label}</option>`)}</select></label>
        <button type="button" class="icon-button" data-legend aria-label="What do the statuses mean?">${icon('help')}</button>
        <div class="segments" role="group" aria-label="View">
          <button type="button" data-view="catalogue">${icon('disc')}<span>Catalogue</span></button>
          <button type="button" data-view="list">${icon('list')}<span>List</span></button>
        </div>
      </div>
      <div data-content></div>`);
    this.querySelector('[data-genres]')?.addEventListener('click', () => openDialog('Genres', html`<ul class="chips">${genres.map(
      genre => html`<li><a href="/browse?genre=${encodeURIComponent(genre.name)}">${genre.name}</a></li>`)}</ul>`));
    this.querySelector('[data-links]')?.addEventListener('click', () => openDialog('Links', html`<ul class="link-list">${urls.map(linkItem)}</ul>`));
    find(this, '[data-legend]').addEventListener('click', () => openDialog('Release status', html`
      <dl class="legend">${Object.entries(STATUSES).map(([status, { meaning }]) => html`<div><dt>${statusBadge(status)}</dt><dd>${meaning}</dd></div>`)}</dl>`));
    const search = /** @type {HTMLInputElement} */ (find(this, '.filters > input'));
    search.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => {
        this.#text = search.value.trim().toLowerCase();
        if (this.#text) this.#view = 'list';
        this.#showContent();
      }, DEBOUNCE_MILLISECONDS);
    });
    const status = /** @type {HTMLSelectElement} */ (find(this, 'select'));
    status.addEventListener('change', () => {
      this.#status = status.value;
      this.#showContent();
    });
    find(this, '.segments').addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('[data-view]');
      if (!(button instanceof HTMLElement)) return;
      this.#view = button.dataset.view ?? this.#view;
      this.#showContent();
    });
    this.#showContent();
  }

  #showContent() {
    for (const button of this.querySelectorAll('[data-view]')) {
      button.setAttribute('aria-pressed', String(/** @type {HTMLElement} */ (button).dataset.view === this.#view));
    }
    if (this.#view === 'list') this.#showList();
    else this.#showCatalogue();
  }

  #showCatalogue() {
    const content = find(this, '[data-content]');
    /** @type {Map<string, { label: string, releases: ArtistRelease[] }>} */
    const types = new Map();
    for (const release of this.#artist.releases) {
      if (this.#status && release.status !== this.#status) continue;
      if (!types.has(release.typeSlug)) types.set(release.typeSlug, { label: release.type, releases: [] });
      types.get(release.typeSlug)?.releases.push(release);
    }
    const slugs = [...types.keys()].sort((a, b) => LAST_TYPES.indexOf(a) - LAST_TYPES.indexOf(b));
    if (!types.has(this.#type)) this.#type = slugs[0] ?? '';
    const shown = types.get(this.#type)?.releases ?? [];
    render(content, html`
      ${slugs.length > 1 && html`<div class="tabs" role="tablist" aria-label="Release types">${slugs.map(slug => html`
        <button type="button" role="tab" id="tab-${slug}" aria-controls="releases" aria-selected="${slug === this.#type}" tabindex="${slug === this.#type ? 0 : -1}"
          data-type="${slug}">${types.get(slug)?.label} <small>${types.get(slug)?.releases.length}</small></button>`)}</div>`}
      <div id="releases" ${slugs.length > 1 ? html`role="tabpanel" aria-labelledby="tab-${this.#type}"` : ''}>
        ${shown.length > 0 && html`<ul class="releases">${shown.map(releaseRow)}</ul>`}</div>
      ${!shown.length && html`<div class="message">${icon('disc')}<p>No releases in this category</p></div>`}`);
    const tabs = content.querySelector('.tabs');
    tabs?.addEventListener('click', event => {
      const tab = /** @type {Element} */ (event.target).closest('[data-type]');
      if (tab instanceof HTMLElement) this.#selectType(tab.dataset.type ?? '');
    });
    tabs?.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[/** @type {KeyboardEvent} */ (event).key];
      if (!step) return;
      event.preventDefault();
      this.#selectType(slugs[(slugs.indexOf(this.#type) + step + slugs.length) % slugs.length]);
    });
    for (const details of content.querySelectorAll('details')) {
      details.addEventListener('toggle', () => details.open && this.#showTracks(details), { once: true });
    }
  }

  /** The release that a link has asked for is opened. */
  #showAskedRelease() {
    const id = new URLSearchParams(location.search).get('release');
    const release = id && this.#artist.releases.find(({ localReleaseId }) => localReleaseId === id);
    if (!release) return;
    this.#type = release.typeSlug;
    this.#showCatalogue();
    const details = /** @type {HTMLDetailsElement} */ (find(this, `details[data-id="${CSS.escape(id)}"]`));
    details.open = true;
    details.scrollIntoView({ block: 'nearest' });
  }

  /** @param {string} slug */
  #selectType(slug) {
    this.#type = slug;
    this.#showCatalogue();
    find(this, `[data-type="${slug}"]`).focus();
  }

  /** @param {HTMLDetailsElement} details A release that was opened. */
  async #showTracks(details) {
    const body = find(details, '.release-tracks');
    render(body, html`<p class="faint">Loading tracks…</p>`);
    try {
      /** @type {import('../lib/api.js').ReleaseTracks} */
      const { release, tracks } = await get(`/api/releases/${encodeURIComponent(details.dataset.id ?? '')}/tracks`, this.#abort.signal);
      if (!tracks.length) return render(body, html`<p class="faint">No local tracks available</p>`);
      const table = /** @type {TrackTable} */ (document.createElement('dmp-track-table'));
      body.replaceChildren(table);
      table.rows = tracks.map(row => ({ track: trackRow(row, release), number: row.trackNumber, disc: row.discNumber }));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      render(body, failure(error));
      find(body, '[data-retry]').addEventListener('click', () => this.#showTracks(details));
    }
  }

  async #showList() {
    const content = find(this, '[data-content]');
    if (!content.querySelector('dmp-track-table')) render(content, html`<p class="faint">Loading all tracks…</p>`);
    this.#tracks ??= get(`/api/artists/${encodeURIComponent(this.params.slug)}/tracks`, this.#abort.signal);
    try {
      const rows = await this.#tracks;
      if (this.#view !== 'list' || !this.isConnected) return;
      const releases = new Map(this.#artist.releases.map(release => [release.localReleaseId, release]));
      const shown = rows.flatMap(row => {
        const release = releases.get(row.localReleaseId);
        const isWanted = (!this.#status || release?.status === this.#status)
          && (!this.#text || [row.title, row.artist, row.album].some(text => text?.toLowerCase().includes(this.#text)));
        return isWanted ? [{
          track: trackRow(row, release && { ...release, artistSlug: this.#artist.slug }),
          number: row.trackNumber, disc: row.discNumber, note: release ? statusBadge(release.status) : '', showAlbum: true,
        }] : [];
      });
      if (!shown.length) return render(content, html`<div class="message">${icon('search')}<p>No tracks found</p></div>`);
      const table = /** @type {TrackTable} */ (content.querySelector('dmp-track-table') ?? document.createElement('dmp-track-table'));
      if (!table.isConnected) content.replaceChildren(table);
      table.rows = shown;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#tracks = null;
      render(content, failure(error));
      find(content, '[data-retry]').addEventListener('click', () => this.#showList());
    }
  }
}

/** @param {ArtistRelease} release */
function releaseRow(release) {
  const title = html`
    <span class="release-text"><b>${release.title}</b><small>${[
      release.year, release.trackCount ? count(release.trackCount, 'track') : null,
      release.localTrackCount && release.localTrackCount !== release.trackCount ? `${release.localTrackCount} local` : null,
    ].filter(Boolean).join(' · ')}</small></span>${statusBadge(release.status)}`;
  const { localReleaseId } = release;
  if (localReleaseId === null) {
    return html`<li class="release missing"><div class="release-head">${cover('releases', release, release.title)}${title}</div></li>`;
  }
  return html`
    <li class="release">
      ${playReleaseButton(localReleaseId, release.title, 'release-play')}
      <details data-id="${localReleaseId}"><summary class="release-head">${cover('releases', release, release.title)}${title}${icon('chevron')}</summary>
        <div class="release-tracks"></div></details></li>`;
}

/** @param {import('../lib/api.js').ArtistLink} link */
function linkItem({ type, url }) {
  // A link comes from outside: only what a browser opens as a page.
  if (!/^https?:\/\//i.test(url)) return '';
  return html`<li><a href="${url}" target="_blank" rel="noopener noreferrer">${icon('link')}<span>${type}</span></a></li>`;
}

customElements.define('dmp-artist-page', ArtistPage);
