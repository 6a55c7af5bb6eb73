// Tracks in rows; a row's number is its play button. Playing one queues them all.
import { configuration } from '../lib/configuration.js';
import { formatTime } from '../lib/format.js';
import { html, render } from '../lib/html.js';
import { icon } from '../lib/icons.js';

/** @typedef {import('../player/queue.js').PlayerTrack} PlayerTrack */

/**
 * @typedef {object} TableTrack
 * @property {PlayerTrack} track
 * @property {number | null} number
 * @property {number | null} disc
 * @property {import('../lib/html.js').Markup | string} [note] Status, in a column of its own.
 * @property {boolean} [showAlbum]
 */

class TrackTable extends HTMLElement {
  /** @type {TableTrack[]} */
  #rows = [];

  connectedCallback() {
    if (configuration.streamMode) return;
    this.addEventListener('click', event => {
      const target = /** @type {Element} */ (event.target);
      const row = target.closest('tbody tr');
      // A finger takes the whole row; a mouse may mark text, and double-clicks.
      const isTap = /** @type {PointerEvent} */ (event).pointerType === 'touch' && !target.closest('a');
      if (row instanceof HTMLTableRowElement && (target.closest('button') || isTap)) this.#play(row.sectionRowIndex);
    });
    this.addEventListener('dblclick', event => {
      const target = /** @type {Element} */ (event.target);
      const row = target.closest('tbody tr');
      if (row instanceof HTMLTableRowElement && !target.closest('button')) this.#play(row.sectionRowIndex);
    });
  }

  /** @param {TableTrack[]} rows */
  set rows(rows) {
    this.#rows = rows;
    const withAlbum = rows.some(row => row.showAlbum), withNote = rows.some(row => row.note);
    const discs = new Set(rows.map(row => row.disc ?? 1)).size > 1;
    render(this, html`
      <table class="tracks">
        <thead><tr><th scope="col" class="number">#</th><th scope="col">Title</th>
          ${withAlbum && html`<th scope="col" class="wide-only">Release</th>`}${withNote && html`<th scope="col" class="wide-only">Status</th>`}
          <th scope="col" class="length">Length</th></tr></thead>
        <tbody>${rows.map(({ track, number, disc, note }, index) => html`
          <tr data-track="${track.id}">
            <td class="number">${configuration.streamMode
              ? html`<span>${label(number, disc, discs, index)}</span>`
              : html`<button type="button" class="row-play" data-title="${track.title}" aria-label="Play ${track.title}">
                  <span class="row-number" aria-hidden="true">${label(number, disc, discs, index)}</span>
                  <span class="when-paused">${icon('play')}</span><span class="when-playing">${icon('pause')}</span></button>`}</td>
            <td class="title"><span>${track.title}</span><small>${track.artist}</small></td>
            ${withAlbum && html`<td class="wide-only">${track.album}</td>`}${withNote && html`<td class="wide-only">${note}</td>`}
            <td class="length">${formatTime(track.duration || null, '--:--')}</td>
          </tr>`)}</tbody>
      </table>`);
  }

  /** @param {number} index */
  async #play(index) {
    const { player } = await import('../player/player.js');
    const wanted = this.#rows[index]?.track;
    if (wanted && player.track?.id === wanted.id) player.toggle();
    else if (wanted) player.playTracks(this.#rows.map(row => row.track), index);
  }
}

/** @param {number | null} number @param {number | null} disc @param {boolean} discs Whether there are several. @param {number} index */
function label(number, disc, discs, index) {
  return number === null ? String(index + 1) : discs ? `${disc ?? 1}-${number}` : String(number);
}

customElements.define('dmp-track-table', TrackTable);

export { TrackTable };
