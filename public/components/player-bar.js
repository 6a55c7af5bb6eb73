// The owner's player at the bottom of every page. It appears once a track was chosen. On a phone it is small and opens into a sheet.
import { isHost } from '../lib/api.js';
import { setPlayingTitle } from '../lib/browser.js';
import { find, html, icon, render } from '../lib/html.js';
import { markPlaying } from '../player/now-playing.js';
import { player } from '../player/player.js';
import { watchShortcuts } from '../player/shortcuts.js';
import { cover, heart } from './cards.js';
import { BUTTONS, connectControls, PROGRESS } from './player-controls.js';

class PlayerBar extends HTMLElement {
  connectedCallback() {
    this.hidden = true;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Player');
    render(this, html`
      <div class="bar-track"></div>
      <div class="bar-centre">
        <div class="bar-buttons">${BUTTONS.shuffle}${BUTTONS.previous}${BUTTONS.toggle}${BUTTONS.next}${BUTTONS.repeat}</div>
        <div class="bar-progress">${PROGRESS}</div>
      </div>
      <div class="bar-right">
        ${isHost && html`<dmp-party-button class="wide-only"></dmp-party-button>`}
        ${BUTTONS.queue}
        <button type="button" class="icon-button wide-only" data-do="shortcuts" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">${icon('help')}</button>
        ${BUTTONS.mute}
        <dmp-slider class="volume wide-only" aria-label="Volume"></dmp-slider>
      </div>
      <p class="visually-hidden" role="status" data-announcement></p>`);
    connectControls(this);
    player.addEventListener('trackchange', () => this.#showTrack(true));
    player.addEventListener('queuechange', () => this.hidden && this.#showTrack(false));
    player.addEventListener('statechange', () => this.#showTitle());
    this.#showTrack(false);
    this.#showTitle();
    markPlaying();
    watchShortcuts();
    new ResizeObserver(() => this.#publishHeight()).observe(this);
  }

  /** Pages keep this much room at their end. */
  #publishHeight() {
    document.documentElement.style.setProperty('--player-height', this.hidden ? '0px' : `${this.offsetHeight}px`);
  }

  /** @param {boolean} announce */
  #showTrack(announce) {
    const track = player.track;
    this.hidden = !track;
    this.#publishHeight();
    if (!track) return;
    const { id, title, artist, artistSlug, releaseImage, releaseImageUrl, album } = track;
    render(find(this, '.bar-track'), html`
      ${cover('releases', { image: releaseImage, imageUrl: releaseImageUrl }, album)}
      <span class="bar-text"><b title="${title}">${title}</b>
        ${artistSlug ? html`<a href="/artist/${encodeURIComponent(artistSlug)}">${artist}</a>` : html`<span class="artist">${artist}</span>`}</span>
      <span class="bar-track-buttons wide-only">${heart('tracks', id, title)}${BUTTONS.playlist}</span>
      <button type="button" class="open-sheet" data-do="sheet" aria-label="Open the player: ${title}, ${artist}" aria-haspopup="dialog"></button>`);
    if (announce) find(this, '[data-announcement]').textContent = `${title}, ${artist}`;
  }

  #showTitle() {
    setPlayingTitle(player.playing && player.track ? `${player.track.title} · ${player.track.artist}` : '');
  }
}

customElements.define('dmp-player-bar', PlayerBar);
