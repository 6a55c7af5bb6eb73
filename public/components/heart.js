// The heart on releases and tracks: filled for a favourite. It is the same everywhere, and all hearts of one thing follow each other.
import { configuration } from '../lib/configuration.js';
import { favorites } from '../lib/favorites.js';
import { html } from '../lib/html.js';
import { icon } from '../lib/icons.js';

/**
 * Nothing in stream mode.
 * @param {import('../lib/favorites.js').FavoriteKind} kind
 * @param {string} id
 * @param {string} title
 */
export const heart = (kind, id, title) => !configuration.streamMode && html`
  <button type="button" class="icon-button heart" data-favorite="${kind}" data-id="${id}" aria-pressed="${favorites.has(kind, id)}"
    aria-label="Favorite: ${title}" title="Favorite">${icon('heart')}</button>`;

document.addEventListener('click', event => {
  const button = event.target instanceof Element ? event.target.closest('[data-favorite]') : null;
  if (!(button instanceof HTMLElement)) return;
  const { favorite, id = '' } = button.dataset;
  favorites.toggle(/** @type {import('../lib/favorites.js').FavoriteKind} */ (favorite), id);
});

favorites.addEventListener('change', () => {
  for (const button of document.querySelectorAll('[data-favorite]')) {
    const { favorite, id = '' } = /** @type {HTMLElement} */ (button).dataset;
    const isPressed = String(favorites.has(/** @type {import('../lib/favorites.js').FavoriteKind} */ (favorite), id));
    if (button.getAttribute('aria-pressed') !== isPressed) button.setAttribute('aria-pressed', isPressed);
  }
});
favorites.load();
