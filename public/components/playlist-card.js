// A playlist in a grid of covers.
import { get } from '../lib/api.js';
import { count, html, icon } from '../lib/html.js';
import { toast } from '../lib/browser.js';
import { mosaic } from './mosaic.js';

/** @param {import('../lib/api.js').PlaylistCard} playlist */
export const playlistCard = ({ name, slug, description, trackCount, coverImages }) => html`
  <li class="card playlist-card">
    <div class="card-cover">
      <a href="/playlists/${encodeURIComponent(slug)}" tabindex="-1" aria-hidden="true">${mosaic(coverImages)}</a>
      ${trackCount > 0 && html`<button type="button" class="card-play" data-play-playlist="${slug}" aria-label="Play ${name}">${icon('play')}</button>`}
    </div>
    <div class="card-text">
      <p class="card-title" title="${name}"><a href="/playlists/${encodeURIComponent(slug)}">${name}</a></p>
      <p class="card-note"><span title="${description ?? ''}">${count(trackCount, 'track')}${description && html` · ${description}`}</span></p>
    </div>
  </li>`;

document.addEventListener('click', async event => {
  const button = event.target instanceof Element ? event.target.closest('[data-play-playlist]') : null;
  if (!(button instanceof HTMLElement)) return;
  try {
    /** @type {[import('../lib/api.js').Playlist, typeof import('../player/player.js'), typeof import('../player/player-track.js')]} */
    const [{ tracks }, { player }, { nestedTrack }] = await Promise.all([
      get(`/api/playlists/${encodeURIComponent(button.dataset.playPlaylist ?? '')}`), import('../player/player.js'), import('../player/player-track.js')]);
    if (tracks.length) player.playTracks(tracks.map(({ track }) => nestedTrack(track)));
    else toast('This playlist is empty.');
  } catch (error) {
    toast(/** @type {Error} */ (error).message, 'error');
  }
});
