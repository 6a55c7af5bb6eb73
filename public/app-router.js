// The site's addresses.
import { configuration, isHost } from './lib/configuration.js';
import { find } from './lib/html.js';
import { Router } from './lib/router.js';

export const router = new Router(find(document, '#content'), [
  { pattern: '/', element: 'dmp-home-page' },
  { pattern: '/browse', element: 'dmp-browse-page' },
  { pattern: '/artist/:slug', element: 'dmp-artist-page' },
  ...(isHost ? [{ pattern: '/party', element: 'dmp-party-page' }] : []),
  ...(configuration.partyEnabled ? [{ pattern: '/party-status', element: 'dmp-party-status-page' }] : []),
], 'dmp-not-found-page');
