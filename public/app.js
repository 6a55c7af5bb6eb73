// Starts the site: the places one can go to, the page of the address, then the player or the listener bar. The places are part of this file
// because every first visit needs them, and would need one more request.
import { configuration, isHost } from './lib/api.js';
import { load, loadStyles, Router, save } from './lib/browser.js';
import { find, html, icon, render } from './lib/html.js';

// Places: a sidebar on wide screens, a bar at the bottom on narrow ones, whose last button leads to what it has no room for

const SIDEBAR_KEY = 'dmp-sidebar';
const { partyEnabled, streamMode } = configuration;

/**
 * `below` is where its sub-pages are. `minor` ones stand at the sidebar's foot.
 * @typedef {{ path: string, label: string, icon: Parameters<typeof icon>[0], below?: string, minor?: boolean }} Place
 */

/** @type {Place[]} */
const PLACES = [
  { path: '/', label: 'Home', icon: 'home' },
  { path: '/browse', label: 'Browse', icon: 'browse', below: '/artist/' },
];
if (!streamMode) PLACES.push({ path: '/explore', label: 'Explore', icon: 'compass' });
PLACES.push({ path: '/timeline', label: 'Timeline', icon: 'clock' });
if (!streamMode) {
  PLACES.push({ path: '/playlists', label: 'Playlists', icon: 'playlist', below: '/playlists/' }, { path: '/favorites', label: 'Favorites', icon: 'heart' });
}
if (isHost) PLACES.push({ path: '/party', label: 'Party', icon: 'radio', minor: true });
PLACES.push({ path: '/statistics', label: 'Statistics', icon: 'chart', minor: true });
if (partyEnabled) PLACES.push({ path: '/party-status', label: 'Party status', icon: 'status', below: '/party-debug', minor: true });

const major = PLACES.filter(place => !place.minor);
const minor = PLACES.filter(place => place.minor);

/** @param {Place[]} places */
const links = places => places.map(({ path, label, icon: name }) => html`
  <li><a class="nav-link" href="${path}" title="${label}">${icon(name)}<span>${label}</span></a></li>`);

/** Marks the place of the address in both of them. */
function markCurrentPlace() {
  const here = location.pathname;
  const current = PLACES.find(({ path, below }) => here === path || (below && here.startsWith(below)));
  for (const link of document.querySelectorAll('dmp-sidebar .nav-link, dmp-bottom-nav .nav-link')) {
    const isCurrent = current && (link.getAttribute('href') === current.path || (link.matches('[data-more]') && current.minor));
    if (isCurrent) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

class Sidebar extends HTMLElement {
  connectedCallback() {
    render(this, html`
      <nav aria-label="Site">
        <a class="logo" href="/" aria-label="DMP, home"><span class="logo-mark" aria-hidden="true">D</span><span class="logo-text">DMP</span></a>
        <ul>${links(major)}</ul>
        <ul class="minor">${links(minor)}</ul>
        <button type="button" class="nav-link collapse">${icon('collapse')}<span>Collapse</span></button>
      </nav>`);
    const button = find(this, '.collapse');
    button.addEventListener('click', () => {
      const narrow = button.getAttribute('aria-expanded') === 'true';
      save(SIDEBAR_KEY, narrow ? 'narrow' : 'wide');
      this.#show(narrow);
    });
    this.#show(load(SIDEBAR_KEY) === 'narrow');
  }

  /** @param {boolean} narrow */
  #show(narrow) {
    document.documentElement.classList.toggle('sidebar-narrow', narrow);
    const button = find(this, '.collapse');
    button.setAttribute('aria-expanded', String(!narrow));
    button.setAttribute('aria-label', narrow ? 'Expand the sidebar' : 'Collapse the sidebar');
  }
}

class BottomNav extends HTMLElement {
  connectedCallback() {
    render(this, html`<nav aria-label="Site"><ul>${links(major)}
      <li><button type="button" class="nav-link" data-more aria-haspopup="menu" aria-expanded="false">${icon('more')}<span>More</span></button></li></ul></nav>`);
    const more = find(this, '[data-more]');
    more.addEventListener('click', async () => {
      const { openMenu } = await import('./components/menu.js');
      openMenu(more, 'More', minor.map(({ path, label, icon: name }) => ({ label, icon: name, href: path })));
    });
  }
}

customElements.define('dmp-sidebar', Sidebar);
customElements.define('dmp-bottom-nav', BottomNav);

// Pages

/** @param {() => Promise<unknown>} module Of a page whose styles are not among those of the first sight. */
const page = module => () => Promise.all([module(), loadStyles('/styles/pages.css')]);
/** @param {() => Promise<unknown>} module */
const partyPage = module => () => Promise.all([page(module)(), loadStyles('/party/party.css')]);

/** In stream mode what changes data is not shown: its addresses lead home. */
const hiddenFromListeners = configuration.streamMode ? '/' : undefined;

const router = new Router(find(document, '#content'), [
  { pattern: '/', title: '', element: 'dmp-home-page', load: () => import('./pages/home.js') },
  { pattern: '/browse', title: 'Browse', element: 'dmp-browse-page', load: page(() => import('./pages/browse.js')) },
  { pattern: '/artist/:slug', title: 'Artist', element: 'dmp-artist-page', load: page(() => import('./pages/artist.js')) },
  { pattern: '/timeline', title: 'Timeline', element: 'dmp-timeline-page', load: page(() => import('./pages/timeline.js')) },
  { pattern: '/statistics', title: 'Statistics', element: 'dmp-statistics-page', load: page(() => import('./pages/statistics.js')) },
  { pattern: '/explore', title: 'Explore', element: 'dmp-explore-page', load: page(() => import('./pages/explore.js')), redirect: hiddenFromListeners },
  { pattern: '/playlists', title: 'Playlists', element: 'dmp-playlists-page', load: page(() => import('./pages/playlists.js')), redirect: hiddenFromListeners },
  { pattern: '/playlists/:slug', title: 'Playlist', element: 'dmp-playlist-page', load: page(() => import('./pages/playlist.js')), redirect: hiddenFromListeners },
  { pattern: '/favorites', title: 'Favorites', element: 'dmp-favorites-page', load: page(() => import('./pages/favorites.js')), redirect: hiddenFromListeners },
  ...(isHost ? [{ pattern: '/party', title: 'Party', element: 'dmp-party-page', load: partyPage(() => import('./party/host-page.js')) }] : []),
  ...(configuration.partyEnabled
    ? [
      { pattern: '/party-status', title: 'Party status', element: 'dmp-party-status-page', load: partyPage(() => import('./party/status-page.js')) },
      { pattern: '/party-debug', title: 'Party debug', element: 'dmp-party-debug-page', load: partyPage(() => import('./party/debug-page.js')) },
      ...(configuration.streamMode ? [{ pattern: '/party', title: '', element: '', load: async () => {}, redirect: '/' }] : []),
    ] : []),
], { title: 'Page Not Found', element: 'dmp-not-found-page', load: () => import('./pages/not-found.js') });
router.addEventListener('navigate', markCurrentPlace);

// The field stands in the page; what it does is loaded when it is used.
const search = find(document, 'dmp-search');
search.addEventListener('focusin', async () => {
  const { Search } = await import('./components/search.js');
  if (search instanceof Search) search.router = router;
}, { once: true });
if (search.contains(document.activeElement)) search.dispatchEvent(new FocusEvent('focusin'));

let isBarThere = false;

async function showPlayer() {
  if (isBarThere) return;
  isBarThere = true;
  await Promise.all([import('./components/player-bar.js'), loadStyles('/styles/player.css'),
    isHost && import('./party/party-button.js'), isHost && loadStyles('/party/party.css')]);
  document.body.append(document.createElement('dmp-player-bar'));
}

/** Whether this tab was the host of a party before it was reloaded (`party/host-session.js`). */
function wasHost() {
  try {
    return isHost && sessionStorage.getItem('dmp-party-host') !== null;
  } catch {
    return false;
  }
}

await router.start();
if (configuration.streamMode) {
  (await import('./party/waiting.js')).waitForParty();
} else {
  // The player comes with the first play, unless it has something to go on with.
  document.addEventListener('dmp-player', showPlayer);
  if (load('dmp-player') || wasHost()) await showPlayer();
  addEventListener('keydown', async event => {
    // Before there is a player, two of its keys have something to do already.
    if (isBarThere || event.defaultPrevented || (event.key !== '/' && event.key !== '?')) return;
    if (event.target instanceof Element && event.target.closest('input, select, textarea, dialog, [contenteditable]')) return;
    event.preventDefault();
    (await import('./player/shortcuts.js')).press(event);
  });
}
