// Starts the site: layout, pages, player or listener bar.
import { configuration, isHost } from './lib/configuration.js';
import { find } from './lib/html.js';
import { router } from './app-router.js';
import './components/nav.js';
import './components/search.js';
import './pages/home.js';
import './pages/browse.js';
import './pages/artist.js';
import './pages/not-found.js';

document.documentElement.classList.toggle('stream-mode', configuration.streamMode);
/** @type {any} */ (find(document, 'dmp-search')).go = (/** @type {string} */ url) => router.go(url);
router.addEventListener('navigate', () => {
  for (const nav of document.querySelectorAll('dmp-sidebar, dmp-bottom-nav')) /** @type {any} */ (nav).markCurrent();
});

// Each role loads what it needs, and an owner without a party nothing of it.
await Promise.all([
  configuration.streamMode ? import('./party/listener-bar.js') : import('./components/player-bar.js'),
  !configuration.streamMode && import('./player/shortcuts.js').then(({ watchShortcuts }) => watchShortcuts()),
  isHost && import('./party/host.js'),
  isHost && import('./party/host-page.js'),
  isHost && import('./party/party-button.js'),
  configuration.partyEnabled && import('./party/status-page.js'),
]);
document.body.append(document.createElement(configuration.streamMode ? 'dmp-listener-bar' : 'dmp-player-bar'));
router.start();
