// What plays, what comes next, and on a phone the controls that the bar has no room for.
import { count, find, formatTime, html, icon, render } from '../lib/html.js';
import { player } from '../player/player.js';
import { cover } from './cards.js';
import { openDialog } from './dialog.js';
import './slider.js';

/** @typedef {import('./slider.js').Slider} Slider */

const UPCOMING_SHOWN = 200;

export function showQueue() {
  const dialog = openDialog('Queue', html`
    <div class="queue-controls">
      <button type="button" class="icon-button" data-queue="shuffle" aria-label="Shuffle">${icon('shuffle')}</button>
      <button type="button" class="icon-button" data-queue="repeat">${icon('repeat')}<span class="repeat-one" aria-hidden="true">1</span></button>
      <button type="button" class="icon-button" data-queue="mute" aria-label="Mute"></button>
      <dmp-slider class="volume" aria-label="Volume"></dmp-slider>
    </div>
    <div data-list></div>`);
  dialog.classList.add('queue');
  const volume = /** @type {Slider} */ (find(dialog, '.volume'));
  volume.addEventListener('input', () => player.setVolume(volume.value));
  dialog.addEventListener('click', event => {
    const button = /** @type {Element} */ (event.target).closest('button');
    const { queue, index } = button?.dataset ?? {};
    if (queue === 'shuffle') player.toggleShuffle();
    if (queue === 'repeat') player.cycleRepeat();
    if (queue === 'mute') player.toggleMute();
    if (index !== undefined) {
      player.jump(Number(index));
      // The button is gone from the list.
      find(dialog, '[data-close]').focus();
    }
  });

  const closed = new AbortController();
  dialog.addEventListener('close', () => closed.abort());
  const show = () => showList(find(dialog, '[data-list]'));
  const showControls = () => {
    find(dialog, '[data-queue="shuffle"]').setAttribute('aria-pressed', String(player.shuffled));
    const repeat = find(dialog, '[data-queue="repeat"]');
    repeat.setAttribute('aria-label', { off: 'Repeat: off', all: 'Repeat: the queue', one: 'Repeat: this track' }[player.repeat]);
    repeat.setAttribute('aria-pressed', String(player.repeat !== 'off'));
    repeat.dataset.mode = player.repeat;
    const mute = find(dialog, '[data-queue="mute"]');
    render(mute, icon(player.muted ? 'volume-off' : 'volume'));
    mute.setAttribute('aria-pressed', String(player.muted));
    volume.value = player.muted ? 0 : player.volume;
  };
  let order = player.upcoming.join();
  player.addEventListener('trackchange', show, { signal: closed.signal });
  player.addEventListener('statechange', () => {
    showControls();
    if (order !== player.upcoming.join()) show();
    order = player.upcoming.join();
  }, { signal: closed.signal });
  player.addEventListener('volumechange', showControls, { signal: closed.signal });
  show();
  showControls();
}

/** @param {HTMLElement} list */
function showList(list) {
  const { track, queue, upcoming } = player;
  const seconds = upcoming.reduce((sum, index) => sum + queue[index].duration, 0);
  render(list, html`
    ${track && html`<h3>Now playing</h3><p class="queue-track" aria-current="true">${content(track)}</p>`}
    <h3>Next up ${upcoming.length > 0 && html`<small>${count(upcoming.length, 'track')}, ${formatTime(seconds)}</small>`}</h3>
    ${upcoming.length
      ? html`<ol>${upcoming.slice(0, UPCOMING_SHOWN).map(index => html`
          <li><button type="button" class="queue-track" data-index="${index}">${content(queue[index])}</button></li>`)}</ol>`
      : html`<p class="faint">Nothing: the queue ends with this track${player.repeat === 'off' ? '' : ' and then repeats'}.</p>`}
    ${upcoming.length > UPCOMING_SHOWN && html`<p class="faint">and ${count(upcoming.length - UPCOMING_SHOWN, 'more track')}</p>`}`);
}

/** @param {import('../player/queue.js').PlayerTrack} track */
const content = track => html`
  ${cover('releases', { image: track.releaseImage, imageUrl: track.releaseImageUrl }, track.album)}
  <span class="hit-text"><b>${track.title}</b><small>${track.artist}</small></span>
  <span class="time">${formatTime(track.duration || null, '--:--')}</span>`;
