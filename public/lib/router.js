// Which page an address shows. Links of the site change the page without loading it anew, so that the music goes on.

/**
 * @typedef {object} Route
 * @property {string} pattern Such as `/artist/:slug`.
 * @property {string} element Name of the page's custom element; it gets the parameters as `params`.
 */

/**
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null} The pattern's parameters, decoded; null when the path is another.
 */
export function match(pattern, path) {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [index, part] of wanted.entries()) {
    if (!part.startsWith(':')) {
      if (part !== given[index]) return null;
      continue;
    }
    try {
      params[part.slice(1)] = decodeURIComponent(given[index]);
    } catch {
      return null;
    }
  }
  return params;
}

/** Dispatches `navigate` after every change of page. */
export class Router extends EventTarget {
  #outlet;
  #routes;
  #fallback;
  /**
   * Where each visited entry of the history was scrolled to.
   * @type {Map<string, number>}
   */
  #scrolled = new Map();
  #entry = '';

  /**
   * @param {HTMLElement} outlet Holds the page's element.
   * @param {Route[]} routes
   * @param {string} fallback Element for an unknown address.
   */
  constructor(outlet, routes, fallback) {
    super();
    this.#outlet = outlet;
    this.#routes = routes;
    this.#fallback = fallback;
  }

  start() {
    history.scrollRestoration = 'manual';
    document.addEventListener('click', event => this.#follow(event));
    addEventListener('popstate', () => this.#show(false));
    this.#show(true);
  }

  /**
   * @param {string} url
   * @param {{ replace?: boolean }} options `replace` leaves no entry behind.
   */
  go(url, { replace = false } = {}) {
    this.#remember();
    history[replace ? 'replaceState' : 'pushState']({ entry: crypto.randomUUID?.() ?? String(Math.random()) }, '', url);
    this.#show(true);
  }

  /**
   * Changes the address's query without changing the page.
   * @param {URLSearchParams} query
   */
  replaceQuery(query) {
    const text = query.toString();
    history.replaceState(history.state, '', location.pathname + (text ? `?${text}` : ''));
  }

  #remember() {
    this.#scrolled.set(this.#entry, scrollY);
  }

  /** @param {MouseEvent} event */
  #follow(event) {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute('download') || link.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    if (link.href !== location.href) this.go(link.href);
    else scrollTo(0, 0);
  }

  /** @param {boolean} isNew A new entry starts at the top; one that was there before where it was left. */
  #show(isNew) {
    if (!isNew) this.#remember();
    this.#entry = history.state?.entry ?? '';
    const path = location.pathname;
    const found = this.#routes.map(({ pattern, element }) => ({ element, params: match(pattern, path) })).find(({ params }) => params);
    const page = /** @type {HTMLElement & { params?: Record<string, string>, ready?: Promise<unknown> }} */ (
      document.createElement(found?.element ?? this.#fallback));
    page.params = found?.params ?? {};
    const isFirst = !this.#outlet.hasChildNodes();
    this.#outlet.replaceChildren(page);
    this.dispatchEvent(new CustomEvent('navigate', { detail: { path } }));
    const top = isNew ? 0 : (this.#scrolled.get(this.#entry) ?? 0);
    scrollTo(0, top);
    // A page that still loads is not long enough yet.
    if (top) page.ready?.then(() => page.isConnected && scrollTo(0, top), () => {});
    // A screen reader starts at the new page; the first one is read anyway.
    if (!isFirst) this.#outlet.focus({ preventScroll: true });
  }
}
