// Starts the site: the layout, the page of the address, then the player or the listener bar.
import { markCurrentPlace } from './components/nav.js';
import { configuration, isHost } from './lib/api.js';
import { load, loadStyles, Router } from './lib/browser.js';
import { find } from './lib/html.js';

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
