// A square picture, or what stands for a missing one. A picture that does not load is replaced as well.
import { initial } from '../lib/format.js';
import { html } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { imageSource } from '../lib/image.js';

/**
 * @param {'artists' | 'releases'} kind
 * @param {import('../lib/image.js').Picture} from
 * @param {string} name Whose picture; nothing is read out, since the name stands beside it.
 */
export function cover(kind, from, name) {
  const source = imageSource(kind, from);
  return html`<span class="cover" data-kind="${kind}">
    <span class="cover-missing" aria-hidden="true">${kind === 'artists' ? initial(name) : icon('disc')}</span>
    ${source && html`<img src="${source}" alt="" loading="lazy" decoding="async">`}</span>`;
}

document.addEventListener('error', event => {
  if (event.target instanceof HTMLImageElement && event.target.closest('.cover')) event.target.remove();
}, true);
