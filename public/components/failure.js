// What stands where something could not be loaded.
import { html } from '../lib/html.js';
import { icon } from '../lib/icons.js';

/** @param {unknown} error @returns {import('../lib/html.js').Markup} With a button `[data-retry]`. */
export function failure(error) {
  return html`<div class="message" role="alert">${icon('warning')}<p>${error instanceof Error ? error.message : 'Something went wrong.'}</p>
    <button type="button" class="button" data-retry>Try again</button></div>`;
}
