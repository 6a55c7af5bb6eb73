// What an unknown address shows.
import { html, render } from '../lib/html.js';

class NotFoundPage extends HTMLElement {
  connectedCallback() {
    render(this, html`
      <div class="message big"><p class="status-code" aria-hidden="true">404</p><h1>Page Not Found</h1>
        <p>There is nothing at this address. The link may be old, or mistyped.</p><a class="button button-primary" href="/">Back to Home</a></div>`);
  }
}

customElements.define('dmp-not-found-page', NotFoundPage);
