// A release in a grid of covers.
import { configuration } from '../lib/configuration.js';
import { html } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { cover } from './cover.js';
import { heart } from './heart.js';

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
