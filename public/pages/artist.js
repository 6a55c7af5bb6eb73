// `/artist/:slug`: one artist's releases by type, and all tracks as a list.
import { ApiError, configuration, get, remembered } from '../lib/api.js';
import { count, find, html, icon, render } from '../lib/html.js';
import { setPageTitle, toast } from '../lib/browser.js';
import { cover, failure, heart, playReleaseButton, releaseMenuButton } from '../components/cards.js';
import { matchBadge, statusBadge, STATUSES } from '../components/badges.js';
import { openDialog } from '../components/dialog.js';
import { growingList } from '../components/growing-list.js';
import { skeletonRows } from '../components/skeleton-rows.js';
import { tabList, watchTabs } from '../components/tabs.js';
import { TrackTable } from '../components/track-table.js';
import { trackRow } from '../player/player-track.js';

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
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
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
  #stopGrowing = () => {};
  /**
   * All tracks, once asked for.
   * @type {Promise<TrackRow[]> | null}
   */
  #tracks = null;

  connectedCallback() {
    const given = new URLSearchParams(location.search);
    this.#view = given.get('view') === 'list' ? 'list' : 'catalogue';
    this.#type = given.get('type') ?? '';
    this.#status = given.get('status') ?? '';
    this.#text = (given.get('search') ?? '').toLowerCase();
    this.ready = this.#load();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#stopGrowing();
  }

  get #path() {
    return `/api/artists/${encodeURIComponent(this.params.slug)}`;
  }

  async #load() {
    const before = remembered(this.#path, FRESH_MILLISECONDS);
    if (!before) render(this, html`<header class="artist-head"><span class="cover skeleton"></span><div><p class="skeleton line"></p><p class="skeleton line short"></p></div></header>${skeletonRows(8)}`);
    try {
      this.#artist = before ?? await get(this.#path, this.#abort.signal);
      setPageTitle(this.#artist.name);
      await this.#show();
      this.#showAskedRelease();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) {
        setPageTitle('Artist not found');
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
          ${!configuration.streamMode && artist.releases.some(({ localReleaseId }) => localReleaseId) && html`
            <p class="buttons"><button type="button" class="button button-primary" data-play>${icon('play')}Play</button></p>`}
          ${urls.length > 0 && html`<ul class="links" aria-label="Links">${urls.slice(0, LINKS_SHOWN).map(linkItem)}
            ${urls.length > LINKS_SHOWN && html`<li><button type="button" data-links>+${urls.length - LINKS_SHOWN}<span class="visually-hidden"> more links</span></button></li>`}</ul>`}
        </div>
      </header>
      <div class="filters">
        <input type="search" class="field" aria-label="Search tracks" placeholder="Search tracks…" maxlength="200" value="${this.#text}">
        <label class="select"><span class="visually-hidden">Status</span><select class="field"><option value="">All statuses</option>
          ${Object.entries(STATUSES).map(([value, { label }]) => html`<option value="${value}" ${value === this.#status ? html`selected` : ''}>${label}</option>`)}</select></label>
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
    this.querySelector('[data-play]')?.addEventListener('click', () => this.#play());
    find(this, '[data-legend]').addEventListener('click', () => openDialog('Release status', html`
      <dl class="legend">${Object.entries(STATUSES).map(([status, { meaning }]) => html`<div><dt>${statusBadge(status)}</dt><dd>${meaning}</dd></div>`)}</dl>`));
    const search = /** @type {HTMLInputElement} */ (find(this, '.filters > input'));
    search.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => {
        this.#text = search.value.trim().toLowerCase();
        if (this.#text) this.#view = 'list';
        this.#changed();
      }, DEBOUNCE_MILLISECONDS);
    });
    const status = /** @type {HTMLSelectElement} */ (find(this, 'select'));
    status.addEventListener('change', () => {
      this.#status = status.value;
      this.#changed();
    });
    find(this, '.segments').addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('[data-view]');
      if (!(button instanceof HTMLElement)) return;
      this.#view = button.dataset.view ?? this.#view;
      this.#changed();
    });
    return this.#showContent();
  }

  /** The address keeps what is shown. */
  #changed() {
    const query = new URLSearchParams();
    if (this.#view === 'list') query.set('view', 'list');
    else if (this.#type) query.set('type', this.#type);
    if (this.#status) query.set('status', this.#status);
    if (this.#text) query.set('search', this.#text);
    this.router?.replaceQuery(query);
    this.#showContent();
  }

  #showContent() {
    this.#stopGrowing();
    for (const button of this.querySelectorAll('[data-view]')) {
      button.setAttribute('aria-pressed', String(/** @type {HTMLElement} */ (button).dataset.view === this.#view));
    }
    if (this.#view === 'list') return this.#showList();
    this.#showCatalogue();
  }

  /** @param {string} [wanted] Id of a local release that has to be there. */
  #showCatalogue(wanted) {
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
    const tabs = slugs.map(slug => ({ id: slug, label: types.get(slug)?.label ?? '', count: types.get(slug)?.releases.length ?? 0 }));
    render(content, html`
      ${slugs.length > 1 && tabList('Release types', tabs, this.#type, 'releases')}
      <div id="releases" ${slugs.length > 1 ? html`role="tabpanel" aria-labelledby="tab-${this.#type}"` : ''}>
        ${shown.length > 0 && html`<ul class="releases"></ul>`}</div>
      ${!shown.length && html`<div class="message">${icon('disc')}<p>No releases in this category</p></div>`}`);
    const tabBar = content.querySelector('.tabs');
    if (tabBar) {
      watchTabs(tabBar, slug => {
        this.#type = slug;
        this.#changed();
        find(this, `[data-tab="${CSS.escape(slug)}"]`).focus();
      });
    }
    const list = content.querySelector('.releases');
    if (!(list instanceof HTMLElement)) return;
    // `toggle` does not bubble, and rows come later, too.
    list.addEventListener('toggle', ({ target }) => {
      if (target instanceof HTMLDetailsElement && target.open && !target.dataset.shown) this.#showTracks(target);
    }, { capture: true });
    const least = shown.findIndex(({ localReleaseId }) => localReleaseId === wanted) + 1;
    this.#stopGrowing = growingList(list, shown, release => releaseRow(release, this.#artist.slug), `${this.#path} ${this.#type}`, least);
  }

  /** The release that a link has asked for is opened. */
  #showAskedRelease() {
    const id = new URLSearchParams(location.search).get('release');
    const release = id && this.#artist.releases.find(({ localReleaseId }) => localReleaseId === id);
    if (!release) return;
    this.#type = release.typeSlug;
    this.#stopGrowing();
    this.#showCatalogue(id);
    const details = /** @type {HTMLDetailsElement} */ (find(this, `details[data-id="${CSS.escape(id)}"]`));
    details.open = true;
    details.scrollIntoView({ block: 'nearest' });
  }

  async #play() {
    const { player } = await import('../player/player.js');
    try {
      const tracks = await this.#allTracks();
      if (tracks.length) player.playTracks(tracks);
      else toast('This artist has no tracks in the library.');
    } catch (error) {
      if (!this.#abort.signal.aborted) toast(/** @type {Error} */ (error).message, 'error');
    }
  }

  /** For the player, release by release. */
  async #allTracks() {
    const releases = this.#localReleases();
    return (await this.#trackRows()).map(row => this.#playerTrack(row, releases));
  }

  #trackRows() {
    this.#tracks ??= get(`${this.#path}/tracks`, this.#abort.signal).catch(error => {
      this.#tracks = null;
      throw error;
    });
    return this.#tracks;
  }

  #localReleases() {
    return new Map(this.#artist.releases.map(release => [release.localReleaseId, release]));
  }

  /** @param {TrackRow} row @param {Map<string | null, ArtistRelease>} releases */
  #playerTrack(row, releases) {
    const release = releases.get(row.localReleaseId);
    return trackRow(row, release && { ...release, artistSlug: this.#artist.slug });
  }

  /** @param {HTMLDetailsElement} details A release that was opened. */
  async #showTracks(details) {
    const body = find(details, '.release-tracks');
    details.dataset.shown = 'true';
    render(body, skeletonRows(3));
    try {
      /** @type {import('../lib/api.js').ReleaseTracks} */
      const { release, tracks } = await get(`/api/releases/${encodeURIComponent(details.dataset.id ?? '')}/tracks`, this.#abort.signal);
      if (!tracks.length) return render(body, html`<p class="faint">No local tracks available</p>`);
      const table = new TrackTable();
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
    if (!content.querySelector('dmp-track-table')) render(content, skeletonRows(10));
    try {
      const rows = await this.#trackRows();
      if (this.#view !== 'list' || !this.isConnected) return;
      const releases = this.#localReleases();
      const shown = rows.flatMap(row => {
        const release = releases.get(row.localReleaseId);
        const isWanted = (!this.#status || release?.status === this.#status)
          && (!this.#text || [row.title, row.artist, row.album].some(text => text?.toLowerCase().includes(this.#text)));
        return isWanted ? [{
          track: this.#playerTrack(row, releases), number: row.trackNumber, disc: row.discNumber, note: release ? statusBadge(release.status) : '',
        }] : [];
      });
      if (!shown.length) {
        render(content, html`<div class="message">${icon('search')}<p>No tracks found</p>${(this.#text || this.#status) && html`<p>Try another text or status.</p>`}</div>`);
        return;
      }
      const table = content.querySelector('dmp-track-table') ?? new TrackTable();
      if (!(table instanceof TrackTable)) return;
      table.withAlbum = true;
      if (!table.isConnected) content.replaceChildren(table);
      table.rows = shown;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      render(content, failure(error));
      find(content, '[data-retry]').addEventListener('click', () => this.#showList());
    }
  }
}

/** @param {ArtistRelease} release @param {string} artistSlug */
function releaseRow(release, artistSlug) {
  const { localReleaseId, title } = release;
  const facts = [
    release.year, release.trackCount ? count(release.trackCount, 'track') : null,
    release.localTrackCount && release.localTrackCount !== release.trackCount ? `${release.localTrackCount} local` : null,
    // Of several copies of one release the first bears its id.
    release.isMusicBrainz && localReleaseId === release.id ? 'another copy' : null,
  ];
  const head = html`${cover('releases', release, title)}
    <span class="release-text"><b>${title}</b><small>${facts.filter(Boolean).join(' · ')}</small></span>${statusBadge(release.status)}`;
  const like = heart('releases', localReleaseId ?? release.id, title);
  if (localReleaseId === null) {
    return html`<li class="release missing"><div class="release-head">${head}</div><div class="release-actions">${like}</div></li>`;
  }
  return html`
    <li class="release">
      ${playReleaseButton(localReleaseId, title, 'release-play')}
      <details data-id="${localReleaseId}"><summary class="release-head">${head}${icon('chevron')}</summary>
        <div class="release-tracks"></div></details>
      <div class="release-actions">${like}${releaseMenuButton(localReleaseId, title, artistSlug)}</div></li>`;
}

/** @param {import('../lib/api.js').ArtistLink} link */
function linkItem({ type, url }) {
  // A link comes from outside: only what a browser opens as a page.
  if (!/^https?:\/\//i.test(url)) return '';
  return html`<li><a href="${url}" target="_blank" rel="noopener noreferrer">${icon('link')}<span>${type}</span></a></li>`;
}

customElements.define('dmp-artist-page', ArtistPage);
