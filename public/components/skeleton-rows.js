// Placeholders while a list of tracks loads.
import { html } from '../lib/html.js';

/** @param {number} number */
export const skeletonRows = number => html`<div class="skeleton-rows" role="img" aria-label="Loading">${Array.from({ length: number }, () => html`
  <span class="skeleton"></span>`)}</div>`;
