// `/playlists/:slug`: one playlist, to play and to arrange. Changes show at once and are told to the server one after the other.
import { ApiError, get, post, remembered, send } from '../lib/api.js';
import { count, find, formatTime, html, icon, render } from '../lib/html.js';
import { setPageTitle, toast } from '../lib/browser.js';
import { confirmed } from '../components/dialog.js';
import { failure } from '../components/cards.js';
import { mosaic } from '../components/mosaic.js';
import { openPlaylistForm } from '../components/playlist-form.js';
import { skeletonRows } from '../components/skeleton-rows.js';
import { TrackTable } from '../components/track-table.js';
import { nestedTrack } from '../player/player-track.js';
import { Changes } from './playlist-changes.js';

/** @typedef {import('../lib/api.js').Playlist} Playlist */

class PlaylistPage extends HTMLElement {
  /** @type {Record<string, string>} */
  params = {};
  /** @type {import('../lib/browser.js').Router | undefined} */
  router;
  /** @type {Promise<unknown>} */
  ready = Promise.resolve();
  #abort = new AbortController();
  /** @type {Playlist} */
  #playlist = /** @type {any} */ (null);
  #changes = new Changes(error => this.#refused(error));
  /** How often it was changed here. */
  #edits = 0;

  connectedCallback() {
    this.ready = this.#load();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #path() {
    return `/api/playlists/${encodeURIComponent(this.params.slug)}`;
  }

  async #load() {
    const before = remembered(this.#path);
    if (before) this.#show(before);
    else render(this, html`<header class="list-head"><span class="cover skeleton"></span><div><p class="skeleton line short"></p><p class="skeleton line"></p></div></header>${skeletonRows(8)}`);
    const edits = this.#edits;
    try {
      const playlist = await get(this.#path, this.#abort.signal);
      // Meanwhile it was changed here: the answer is older.
      if (edits !== this.#edits) return;
      if (JSON.stringify(playlist) !== JSON.stringify(before)) this.#show(playlist);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) {
        setPageTitle('Playlist not found');
        render(this, html`<div class="message big">${icon('playlist')}<h1>Playlist not found</h1><p>It may have been deleted or renamed.</p>
          <a class="button button-primary" href="/playlists">All playlists</a></div>`);
      } else {
        render(this, failure(error));
        find(this, '[data-retry]').addEventListener('click', () => this.#load());
      }
    }
  }

  /** @param {Playlist} playlist */
  #show(playlist) {
    // Its own copy: the one that is remembered stays as it came.
    this.#playlist = { ...playlist, tracks: [...playlist.tracks] };
    const { name, description } = playlist;
    setPageTitle(name);
    render(this, html`
      <header class="list-head">
        <div data-mosaic></div>
        <div>
          <p class="kind">Playlist</p>
          <h1>${name}</h1>
          ${description && html`<p class="description">${description}</p>`}
          <p class="facts" data-facts></p>
          <p class="buttons">
            <button type="button" class="button button-primary" data-do="play">${icon('play')}Play all</button>
            <button type="button" class="button" data-do="edit">${icon('edit')}Edit</button>
            <button type="button" class="button button-danger" data-do="delete">${icon('trash')}Delete</button>
          </p>
        </div>
      </header>
      <div data-tracks></div>`);
    const actions = /** @type {Record<string, () => unknown>} */ ({ play: () => this.#play(), edit: () => this.#edit(), delete: () => this.#delete() });
    find(this, '.buttons').addEventListener('click', event => {
      const button = /** @type {Element} */ (event.target).closest('[data-do]');
      if (button instanceof HTMLElement) actions[button.dataset.do ?? '']?.();
    });
    this.#showHead();
    this.#showTracks();
  }

  #showHead() {
    const { tracks } = this.#playlist;
    const seconds = tracks.reduce((sum, { track }) => sum + (track.duration ?? 0), 0);
    find(this, '[data-facts]').textContent = tracks.length ? `${count(tracks.length, 'track')} · ${formatTime(seconds)}` : count(0, 'track');
    find(this, '[data-do="play"]').hidden = !tracks.length;
    const pictures = tracks.slice(0, 40).flatMap(({ track }) => track.release ?? []);
    render(find(this, '[data-mosaic]'), mosaic(pictures));
  }

  #showTracks() {
    const place = find(this, '[data-tracks]');
    if (!this.#playlist.tracks.length) {
      render(place, html`<div class="message">${icon('music')}<p>No tracks in this playlist yet</p>
        <p>Find some, and choose “Add to playlist” in their ${icon('more')} menu.</p><a class="button" href="/browse">Browse the library</a></div>`);
      return;
    }
    const table = place.querySelector('dmp-track-table') ?? new TrackTable();
    if (!(table instanceof TrackTable)) return;
    table.withCovers = table.withAlbum = true;
    table.editing = {
      move: (from, to) => this.#move(from, to),
      remove: index => this.#remove(index),
      removeLabel: 'Remove from this playlist',
    };
    if (!table.isConnected) place.replaceChildren(table);
    table.rows = this.#playlist.tracks.map(({ track }) => ({ track: nestedTrack(track) }));
  }

  async #play() {
    const { player } = await import('../player/player.js');
    player.playTracks(this.#playlist.tracks.map(({ track }) => nestedTrack(track)));
  }

  #edit() {
    const { name, description } = this.#playlist;
    openPlaylistForm({
      heading: 'Edit playlist', action: 'Save', busy: 'Saving…', name, description,
      save: async values => {
        await this.#changes.settled;
        const { playlist } = await send('PATCH', this.#path, values);
        this.params = { slug: playlist.slug };
        // The address follows the name; the page stays.
        this.router?.replaceAddress(`/playlists/${encodeURIComponent(playlist.slug)}`);
        if (this.isConnected) this.#show({ ...this.#playlist, ...playlist });
      },
    });
  }

  async #delete() {
    const { name, tracks } = this.#playlist;
    const text = `“${name}”${tracks.length ? ` and its list of ${count(tracks.length, 'track')}` : ''} will be gone. The music itself stays in the library.`;
    if (!(await confirmed('Delete this playlist?', text, 'Delete'))) return;
    try {
      await send('DELETE', this.#path);
      toast(`“${name}” was deleted.`);
      this.router?.go('/playlists', { replace: true });
    } catch (error) {
      toast(/** @type {Error} */ (error).message, 'error');
    }
  }

  // Arranging

  /** @param {number} from @param {number} to The table shows it already. */
  #move(from, to) {
    this.#edits += 1;
    const { tracks } = this.#playlist;
    const [entry] = tracks.splice(from, 1);
    tracks.splice(to, 0, entry);
    this.#showHead();
    this.#tellPlace(entry.track.id, to);
  }

  /** @param {string} trackId @param {number} position */
  #tellPlace(trackId, position) {
    // Several steps of the same track are one for the server.
    this.#changes.add(() => send('PATCH', `${this.#path}/tracks/${encodeURIComponent(trackId)}`, { position }), `move ${trackId}`);
  }

  /** @param {number} index The table shows it already. */
  #remove(index) {
    this.#edits += 1;
    const [entry] = this.#playlist.tracks.splice(index, 1);
    const { id, title } = entry.track;
    this.#showHead();
    if (!this.#playlist.tracks.length) this.#showTracks();
    this.#changes.add(() => send('DELETE', `${this.#path}/tracks/${encodeURIComponent(id)}`));
    toast(`“${title ?? 'Unknown'}” was removed.`, 'info', { label: 'Undo', run: () => this.#putBack(entry, index) });
  }

  /** @param {Playlist['tracks'][number]} entry @param {number} index */
  #putBack(entry, index) {
    const { tracks } = this.#playlist;
    this.#edits += 1;
    const place = Math.min(index, tracks.length);
    tracks.splice(place, 0, entry);
    this.#changes.add(() => post(`${this.#path}/tracks`, { trackId: entry.track.id }));
    if (place < tracks.length - 1) this.#tellPlace(entry.track.id, place);
    if (!this.isConnected) return;
    this.#showHead();
    this.#showTracks();
    /** @type {TrackTable} */ (find(this, 'dmp-track-table')).focusRow(place);
  }

  /**
   * The server did not take a change: what it has is shown again.
   * @param {Error} error
   */
  #refused(error) {
    toast(error.message, 'error');
    if (this.isConnected) this.#load();
  }
}

customElements.define('dmp-playlist-page', PlaylistPage);
