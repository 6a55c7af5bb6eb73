// <dmp-host-listeners>: who listens, with Remove and Ban. Asked for while its panel is open; whoever is in it is known by nothing but a random word.
import { find, html, icon, render } from '../lib/html.js';
import { toast } from '../lib/browser.js';
import { hostSession } from './host.js';
import { formatLoss, formatMilliseconds, quality } from './host-statistics.js';
import { setText } from './parts.js';
import { PartyError, wordsForHost } from './party-error.js';

/** @typedef {{ listenerId: string, seconds: number, loss: number | null, jitter: number | null, roundTripTime: number | null }} Listener */

const REFRESH_MILLISECONDS = 4_000;
/** What the server tells at most. */
const MOST_SHOWN = 200;

const markup = html`
  <details class="party-listeners">
    <summary>${icon('chevron')}<span>Who listens</span></summary>
    <p class="faint" data-words role="status"></p>
    <ul data-list></ul>
  </details>`;

class HostListeners extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /**
   * The rows, by listener: a row stays the same element, so that the focus stays where it is.
   * @type {Map<string, HTMLElement>}
   */
  #rows = new Map();
  #asked = 0;

  connectedCallback() {
    if (!this.firstChild) {
      render(this, markup);
      find(this, 'details').addEventListener('toggle', () => this.#refresh());
      find(this, '[data-list]').addEventListener('click', event => this.#clicked(event));
    }
    this.#refresh();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  get #isOpen() {
    return this.isConnected && this.querySelector('details')?.open === true;
  }

  async #refresh() {
    clearTimeout(this.#timer);
    if (!this.#isOpen) return;
    const asked = ++this.#asked;
    if (hostSession.state === 'live' && !document.hidden) {
      try {
        const listeners = await hostSession.listListeners();
        if (asked !== this.#asked) return;
        this.#show(listeners);
      } catch {
        // Lost, or a server that does not know the question: the next attempt may do.
        if (!this.#rows.size) setText(find(this, '[data-words]'), 'The party server has not said who listens.');
      }
    }
    if (asked === this.#asked && this.#isOpen) this.#timer = setTimeout(() => this.#refresh(), REFRESH_MILLISECONDS);
  }

  /** @param {Listener[]} listeners Newest first. */
  #show(listeners) {
    const list = find(this, '[data-list]');
    const words = !listeners.length ? 'Nobody listens yet.' : listeners.length >= MOST_SHOWN ? `The newest ${MOST_SHOWN} are shown.` : '';
    setText(find(this, '[data-words]'), words);
    const there = new Set(listeners.map(({ listenerId }) => listenerId));
    for (const id of this.#rows.keys()) if (!there.has(id)) this.#drop(id);
    listeners.forEach((listener, index) => {
      const row = this.#rows.get(listener.listenerId) ?? this.#add(listener.listenerId);
      const judged = quality(listener);
      setText(find(row, 'b'), `Here for ${duration(listener.seconds)}`);
      const figures = find(row, '[data-figures]');
      setText(figures, `lost: ${formatLoss(listener.loss)} · round trip: ${formatMilliseconds(listener.roundTripTime)}`);
      row.dataset.quality = judged ?? '';
      // Moved only when it has to be: moving takes the focus away.
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
  }

  /** @param {string} id */
  #add(id) {
    const row = document.createElement('li');
    row.dataset.listener = id;
    render(row, html`<span class="party-dot" aria-hidden="true"></span><p><b id="listener-${id}"></b><span data-figures></span></p>
      <span><button type="button" class="button" data-do="remove" aria-describedby="listener-${id}">Remove</button>
      <button type="button" class="button button-danger" data-do="ban" aria-describedby="listener-${id}">Ban</button></span>`);
    this.#rows.set(id, row);
    return row;
  }

  /**
   * The focus goes on to what is next.
   * @param {string} id
   */
  #drop(id) {
    const row = this.#rows.get(id);
    this.#rows.delete(id);
    if (!row) return;
    const hadFocus = row.contains(document.activeElement);
    const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector('button') ?? this.querySelector('summary');
    row.remove();
    if (hadFocus && next instanceof HTMLElement) next.focus();
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    const id = button?.closest('li')?.dataset.listener;
    if (!button || !id) return;
    const ban = button.dataset.do === 'ban';
    const { confirmed } = await import('../components/dialog.js');
    const sure = ban
      ? await confirmed('Ban this listener?', 'The sound stops for them, and neither this browser nor anybody at the same address can join this party again.', 'Ban for this party')
      : await confirmed('Remove this listener?', 'The sound stops for them. They can come back with the link.', 'Remove');
    if (!sure) return;
    try {
      await hostSession.removeListener(id, { ban });
      toast(ban ? 'Banned for this party.' : 'Removed.');
    } catch (error) {
      const problem = PartyError.from(error);
      // Gone by itself meanwhile.
      if (problem.code !== 'unknown_listener') return toast(wordsForHost(problem), 'error');
    }
    this.#drop(id);
    this.#refresh();
  }
}

/** @param {number} seconds */
function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return 'less than a minute';
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

customElements.define('dmp-host-listeners', HostListeners);
