// The site's places: a sidebar on wide screens, a bar at the bottom on narrow ones.
import { isHost } from '../lib/configuration.js';
import { find, html, render } from '../lib/html.js';
import { icon } from '../lib/icons.js';
import { load, save } from '../lib/storage.js';

const STORAGE_KEY = 'dmp-sidebar';

/** @type {{ path: string, label: string, icon: Parameters<typeof icon>[0], below?: string }[]} `below` is where its sub-pages are. */
const PLACES = [
  { path: '/', label: 'Home', icon: 'home' },
  { path: '/browse', label: 'Browse', icon: 'browse', below: '/artist/' },
];
if (isHost) PLACES.push({ path: '/party', label: 'Party', icon: 'radio', below: '/party-status' });

const links = () => PLACES.map(({ path, label, icon: name }) => html`
  <li><a class="nav-link" href="${path}" title="${label}">${icon(name)}<span>${label}</span></a></li>`);

/** Marks the place of the address in both of them. */
export function markCurrentPlace() {
  const here = location.pathname;
  const current = PLACES.find(({ path, below }) => here === path || (below && here.startsWith(below)));
  for (const link of document.querySelectorAll('dmp-sidebar .nav-link, dmp-bottom-nav .nav-link')) {
    if (current && link.getAttribute('href') === current.path) link.setAttribute('aria-current', 'page');
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
    render(this, html`<nav aria-label="Site"><ul>${links()}</ul></nav>`);
  }
}

customElements.define('dmp-sidebar', Sidebar);
customElements.define('dmp-bottom-nav', BottomNav);
