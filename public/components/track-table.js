// Tracks in rows; playing one queues them all. In a playlist they can be moved and removed. All rows have one height: of a very long list
// only what is near the window is in the page.
import { configuration } from '../lib/api.js';
import { count, find, formatTime, html, icon, render } from '../lib/html.js';
import { cover, heart } from './cards.js';

/** @typedef {import('../player/queue.js').PlayerTrack} PlayerTrack */
/** @typedef {import('./menu.js').MenuItem} MenuItem */

/**
 * @typedef {object} TableTrack
 * @property {PlayerTrack} track
 * @property {number | null} [number] On its release; its place in this list by default.
 * @property {number | null} [disc]
 * @property {import('../lib/html.js').Markup | string} [note] Status, in a column of its own.
 */

/**
 * What one may do with the rows of this list.
 * @typedef {object} TableEditing
 * @property {(from: number, to: number) => unknown} [move] The row has been moved already.
 * @property {(index: number) => unknown} remove
 * @property {string} removeLabel
 */

/** That of the rows, as the styles have it. */
const ROW_HEIGHT = 56;
/** Longer lists are in the page in part only: what the window shows, and so many rows above and below. */
const WHOLE = 300;
const MARGIN_ROWS = 30;
/** So near to the window's edge a dragged row scrolls the page. */
const SCROLL_ZONE = 90;
const SCROLL_STEP = 14;

class TrackTable extends HTMLElement {
  /** @type {TableTrack[]} */
  #rows = [];
  /** Each row with its cover; its artist and release are links. For tracks of several releases. */
  withCovers = false;
  withAlbum = false;
  /** @type {TableEditing | null} */
  editing = null;
  /** What of the rows is in the page: from the first to before the last. */
  #first = 0;
  #last = 0;
  #discs = false;
  #withNote = false;
  #frame = 0;
  /** @type {{ from: number, to: number, y: number, timer: number } | null} */
  #drag = null;
  #unwatch = new AbortController();

  connectedCallback() {
    this.#unwatch = new AbortController();
    const { signal } = this.#unwatch;
    for (const type of ['scroll', 'resize']) addEventListener(type, () => this.#fillSoon(), { signal, passive: true });
    if (configuration.streamMode) return;
    this.addEventListener('click', event => this.#clicked(/** @type {PointerEvent} */ (event)), { signal });
    this.addEventListener('dblclick', event => {
      const target = /** @type {Element} */ (event.target);
      const index = rowIndex(target);
      if (index !== null && !target.closest('button, a')) this.#play(index);
    }, { signal });
    this.addEventListener('keydown', event => this.#key(event), { signal });
    this.addEventListener('pointerdown', event => this.#grab(event), { signal });
    this.addEventListener('pointermove', event => this.#dragTo(event.clientY), { signal });
    this.addEventListener('pointerup', () => this.#drop(true), { signal });
    this.addEventListener('pointercancel', () => this.#drop(false), { signal });
  }

  disconnectedCallback() {
    this.#unwatch.abort();
    cancelAnimationFrame(this.#frame);
    this.#drop(false);
  }

  get rows() {
    return this.#rows;
  }

  /** @param {TableTrack[]} rows */
  set rows(rows) {
    this.#rows = rows;
    this.#discs = new Set(rows.map(row => row.disc ?? 1)).size > 1;
    this.#withNote = rows.some(row => row.note);
    const canPlay = !configuration.streamMode;
    const canMove = this.editing?.move;
    render(this, html`
      <table class="tracks ${this.withCovers ? 'with-covers' : ''} ${this.editing ? 'editable' : ''}" aria-rowcount="${rows.length + 1}">
        <thead><tr aria-rowindex="1">
          ${canMove && html`<th scope="col" class="grip"><span class="visually-hidden">Move</span></th>`}
          <th scope="col" class="number">#</th>
          ${this.withCovers && html`<th scope="col" class="thumb"><span class="visually-hidden">Play</span></th>`}
          <th scope="col">Title</th>
          ${this.withAlbum && html`<th scope="col" class="album">Release</th>`}
          ${this.#withNote && html`<th scope="col" class="note">Status</th>`}
          ${canPlay && html`<th scope="col" class="like"><span class="visually-hidden">Favorite</span></th>`}
          <th scope="col" class="length">Length</th>
          ${canPlay && html`<th scope="col" class="actions"><span class="visually-hidden">More</span></th>`}
        </tr></thead>
        <tbody></tbody>
      </table>
      ${canMove && html`<p class="visually-hidden" role="status"></p>`}`);
    this.#first = this.#last = 0;
    this.#fill();
  }

  // What is in the page

  #fillSoon() {
    if (this.#rows.length <= WHOLE) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#fill());
  }

  #fill() {
    const body = this.querySelector('tbody');
    if (!body) return;
    const length = this.#rows.length;
    let first = 0, last = length;
    if (length > WHOLE) {
      const top = body.getBoundingClientRect().top;
      // By tens, so that not every step of a wheel changes the page.
      first = Math.min(Math.max(Math.floor(-top / ROW_HEIGHT / 10) * 10 - MARGIN_ROWS, 0), Math.max(length - MARGIN_ROWS, 0));
      last = Math.min(first + Math.ceil(innerHeight / ROW_HEIGHT / 10) * 10 + 2 * MARGIN_ROWS + 10, length);
    }
    if (first === this.#first && last === this.#last) return;
    const rows = () => body.querySelectorAll('tr[data-index]');
    const markup = (/** @type {number} */ from, /** @type {number} */ to) =>
      this.#rows.slice(from, to).map((row, at) => String(this.#row(row, from + at))).join('');
    if (first >= this.#last || last <= this.#first) {
      body.innerHTML = markup(first, last);
    } else {
      // What stays keeps its focus and its pictures.
      for (const row of rows()) {
        const index = Number(/** @type {HTMLElement} */ (row).dataset.index);
        if (index < first || index >= last) row.remove();
      }
      for (const space of body.querySelectorAll('.space')) space.remove();
      if (first < this.#first) body.insertAdjacentHTML('afterbegin', markup(first, this.#first));
      if (last > this.#last) body.insertAdjacentHTML('beforeend', markup(this.#last, last));
    }
    this.#first = first;
    this.#last = last;
    for (const [where, number] of /** @type {const} */ ([['afterbegin', first], ['beforeend', length - last]])) {
      if (!number) continue;
      body.insertAdjacentHTML(where, '<tr class="space" aria-hidden="true"><td></td></tr>');
      const space = /** @type {HTMLElement} */ (where === 'afterbegin' ? body.firstElementChild : body.lastElementChild);
      space.style.setProperty('height', `${number * ROW_HEIGHT}px`);
    }
  }

  /** @param {TableTrack} row @param {number} index */
  #row({ track, number, disc, note }, index) {
    const place = number === null || number === undefined ? String(index + 1) : this.#discs ? `${disc ?? 1}-${number}` : String(number);
    const artistLink = this.withCovers && track.artistSlug ? `/artist/${encodeURIComponent(track.artistSlug)}` : '';
    const releaseLink = artistLink && track.localReleaseId ? `${artistLink}?release=${encodeURIComponent(track.localReleaseId)}` : '';
    const canPlay = !configuration.streamMode;
    const picture = this.withCovers && cover('releases', { image: track.releaseImage, imageUrl: track.releaseImageUrl }, track.album);
    const play = (/** @type {unknown} */ content) => html`
      <button type="button" class="row-play" data-title="${track.title}" aria-label="Play ${track.title}">${content}
        <span class="when-paused">${icon('play')}</span><span class="when-playing">${icon('pause')}</span></button>`;
    return html`
      <tr data-track="${track.id}" data-index="${index}" aria-rowindex="${index + 2}">
        ${this.editing?.move && html`<td class="grip"><button type="button" data-grip aria-label="Move ${track.title}, ${index + 1} of ${this.#rows.length}. Use the arrow keys.">${icon('grip')}</button></td>`}
        <td class="number">${canPlay && !this.withCovers ? play(html`<span class="row-number" aria-hidden="true">${place}</span>`) : html`<span>${place}</span>`}</td>
        ${this.withCovers && html`<td class="thumb">${canPlay ? play(picture) : picture}</td>`}
        <td class="title"><span title="${track.title}">${track.title}</span><small>${artistLink ? html`<a href="${artistLink}">${track.artist}</a>` : track.artist}${
          this.withAlbum && html`<span class="with-album"> • ${track.album}</span>`}</small></td>
        ${this.withAlbum && html`<td class="album">${releaseLink ? html`<a href="${releaseLink}">${track.album}</a>` : track.album}</td>`}
        ${this.#withNote && html`<td class="note">${note}</td>`}
        ${canPlay && html`<td class="like">${heart('tracks', track.id, track.title)}</td>`}
        <td class="length">${formatTime(track.duration || null, '--:--')}</td>
        ${canPlay && html`<td class="actions"><button type="button" class="icon-button more-button" data-track-menu aria-haspopup="menu" aria-expanded="false"
          aria-label="More: ${track.title}">${icon('more')}</button></td>`}
      </tr>`;
  }

  // What its buttons do

  /** @param {PointerEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const index = rowIndex(target);
    if (index === null) return;
    const button = target.closest('button');
    // A finger takes the whole row; a mouse may mark text, and double-clicks.
    if (button ? button.classList.contains('row-play') : event.pointerType === 'touch' && !target.closest('a')) this.#play(index);
    else if (button?.hasAttribute('data-track-menu')) this.#openMenu(button, index);
  }

  /** @param {number} index */
  async #play(index) {
    const { player } = await import('../player/player.js');
    const wanted = this.#rows[index]?.track;
    if (wanted && player.track?.id === wanted.id) player.toggle();
    else if (wanted) player.playTracks(this.#rows.map(row => row.track), index);
  }

  /** @param {HTMLElement} button @param {number} index */
  async #openMenu(button, index) {
    const { openTrackMenu } = await import('./item-menu.js');
    const { editing } = this;
    const last = this.#rows.length - 1;
    const canMove = editing?.move && last > 0;
    openTrackMenu(button, this.#rows[index].track, () => this.#play(index), [
      !!canMove && index > 0 && { label: 'Move up', icon: 'up', run: () => this.#move(index, index - 1) },
      !!canMove && index < last && { label: 'Move down', icon: 'down', run: () => this.#move(index, index + 1) },
      !!canMove && index > 1 && { label: 'Move to the top', icon: 'up', run: () => this.#move(index, 0) },
      !!canMove && index < last - 1 && { label: 'Move to the end', icon: 'down', run: () => this.#move(index, last) },
      !!editing && { label: editing.removeLabel, icon: 'trash', isDanger: true, run: () => this.#remove(index) },
    ]);
  }

  /** @param {number} index */
  #remove(index) {
    const rows = [...this.#rows];
    rows.splice(index, 1);
    this.rows = rows;
    this.focusRow(Math.min(index, rows.length - 1));
    this.editing?.remove(index);
  }

  /**
   * The keyboard goes on from this row.
   * @param {number} index
   * @param {string} [button]
   */
  focusRow(index, button = '.row-play') {
    if (!(index in this.#rows)) return;
    this.#scrollTo(index);
    this.#fill();
    const element = this.querySelector(`tr[data-index="${index}"] ${button}`);
    if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  }

  /** @param {number} index */
  #scrollTo(index) {
    const top = find(this, 'tbody').getBoundingClientRect().top + index * ROW_HEIGHT;
    const style = getComputedStyle(document.documentElement);
    const [above, below] = [style.scrollPaddingTop, style.scrollPaddingBottom].map(text => parseFloat(text) || 0);
    if (top < above) scrollBy(0, top - above);
    else if (top + ROW_HEIGHT > innerHeight - below) scrollBy(0, top + ROW_HEIGHT - innerHeight + below);
  }

  // Moving a row

  /** @param {number} from @param {number} to */
  #move(from, to) {
    if (from === to || !(to in this.#rows)) return;
    const rows = [...this.#rows];
    const [row] = rows.splice(from, 1);
    rows.splice(to, 0, row);
    this.rows = rows;
    this.focusRow(to, '[data-grip]');
    find(this, '[role="status"]').textContent = `${row.track.title}: ${to + 1} of ${count(rows.length, 'track')}`;
    this.editing?.move?.(from, to);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {Element} */ (event.target);
    const index = rowIndex(target);
    if (event.key === 'Escape' && this.#drag) this.#drop(false);
    if (index === null || !target.closest('[data-grip]') || event.ctrlKey || event.metaKey || event.altKey) return;
    const targets = /** @type {Record<string, number>} */ ({ ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: this.#rows.length - 1 });
    if (!(event.key in targets)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(index, Math.min(Math.max(targets[event.key], 0), this.#rows.length - 1));
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    const target = /** @type {Element} */ (event.target);
    const index = rowIndex(target);
    if (index === null || !target.closest('[data-grip]') || event.button !== 0) return;
    event.preventDefault();
    target.closest('button')?.focus({ preventScroll: true });
    // The table, since the row itself may leave the page while this one scrolls.
    this.setPointerCapture(event.pointerId);
    this.#drag = { from: index, to: index, y: event.clientY, timer: window.setInterval(() => this.#scrollWithDrag(), 16) };
    this.classList.add('dragging');
    this.#showDrag();
  }

  /** @param {number} y */
  #dragTo(y) {
    if (!this.#drag) return;
    this.#drag.y = y;
    const top = find(this, 'tbody').getBoundingClientRect().top;
    this.#drag.to = Math.min(Math.max(Math.floor((y - top) / ROW_HEIGHT), 0), this.#rows.length - 1);
    this.#showDrag();
  }

  #scrollWithDrag() {
    if (!this.#drag) return;
    const { y } = this.#drag;
    const bottom = innerHeight - (parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom) || 0);
    if (y < SCROLL_ZONE) scrollBy(0, -SCROLL_STEP);
    else if (y > bottom - SCROLL_ZONE / 2) scrollBy(0, SCROLL_STEP);
    else return;
    this.#dragTo(y);
  }

  /** A line where the row would go. */
  #showDrag() {
    const { from, to } = this.#drag ?? { from: -1, to: -1 };
    for (const row of this.querySelectorAll('tr[data-index]')) {
      const index = Number(/** @type {HTMLElement} */ (row).dataset.index);
      row.classList.toggle('dragged', index === from);
      row.classList.toggle('drop-above', index === to && to < from);
      row.classList.toggle('drop-below', index === to && to > from);
    }
  }

  /** @param {boolean} isDone */
  #drop(isDone) {
    const drag = this.#drag;
    if (!drag) return;
    clearInterval(drag.timer);
    this.#drag = null;
    this.classList.remove('dragging');
    this.#showDrag();
    if (isDone) this.#move(drag.from, drag.to);
  }
}

/** @param {Element} element @returns {number | null} */
function rowIndex(element) {
  const row = element.closest('tr[data-index]');
  return row instanceof HTMLElement ? Number(row.dataset.index) : null;
}

customElements.define('dmp-track-table', TrackTable);

export { TrackTable };
