// A playlist's picture: the covers of its first tracks.
import { html, icon } from '../lib/html.js';
import { releaseImage } from '../lib/api.js';

/** @param {import('../lib/api.js').Picture[]} pictures */
export function mosaic(pictures) {
  const sources = [...new Set(pictures.map(releaseImage))].filter(Boolean).slice(0, 4);
  // Two or three pictures make no square.
  const shown = sources.length < 4 ? sources.slice(0, 1) : sources;
  return html`<span class="cover mosaic" data-count="${shown.length}">
    <span class="cover-missing" aria-hidden="true">${icon('playlist')}</span>
    ${shown.map(source => html`<img src="${source}" alt="" loading="lazy" decoding="async">`)}</span>`;
}
