// Covers, hearts and release cards: what most pages show, and what stands where something could not be loaded.
import { configuration, favorites, imageSource } from '../lib/api.js';
import { html, icon, initial } from '../lib/html.js';

// Covers: a square picture, or what stands for a missing one

/** So near to the window a cover is loaded. A browser's own `loading="lazy"` takes what is thousands of pixels away. */
const NEAR = '150px';

const near = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) /** @type {Cover} */ (target).load();
}, { rootMargin: NEAR });

class Cover extends HTMLElement {
  connectedCallback() {
    if (this.dataset.source) near.observe(this);
  }

  disconnectedCallback() {
    near.unobserve(this);
  }

  load() {
    near.unobserve(this);
    const { source } = this.dataset;
    if (!source) return;
    delete this.dataset.source;
    const image = document.createElement('img');
    image.alt = '';
    image.decoding = 'async';
    // One that does not load leaves what stands for a missing one.
    image.addEventListener('error', () => image.remove());
    image.src = source;
    this.append(image);
  }
}

customElements.define('dmp-cover', Cover);

/**
 * @param {'artists' | 'releases'} kind
 * @param {import('../lib/api.js').Picture} from
 * @param {string} name Whose picture; nothing is read out, since the name stands beside it.
 */
export const cover = (kind, from, name) => html`<dmp-cover class="cover" data-kind="${kind}" data-source="${imageSource(kind, from) ?? ''}">
  <span class="cover-missing" aria-hidden="true">${kind === 'artists' ? initial(name) : icon('disc')}</span></dmp-cover>`;

// Hearts: filled for a favourite; all hearts of one thing follow each other

/**
 * Nothing in stream mode.
 * @param {import('../lib/api.js').FavoriteKind} kind
 * @param {string} id
 * @param {string} title
 */
export const heart = (kind, id, title) => !configuration.streamMode && html`
  <button type="button" class="icon-button heart" data-favorite="${kind}" data-id="${id}" aria-pressed="${String(favorites.has(kind, id))}"
    aria-label="Favorite: ${title}" title="Favorite">${icon('heart')}</button>`;

document.addEventListener('click', event => {
  const button = event.target instanceof Element ? event.target.closest('[data-favorite]') : null;
  if (!(button instanceof HTMLElement)) return;
  const { favorite, id = '' } = button.dataset;
  favorites.toggle(/** @type {import('../lib/api.js').FavoriteKind} */ (favorite), id);
});

favorites.addEventListener('change', () => {
  for (const button of document.querySelectorAll('[data-favorite]')) {
    const { favorite, id = '' } = /** @type {HTMLElement} */ (button).dataset;
    const isPressed = String(favorites.has(/** @type {import('../lib/api.js').FavoriteKind} */ (favorite), id));
    if (button.getAttribute('aria-pressed') !== isPressed) button.setAttribute('aria-pressed', isPressed);
  }
});
favorites.load();

// Releases

/**
 * The amber button on a cover. It pauses the release that plays (`player/now-playing.js` marks it).
 * @param {string} id Of the local release.
 * @param {string} title
 * @param {string} style Its class.
 */
export const playReleaseButton = (id, title, style) => !configuration.streamMode && html`
  <button type="button" class="${style}" data-play-release="${id}" data-title="${title}" aria-label="Play ${title}">
    <span class="when-paused">${icon('play')}</span><span class="when-playing">${icon('pause')}</span></button>`;

/**
 * The button that opens what can be done with a release; nothing in stream mode.
 * @param {string} id Of the local release.
 * @param {string} title
 * @param {string} [artistSlug]
 */
export const releaseMenuButton = (id, title, artistSlug = '') => !configuration.streamMode && html`
  <button type="button" class="icon-button more-button" data-release-menu="${id}" data-title="${title}" data-artist="${artistSlug}"
    aria-haspopup="menu" aria-expanded="false" aria-label="More: ${title}">${icon('more')}</button>`;

/** @param {import('../lib/api.js').ReleaseCard} release */
export function releaseCard(release) {
  const artist = release.artist;
  const link = artist && `/artist/${encodeURIComponent(artist.slug)}`;
  return html`
    <li class="card">
      <div class="card-cover">
        ${cover('releases', release, release.title)}
        ${heart('releases', release.id, release.title)}
        ${playReleaseButton(release.id, release.title, 'card-play')}
      </div>
      <div class="card-text">
      <p class="card-title" title="${release.title}">${link
        ? html`<a href="${link}?release=${encodeURIComponent(release.id)}">${release.title}</a>` : release.title}</p>
      <p class="card-note">${link && html`<a href="${link}">${artist.name}</a>`}${release.year && html`<span class="year">${release.year}</span>`}</p>
        ${releaseMenuButton(release.id, release.title, artist?.slug)}
      </div>
    </li>`;
}

/**
 * Placeholders while releases load.
 * @param {number} number
 */
export const skeletonCards = number => html`${Array.from({ length: number }, () => html`
  <li class="card" aria-hidden="true"><div class="card-cover skeleton"></div><p class="skeleton line"></p><p class="skeleton line short"></p></li>`)}`;

document.addEventListener('click', async event => {
  const button = event.target instanceof Element ? event.target.closest('[data-play-release], [data-release-menu]') : null;
  if (!(button instanceof HTMLElement)) return;
  const { playRelease: played, releaseMenu = '', title = '', artist } = button.dataset;
  if (played !== undefined) {
    const { playRelease } = await import('../player/play-release.js');
    playRelease(played);
  } else {
    const { openReleaseMenu } = await import('./item-menu.js');
    openReleaseMenu(button, { id: releaseMenu, title, artistSlug: artist });
  }
});

// Failures

/** @param {unknown} error @returns {import('../lib/html.js').Markup} With a button `[data-retry]`. */
export function failure(error) {
  return html`<div class="message" role="alert">${icon('warning')}<p>${error instanceof Error ? error.message : 'Something went wrong.'}</p>
    <button type="button" class="button" data-retry>Try again</button></div>`;
}
