// A release in a grid of covers.
import { configuration } from '../lib/configuration.js';
import { html } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { playRelease } from '../player/play-release.js';
import { cover } from './cover.js';

/** @param {any} release ReleaseCard (dmp-api.md). */
export function releaseCard(release) {
  const artist = release.artist;
  const link = artist && `/artist/${encodeURIComponent(artist.slug)}`;
  const title = html`<b title="${release.title}">${release.title}</b>`;
  return html`
    <li class="card">
      <div class="card-cover">
        ${cover('releases', release, release.title)}
        ${!configuration.streamMode && html`
          <button type="button" class="card-play" data-play-release="${release.id}" aria-label="Play ${release.title}">${icon('play')}</button>`}
      </div>
      <p class="card-title">${link ? html`<a href="${link}">${title}</a>` : title}</p>
      <p class="card-note">${artist?.name}${release.year ? html` <span class="faint">· ${release.year}</span>` : ''}</p>
    </li>`;
}

/**
 * Placeholders while releases load.
 * @param {number} number
 */
export const skeletonCards = number => html`${Array.from({ length: number }, () => html`
  <li class="card" aria-hidden="true"><div class="card-cover skeleton"></div><p class="skeleton line"></p><p class="skeleton line short"></p></li>`)}`;

document.addEventListener('click', event => {
  const button = event.target instanceof Element ? event.target.closest('[data-play-release]') : null;
  if (button instanceof HTMLElement) playRelease(button.dataset.playRelease ?? '');
});
