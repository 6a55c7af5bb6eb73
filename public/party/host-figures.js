// <dmp-host-figures>: how the party is doing, second by second, and how many listened over its time. The host's page shows it while it is live.
import { html, render } from '../lib/html.js';
import { hostSession } from './host.js';
import { formatBitrate, formatLoss, formatMilliseconds, formatNumber, quality } from './host-statistics.js';
import { drawListeners } from './listeners-chart.js';
import { partsOf, setText } from './parts.js';

/** A chart that moves each second draws the eye for nothing. */
const CHART_MILLISECONDS = 5_000;

/** @type {Record<string, string>} */
const QUALITY_WORDS = { good: 'Good', fair: 'Fair', poor: 'Poor' };

/** @param {string} title @param {string} name */
const linkMarkup = (title, name) => html`<div><dt>${title}</dt>
  <dd><b data-part="${name}">—</b><span data-part="${name}Loss">—</span><span data-part="${name}Jitter">—</span><span data-part="${name}Trip">—</span></dd></div>`;

const markup = html`
  <h2>How it is going</h2>
  <dl class="party-figures">
    <div><dt>Listening now</dt><dd><b data-part="listeners">—</b><span>most at once: <i data-part="peak">—</i></span><span>since the start: <i data-part="total">—</i></span></dd></div>
    <div><dt>Sound sent</dt><dd><b data-part="bitrate">—</b><span>stereo, Opus</span></dd></div>
    ${linkMarkup('Your connection', 'host')}
    ${linkMarkup('Typical listener', 'median')}
    ${linkMarkup('Worst listener', 'worst')}
  </dl>
  <figure class="party-chart"><svg role="img" viewBox="0 0 600 96" preserveAspectRatio="none" data-chart></svg>
    <figcaption><span data-part="from"></span><span data-part="caption">listeners</span><span>now</span></figcaption></figure>`;

class HostFigures extends HTMLElement {
  /** @type {Record<string, HTMLElement>} */
  #parts = {};
  /** @type {AbortController | null} */
  #shown = null;
  #drawnAt = -Infinity;

  connectedCallback() {
    if (!this.firstChild) {
      render(this, markup);
      this.#parts = partsOf(this);
    }
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    hostSession.statistics.addEventListener('change', () => this.#show(), { signal });
    hostSession.addEventListener('change', () => this.#show(), { signal });
    this.#drawnAt = -Infinity;
    this.#show();
  }

  disconnectedCallback() {
    this.#shown?.abort();
  }

  #show() {
    const { latest } = hostSession.statistics;
    const parts = this.#parts;
    // The count is known before the first figures are.
    setText(parts.listeners, formatNumber(latest?.listeners ?? (hostSession.state === 'live' ? hostSession.listenerCount : null)));
    setText(parts.peak, formatNumber(latest?.peak));
    setText(parts.total, formatNumber(latest?.total));
    setText(parts.bitrate, formatBitrate(latest?.bitrate));
    this.#showLink('host', latest?.hostLink);
    this.#showLink('median', latest?.median);
    this.#showLink('worst', latest?.worst);
    const now = performance.now();
    if (now - this.#drawnAt < CHART_MILLISECONDS && latest?.listeners === Number(this.dataset.drawn)) return;
    this.#drawnAt = now;
    this.dataset.drawn = String(latest?.listeners ?? '');
    const chart = this.querySelector('[data-chart]');
    if (!(chart instanceof SVGSVGElement)) return;
    const { seconds, most } = drawListeners(chart, hostSession.statistics.points);
    setText(parts.from, seconds < 60 ? 'start' : `${minutes(seconds)} ago`);
    setText(parts.caption, most ? `listeners, at most ${formatNumber(most)}` : 'listeners');
  }

  /** @param {string} name @param {import('./host-statistics.js').Link | null | undefined} link */
  #showLink(name, link) {
    const parts = this.#parts;
    const judged = quality(link);
    setText(parts[name], judged ? QUALITY_WORDS[judged] : '—');
    parts[name].dataset.quality = judged ?? '';
    setText(parts[`${name}Loss`], `lost: ${formatLoss(link?.loss)}`);
    setText(parts[`${name}Jitter`], `jitter: ${formatMilliseconds(link?.jitter)}`);
    setText(parts[`${name}Trip`], `round trip: ${formatMilliseconds(link?.roundTripTime)}`);
  }
}

/** @param {number} seconds */
function minutes(seconds) {
  const whole = Math.round(seconds / 60);
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60} min`;
}

customElements.define('dmp-host-figures', HostFigures);
