// Starts the site: the layout, the page of the address, then the player or the listener bar.
import { configuration, isHost } from './lib/configuration.js';
import { find } from './lib/html.js';
import { Router } from './lib/router.js';
import { markCurrentPlace } from './components/nav.js';
import './components/search.js';

/** @typedef {import('./components/search.js').Search} Search */

/** In stream mode what changes data is not shown: its addresses lead home. */
const hiddenFromListeners = configuration.streamMode ? '/' : undefined;

const router = new Router(find(document, '#content'), [
  { pattern: '/', title: '', element: 'dmp-home-page', load: () => import('./pages/home.js') },
  { pattern: '/browse', title: 'Browse', element: 'dmp-browse-page', load: () => import('./pages/browse.js') },
  { pattern: '/artist/:slug', title: 'Artist', element: 'dmp-artist-page', load: () => import('./pages/artist.js') },
  { pattern: '/timeline', title: 'Timeline', element: 'dmp-timeline-page', load: () => import('./pages/timeline.js') },
  { pattern: '/statistics', title: 'Statistics', element: 'dmp-statistics-page', load: () => import('./pages/statistics.js') },
  { pattern: '/explore', title: 'Explore', element: 'dmp-explore-page', load: () => import('./pages/explore.js'), redirect: hiddenFromListeners },
  { pattern: '/playlists', title: 'Playlists', element: 'dmp-playlists-page', load: () => import('./pages/playlists.js'), redirect: hiddenFromListeners },
  { pattern: '/playlists/:slug', title: 'Playlist', element: 'dmp-playlist-page', load: () => import('./pages/playlist.js'), redirect: hiddenFromListeners },
  { pattern: '/favorites', title: 'Favorites', element: 'dmp-favorites-page', load: () => import('./pages/favorites.js'), redirect: hiddenFromListeners },
  ...(isHost ? [{ pattern: '/party', title: 'Party', element: 'dmp-party-page', load: () => import('./party/host-page.js') }] : []),
  ...(configuration.partyEnabled
    ? [
      { pattern: '/party-status', title: 'Party status', element: 'dmp-party-status-page', load: () => import('./party/status-page.js') },
      { pattern: '/party-debug', title: 'Party debug', element: 'dmp-party-debug-page', load: () => import('./party/debug-page.js') },
      ...(configuration.streamMode ? [{ pattern: '/party', title: '', element: '', load: async () => {}, redirect: '/' }] : []),
    ] : []),
], { title: 'Page Not Found', element: 'dmp-not-found-page', load: () => import('./pages/not-found.js') });

/** @type {Search} */ (find(document, 'dmp-search')).router = router;
router.addEventListener('navigate', markCurrentPlace);

// The party's parts, and in stream mode the player's, are not even loaded where they have nothing to do.
if (configuration.partyEnabled) {
  const styles = document.createElement('link');
  styles.rel = 'stylesheet';
  styles.href = '/party/party.css';
  document.head.append(styles);
}
await router.start();
if (configuration.streamMode) {
  await import('./party/listener-bar.js');
  document.body.append(document.createElement('dmp-listener-bar'));
} else {
  if (isHost) await import('./party/party-button.js');
  await import('./components/player-bar.js');
  document.body.append(document.createElement('dmp-player-bar'));
}
