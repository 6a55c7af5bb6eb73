// What plays and what comes next: rows can be played, moved (by pointer or arrow keys), put next and taken away.
import { count, find, formatTime, html, icon, render } from '../lib/html.js';
import { player } from '../player/player.js';
import { cover } from './cards.js';
import { openDialog } from './dialog.js';
import { BUTTONS, connectControls } from './player-controls.js';

/** @typedef {import('../player/queue.js').PlayerTrack} PlayerTrack */

const UPCOMING_SHOWN = 200;
/** So near to the list's edge a dragged row scrolls it. */
const SCROLL_ZONE = 60;
const SCROLL_STEP = 12;

/** What follows when the queue is over. */
const ENDS = {
  catalogue: 'Then any track of the whole catalogue, one after the other.',
  explorer: 'Then what the explorer finds, one after the other.',
};

export function showQueue() {
  const dialog = openDialog('Queue', html`
    <div class="queue-controls">
      ${BUTTONS.shuffle}${BUTTONS.repeat}${BUTTONS.mute}
      <dmp-slider class="volume" aria-label="Volume"></dmp-slider>
    </div>
    <label class="queue-level" title="Plays all tracks about equally loud, where their tags say how">Even out loudness (ReplayGain)
      <span class="select"><select class="field">
        <option value="track">by track</option><option value="album">by release</option><option value="off">off</option></select></span></label>
    <div data-list></div>
    <p class="visually-hidden" role="status"></p>`);
  dialog.classList.add('queue');
  const list = find(dialog, '[data-list]');
  const level = /** @type {HTMLSelectElement} */ (find(dialog, 'select'));
  level.value = player.replayGain;
  level.addEventListener('change', () => player.setReplayGain(/** @type {import('../player/replay-gain.js').ReplayGainMode} */ (level.value)));

  const closed = new AbortController();
  const { signal } = closed;
  dialog.addEventListener('close', () => closed.abort());
  connectControls(dialog, signal);
  let shown = '';
  const show = () => {
    const markup = upNext();
    // As often as the state changes: rows that stay the same keep the focus.
    if (shown === String(markup)) return;
    shown = String(markup);
    render(list, markup);
  };
  for (const type of ['trackchange', 'queuechange', 'statechange']) player.addEventListener(type, show, { signal });
  list.addEventListener('click', event => act(dialog, /** @type {Element} */ (event.target)));
  list.addEventListener('keydown', event => {
    const row = rowOf(event.target);
    const step = /** @type {Record<string, number>} */ ({ ArrowUp: -1, ArrowDown: 1 })[event.key];
    if (!row || !step || !(/** @type {Element} */ (event.target).closest('[data-grip]'))) return;
    event.preventDefault();
    move(dialog, row.index, row.index + step);
  });
  watchDrag(dialog, list);
  show();
}

/** @param {HTMLElement} dialog @param {Element} target */
function act(dialog, target) {
  if (target.closest('[data-clear]')) {
    player.clearQueue();
    find(dialog, '[data-close]').focus();
  }
  const row = rowOf(target);
  const button = target.closest('button');
  if (!row || !button || button.hasAttribute('data-grip')) return;
  if (button.hasAttribute('data-remove')) {
    const { title } = player.queue[row.index];
    player.removeFromQueue(row.index);
    // The next row is where this one was.
    focusRow(dialog, row.index, '[data-remove]');
    say(dialog, `${title} removed`);
  } else if (button.hasAttribute('data-first')) {
    move(dialog, row.index, player.queueIndex + 1);
  } else {
    player.jump(row.index);
    find(dialog, '[data-close]').focus();
  }
}

/** @param {HTMLElement} dialog @param {number} from In the queue. @param {number} to */
function move(dialog, from, to) {
  const target = Math.min(Math.max(to, player.queueIndex + 1), player.queue.length - 1);
  if (target === from) return;
  const { title } = player.queue[from];
  player.moveInQueue(from, target);
  focusRow(dialog, target, '[data-grip]');
  say(dialog, `${title}, ${target - player.queueIndex} of ${player.queue.length - player.queueIndex - 1}`);
}

/** @param {HTMLElement} dialog @param {number} index @param {string} part */
function focusRow(dialog, index, part) {
  const rows = dialog.querySelectorAll('[data-index]');
  const row = dialog.querySelector(`[data-index="${index}"]`) ?? rows[rows.length - 1];
  const target = row?.querySelector(part) ?? dialog.querySelector('[data-close]');
  if (target instanceof HTMLElement) target.focus();
}

/** @param {HTMLElement} dialog @param {string} text */
function say(dialog, text) {
  find(dialog, '[role="status"]').textContent = text;
}

/** @param {EventTarget | null} target @returns {{ element: HTMLElement, index: number } | null} */
function rowOf(target) {
  const element = target instanceof Element ? target.closest('[data-index]') : null;
  return element instanceof HTMLElement ? { element, index: Number(element.dataset.index) } : null;
}

/**
 * Rows are moved by their grips, with mouse or finger.
 * @param {HTMLElement} dialog
 * @param {HTMLElement} list
 */
function watchDrag(dialog, list) {
  /** @type {{ from: number, to: number, element: HTMLElement } | null} */
  let drag = null;
  const unmark = () => list.querySelectorAll('[data-drop]').forEach(row => row.removeAttribute('data-drop'));
  const end = () => {
    unmark();
    drag?.element.classList.remove('dragged');
    drag = null;
  };
  list.addEventListener('pointerdown', event => {
    const grip = /** @type {Element} */ (event.target).closest('[data-grip]');
    const row = rowOf(event.target);
    if (!grip || !row || event.button !== 0) return;
    grip.setPointerCapture(event.pointerId);
    row.element.classList.add('dragged');
    drag = { from: row.index, to: row.index, element: row.element };
  });
  list.addEventListener('pointermove', event => {
    if (!drag) return;
    const { top, bottom } = dialog.getBoundingClientRect();
    if (event.clientY < top + SCROLL_ZONE) dialog.scrollBy(0, -SCROLL_STEP);
    if (event.clientY > bottom - SCROLL_ZONE) dialog.scrollBy(0, SCROLL_STEP);
    unmark();
    for (const row of list.querySelectorAll('[data-index]')) {
      const box = row.getBoundingClientRect();
      if (event.clientY < box.top || event.clientY >= box.bottom) continue;
      drag.to = Number(/** @type {HTMLElement} */ (row).dataset.index);
      if (drag.to !== drag.from) row.setAttribute('data-drop', drag.to < drag.from ? 'above' : 'below');
    }
  });
  list.addEventListener('pointerup', () => {
    const done = drag;
    end();
    if (done && done.from !== done.to) move(dialog, done.from, done.to);
  });
  list.addEventListener('pointercancel', end);
}

function upNext() {
  const { track, queue, queueIndex, shuffleMode, repeat } = player;
  const upcoming = queue.slice(queueIndex + 1);
  const seconds = upcoming.reduce((sum, { duration }) => sum + duration, 0);
  const isEndless = shuffleMode === 'catalogue' || shuffleMode === 'explorer';
  return html`
    ${track && html`<h3>Now playing</h3><p class="queue-track" aria-current="true">${content(track)}</p>`}
    <div class="queue-head"><h3>Next up ${upcoming.length > 0 && html`<small>${count(upcoming.length, 'track')}, ${formatTime(seconds)}</small>`}</h3>
      ${upcoming.length > 0 && html`<button type="button" class="more" data-clear>Clear</button>`}</div>
    ${upcoming.length > 0 && html`<ol>${upcoming.slice(0, UPCOMING_SHOWN).map((entry, index) => row(entry, queueIndex + 1 + index, index === 0))}</ol>`}
    ${upcoming.length > UPCOMING_SHOWN && html`<p class="faint">and ${count(upcoming.length - UPCOMING_SHOWN, 'more track')}</p>`}
    ${isEndless ? html`<p class="faint">${ENDS[shuffleMode]}</p>`
      : !upcoming.length && html`<p class="faint">Nothing: the queue ends with this track${repeat === 'off' ? '' : ' and then repeats'}.</p>`}`;
}

/** @param {PlayerTrack} track @param {number} index In the queue. @param {boolean} isFirst */
const row = (track, index, isFirst) => html`
  <li class="queue-row" data-index="${index}">
    <button type="button" class="queue-grip" data-grip aria-label="Move ${track.title}" title="Drag, or press ↑ and ↓">${icon('grip')}</button>
    <button type="button" class="queue-track" aria-label="Play ${track.title}, ${track.artist}">${content(track)}</button>
    ${!isFirst && html`<button type="button" class="icon-button" data-first aria-label="Play ${track.title} next" title="Play next">${icon('up')}</button>`}
    <button type="button" class="icon-button" data-remove aria-label="Remove ${track.title}" title="Remove">${icon('close')}</button>
  </li>`;

/** @param {PlayerTrack} track */
const content = track => html`
  ${cover('releases', { image: track.releaseImage, imageUrl: track.releaseImageUrl }, track.album)}
  <span class="hit-text"><b>${track.title}</b><small>${track.artist}</small></span>
  <span class="time">${formatTime(track.duration || null, '--:--')}</span>`;
