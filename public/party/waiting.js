// A listener's site before there is a party: words in the place of `<dmp-listener-bar>`, and a look for a party every few seconds. The bar
// itself, with all that sound needs, is loaded when one begins; the element becomes it then. What it says when there is no track is here too.
import { get } from '../lib/api.js';
import { html, icon, render } from '../lib/html.js';
import { Backoff } from './backoff.js';

const POLL_MILLISECONDS = 5_000;

export function waitForParty() {
  const bar = document.createElement('dmp-listener-bar');
  bar.dataset.state = 'idle';
  bar.setAttribute('role', 'region');
  bar.setAttribute('aria-label', 'Party player');
  render(bar, html`
    <div class="bar-track">
      <span class="cover" aria-hidden="true"><span class="cover-missing">${icon('radio')}</span></span>
      <span class="bar-text listener-words" role="status"><b></b><span></span></span></div>`);
  const [title, hint] = bar.querySelectorAll('.listener-words > *');
  document.body.append(bar);
  const size = new ResizeObserver(() => document.documentElement.style.setProperty('--player-height', `${bar.offsetHeight}px`));
  size.observe(bar);

  const waiting = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isLooking = false;
  const backoff = new Backoff({ first: POLL_MILLISECONDS, longest: 30_000 });
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    clearTimeout(timer);
    const errorCode = await joinActiveParty(bar).catch(error => (error.status === 429 ? 'too_many_requests' : 'unreachable'));
    // Not all pages in one moment, for ever, only because one server's restart was one moment for all of them.
    const wait = errorCode ? backoff.next() : POLL_MILLISECONDS * (0.7 + 0.6 * Math.random());
    if (!errorCode) backoff.reset();
    isLooking = false;
    if (bar.dataset.active !== undefined) {
      waiting.abort();
      size.disconnect();
      return;
    }
    const words = listenerWords('idle', { errorCode });
    if (words && title.textContent !== words.title) {
      title.textContent = words.title;
      hint.textContent = words.hint;
    }
    timer = setTimeout(look, wait);
  };
  addEventListener('online', look, { signal: waiting.signal });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look(), { signal: waiting.signal });
  look();
}

/**
 * Where a party is on, lets the bar take its place and join it.
 * @param {HTMLElement} bar
 * @returns {Promise<null>}
 */
async function joinActiveParty(bar) {
  const { active } = await get('/api/party/status');
  if (!active) return null;
  bar.dataset.active = '';
  try {
    // All named here, so that they need not wait for each other.
    await Promise.all([import('./listener-bar.js'), import('./listener-session.js'), import('./listener-media.js'), import('./media-connection.js'), import('./signaling.js')]);
  } catch (error) {
    delete bar.dataset.active;
    throw error;
  }
  return null;
}

// Words

/** @typedef {{ title: string, hint: string }} Words */

/**
 * @param {import('./listener-session.js').ListenerState} state
 * @param {{ errorCode?: string | null, hasTrack?: boolean }} details Of the error, if there is one; whether a track is known.
 * @returns {Words | null} Null when the track is to be shown.
 */
export function listenerWords(state, { errorCode = null, hasTrack = false } = {}) {
  switch (state) {
    case 'idle':
      return TROUBLE[errorCode ?? ''] ?? { title: 'No party right now', hint: 'This page will join by itself when one starts.' };
    case 'connecting':
      return { title: 'Joining the party…', hint: 'One moment.' };
    case 'reconnecting':
      return TROUBLE[errorCode ?? ''] ?? { title: 'Reconnecting…', hint: 'The connection was lost. This page comes back by itself.' };
    case 'hostAway':
      return { title: 'The host is away', hint: 'Waiting for them to come back.' };
    case 'ended':
      return TROUBLE[errorCode ?? ''] ?? { title: 'The party has ended', hint: 'This page will join by itself when the next one starts.' };
    case 'full':
      return { title: 'No room right now', hint: 'The party is full, or has enough listeners from your network. This page keeps trying.' };
    case 'removed':
      return { title: 'The host has removed you', hint: 'This page does not come back to this party by itself.' };
    case 'banned':
      return { title: 'The host has removed you from this party', hint: 'You cannot join it again. This page will join the next one.' };
    case 'failed':
      return FAILED[errorCode ?? ''] ?? { title: 'This browser cannot join the party', hint: 'Try a current Firefox, Chrome, Edge or Safari.' };
    case 'live':
      return hasTrack ? null : { title: 'The party is on', hint: 'The host has not played anything yet.' };
  }
}

/**
 * What is being tried again, by itself.
 * @type {Record<string, Words>}
 */
const TROUBLE = {
  unreachable: { title: 'The server does not answer', hint: 'It may be restarting. This page keeps trying.' },
  restarting: { title: 'The server is restarting', hint: 'This page comes back by itself in a few seconds.' },
  refused: { title: 'The server takes no more connections', hint: 'It may have enough from your network, or your network blocks them. This page keeps trying.' },
  media_failed: { title: 'No sound gets through', hint: 'Your network may block it. This page keeps trying; another network may help.' },
  too_many_requests: { title: 'Too many requests from your network', hint: 'The server asks for patience. This page tries again by itself.' },
  rate_limited: { title: 'The server asks for patience', hint: 'This page tries again by itself.' },
  unavailable: { title: 'The server is busy', hint: 'This page tries again by itself.' },
};

/** @type {Record<string, Words>} */
const FAILED = {
  no_webrtc: { title: 'This browser cannot play the party', hint: 'WebRTC is missing or switched off. Try a current Firefox, Chrome, Edge or Safari.' },
  foreign_origin: { title: 'Open the party under its own address', hint: 'The server does not know the address in your address bar as its own.' },
};
