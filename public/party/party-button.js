// <dmp-party-button>: the way from the player bar to /party; grey when idle, amber with the number of listeners while a party runs.
import { count, html, icon, render } from '../lib/html.js';
import { hostSession } from './host.js';
import { partsOf, setText } from './parts.js';

const markup = html`<a class="icon-button" href="/party" data-part="link">${icon('radio')}<span class="party-button-count" data-part="number" hidden></span></a>`;

class PartyButton extends HTMLElement {
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /** @type {AbortController | null} */
  #shown = null;

  connectedCallback() {
    if (!this.firstChild) {
      render(this, markup);
      this.#parts = partsOf(this);
    }
    this.#shown = new AbortController();
    hostSession.addEventListener('change', () => this.#show(), { signal: this.#shown.signal });
    this.#show();
  }

  disconnectedCallback() {
    this.#shown?.abort();
  }

  #show() {
    const { state, listenerCount } = hostSession;
    const { link, number } = this.#parts;
    this.dataset.state = state;
    const words = {
      idle: 'Party',
      connecting: 'Party: connecting',
      live: `Party: live, ${count(listenerCount, 'listener')}`,
      reconnecting: 'Party: reconnecting',
      takenOver: 'Party: another page is the host now',
      failed: 'Party: it could not be started or has ended',
    }[state];
    link.setAttribute('aria-label', words);
    link.title = words;
    setText(number, String(listenerCount));
    number.hidden = state !== 'live' || listenerCount === 0;
  }
}

customElements.define('dmp-party-button', PartyButton);
