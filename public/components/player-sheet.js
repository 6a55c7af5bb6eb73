// The whole player on a phone: what the small bar opens into.
import { isHost } from '../lib/api.js';
import { find, html, icon, render } from '../lib/html.js';
import { player } from '../player/player.js';
import { cover, heart } from './cards.js';
import { BUTTONS, connectControls, PROGRESS } from './player-controls.js';

export function showSheet() {
  const dialog = document.createElement('dialog');
  dialog.className = 'sheet';
  dialog.setAttribute('aria-label', 'Player');
  render(dialog, html`
    <header>
      <button type="button" class="icon-button" data-close aria-label="Close the player">${icon('chevron')}</button>
      <p class="sheet-album"></p>
      ${BUTTONS.queue}
    </header>
    <div class="sheet-track"></div>
    <div class="sheet-progress">${PROGRESS}</div>
    <div class="sheet-buttons">${BUTTONS.shuffle}${BUTTONS.previous}${BUTTONS.toggle}${BUTTONS.next}${BUTTONS.repeat}</div>
    <div class="sheet-volume">${BUTTONS.mute}<dmp-slider class="volume" aria-label="Volume"></dmp-slider>
      ${isHost && html`<a class="icon-button" href="/party" aria-label="Party">${icon('radio')}</a>`}</div>`);
  const closed = new AbortController();
  dialog.addEventListener('click', event => {
    // A link leads to a page, which lies below.
    if (/** @type {Element} */ (event.target).closest('[data-close], a[href^="/"]')) dialog.close();
  });
  dialog.addEventListener('close', () => {
    closed.abort();
    dialog.remove();
  });
  player.addEventListener('trackchange', () => showTrack(dialog), { signal: closed.signal });
  document.body.append(dialog);
  connectControls(dialog, closed.signal);
  showTrack(dialog);
  dialog.showModal();
  find(dialog, '[data-do="toggle"]').focus();
}

/** @param {HTMLElement} dialog */
function showTrack(dialog) {
  const { track } = player;
  if (!track) return;
  const { id, title, artist, artistSlug, album, releaseImage, releaseImageUrl } = track;
  find(dialog, '.sheet-album').textContent = album;
  render(find(dialog, '.sheet-track'), html`
    ${cover('releases', { image: releaseImage, imageUrl: releaseImageUrl }, album)}
    <div class="sheet-text">
      <span><b>${title}</b>
        ${artistSlug ? html`<a href="/artist/${encodeURIComponent(artistSlug)}">${artist}</a>` : html`<span>${artist}</span>`}</span>
      ${heart('tracks', id, title)}${BUTTONS.playlist}
    </div>`);
}
