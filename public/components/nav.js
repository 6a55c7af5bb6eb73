// The site's places: a sidebar on wide screens, a bar at the bottom on narrow ones.
import { configuration, isHost } from '../lib/configuration.js';
import { find, html, render } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { load, save } from '../lib/storage.js';

const STORAGE_KEY = 'dmp-sidebar';

/** @type {{ path: string, label: string, icon: Parameters<typeof icon>[0], shown?: boolean }[]} */
const PLACES = [
  { path: '/', label: 'Home', icon: 'home' },
  { path: '/browse', label: 'Browse', icon: 'browse' },
  { path: '/party', label: 'Party', icon: 'radio', shown: isHost },
  { path: '/party-status', label: 'Status', icon: 'status', shown: configuration.partyEnabled },
];

const links = () => PLACES.filter(({ shown = true }) => shown).map(place => html`
  <li><a class="nav-link" href="${place.path}" title="${place.label}">${icon(place.icon)}<span>${place.label}</span></a></li>`);

/** @param {HTMLElement} nav */
function markCurrent(nav) {
  const path = location.pathname;
  for (const link of nav.querySelectorAll('a.nav-link')) {
    const target = link.getAttribute('href') ?? '';
    const isCurrent = target === '/' ? path === '/' : path === target || path.startsWith(`${target}/`)
      || (target === '/browse' && path.startsWith('/artist/'));
    if (isCurrent) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

class Sidebar extends HTMLElement {
  connectedCallback() {
    render(this, html`
      <nav aria-label="Site">
        <a class="logo" href="/" aria-label="DMP, home"><span class="logo-mark" aria-hidden="true">D</span><span class="logo-text">DMP</span></a>
        <ul>${links()}</ul>
        <button type="button" class="nav-link collapse">${icon('collapse')}<span>Collapse</span></button>
      </nav>`);
    find(this, '.collapse').addEventListener('click', () => this.#collapse(!document.documentElement.classList.contains('sidebar-narrow')));
    this.#collapse(load(STORAGE_KEY) === 'narrow');
  }

  /** @param {boolean} narrow */
  #collapse(narrow) {
    document.documentElement.classList.toggle('sidebar-narrow', narrow);
    find(this, '.collapse').setAttribute('aria-expanded', String(!narrow));
    find(this, '.collapse').setAttribute('aria-label', narrow ? 'Widen the sidebar' : 'Narrow the sidebar');
    save(STORAGE_KEY, narrow ? 'narrow' : 'wide');
  }

  markCurrent() {
    markCurrent(this);
  }
}

class BottomNav extends HTMLElement {
  connectedCallback() {
    render(this, html`<nav aria-label="Site"><ul>${links()}</ul></nav>`);
  }

  markCurrent() {
    markCurrent(this);
  }
}

customElements.define('dmp-sidebar', Sidebar);
customElements.define('dmp-bottom-nav', BottomNav);
