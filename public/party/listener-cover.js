// Which cover of the party's track this page may load: the host's word for it is a stranger's. The bar and the system's display show it.
import { configuration, imageSource } from '../lib/api.js';

/** What a listener's site serves: its own catalog's covers, and those that the host has sent for this party. */
const SERVED = /^\/(img\/releases\/[^/]+|api\/party\/cover\/[0-9a-f]{32})$/;

/**
 * @param {unknown} coverPath As the host or the server said it.
 * @param {{ page?: string, storage?: string }} options The page's address, and its server's `IMAGE_STORAGE`.
 * @returns {string | null} An address to load; null for what stands for a missing cover.
 */
export function listenerCover(coverPath, { page = location.href, storage = configuration.imageStorage } = {}) {
  if (typeof coverPath !== 'string') return null;
  const source = imageSource('releases', { image: coverPath });
  const url = parsed(source ?? '', page);
  if (!source || !url) return null;
  if (url.origin === new URL(page).origin) return SERVED.test(url.pathname) ? url.href : null;
  // Where this site's own covers lie on another server, the host's do too.
  return url.protocol === 'https:' && storage !== 'local' ? url.href : null;
}

/** @param {string} source @param {string} page */
function parsed(source, page) {
  try {
    return new URL(source, page);
  } catch {
    return null;
  }
}
