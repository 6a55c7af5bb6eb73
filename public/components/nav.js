// The site's places: a sidebar on wide screens, a bar at the bottom on narrow ones, whose last button leads to what it has no room for.
import { configuration, isHost } from '../lib/api.js';
import { find, html, icon, render } from '../lib/html.js';
import { load, save } from '../lib/browser.js';

const STORAGE_KEY = 'dmp-sidebar';
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
export function markCurrentPlace() {
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
      save(STORAGE_KEY, narrow ? 'narrow' : 'wide');
      this.#show(narrow);
    });
    this.#show(load(STORAGE_KEY) === 'narrow');
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
      const { openMenu } = await import('./menu.js');
      openMenu(more, 'More', minor.map(({ path, label, icon: name }) => ({ label, icon: name, href: path })));
    });
  }
}

customElements.define('dmp-sidebar', Sidebar);
customElements.define('dmp-bottom-nav', BottomNav);
