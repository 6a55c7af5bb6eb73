// The browser around the page: its title, what it keeps, style sheets, short messages, addresses and history.

// Title: what plays, else the page

const SITE_TITLE = 'DMP';

let pageTitle = '';
let playingTitle = '';

/** @param {string} title Of the page; empty for the start page. */
export function setPageTitle(title) {
  pageTitle = title;
  showTitle();
}

/** @param {string} title Of the track; empty when nothing plays. */
export function setPlayingTitle(title) {
  playingTitle = title;
  showTitle();
}

function showTitle() {
  document.title = [playingTitle ? `▶ ${playingTitle}` : pageTitle, SITE_TITLE].filter(Boolean).join(' – ');
}

// Storage: a browser may refuse it, or hand it back damaged

/** @param {string} key @returns {any} Null when there is nothing, or nothing readable. */
export function load(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
export function save(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page works without.
  }
}

// Style sheets that the first sight does not need

/** @type {Map<string, Promise<void>>} */
const styles = new Map();

/**
 * @param {string} path
 * @returns {Promise<void>} Once it applies; also when it cannot be had, since a plain page is better than none.
 */
export function loadStyles(path) {
  let loading = styles.get(path);
  if (!loading) {
    loading = new Promise(done => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = path;
      link.addEventListener('load', () => done());
      link.addEventListener('error', () => {
        styles.delete(path);
        done();
      });
      document.head.append(link);
    });
    styles.set(path, loading);
  }
  return loading;
}

// Messages at the edge of the page, read out politely

const SHOWN_MILLISECONDS = 6_000;
/** Time to reach the button of a message that has one. */
const SHOWN_WITH_ACTION_MILLISECONDS = 12_000;
const MOST_MESSAGES = 3;

/**
 * @param {string} text
 * @param {'info' | 'error'} [kind]
 * @param {{ label: string, run: () => unknown }} [action] A button, such as Undo.
 */
export function toast(text, kind = 'info', action) {
  const message = document.createElement('p');
  message.className = `toast toast-${kind}`;
  message.textContent = text;
  if (action) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = action.label;
    button.addEventListener('click', () => {
      message.remove();
      action.run();
    });
    message.append(button);
  }
  // In the page from the beginning: a live region speaks only of what changes in it.
  const region = document.getElementById('toasts');
  region?.append(message);
  if (region && region.childElementCount > MOST_MESSAGES) region.firstElementChild?.remove();
  const hide = () => setTimeout(() => (message.matches(':hover, :focus-within') ? hide() : message.remove()), action ? SHOWN_WITH_ACTION_MILLISECONDS : SHOWN_MILLISECONDS);
  hide();
}

// Addresses: links of the site change the page without loading it anew, so that the music goes on

/**
 * @typedef {object} Route
 * @property {string} pattern Such as `/artist/:slug`.
 * @property {string} element Name of the page's custom element.
 * @property {() => Promise<unknown>} load Defines the element.
 * @property {string} title For the browser's title until the page sets its own.
 * @property {string} [redirect] Where this address leads instead.
 */

/**
 * A page: it gets `params`, decoded, and the router before it is shown, and tells when its first content is there.
 * @typedef {HTMLElement & { params?: Record<string, string>, router?: Router, ready?: Promise<unknown> }} Page
 */

const SCROLL_KEY = 'dmp-scroll';

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
   * @param {Omit<Route, 'pattern'>} fallback For an unknown address.
   */
  constructor(outlet, routes, fallback) {
    super();
    this.#outlet = outlet;
    this.#routes = routes;
    this.#fallback = fallback;
  }

  /** Shows the page of the address. */
  start() {
    history.scrollRestoration = 'manual';
    document.addEventListener('click', event => this.#follow(event));
    addEventListener('popstate', () => {
      this.#remember();
      this.#show(false);
    });
    addEventListener('pagehide', () => {
      this.#remember();
      sessionStorage.setItem(SCROLL_KEY, JSON.stringify([...this.#scrolled].slice(-50)));
    });
    try {
      this.#scrolled = new Map(JSON.parse(sessionStorage.getItem(SCROLL_KEY) ?? '[]'));
    } catch {
      // Forbidden or damaged: every page starts at its top.
    }
    return this.#show(false);
  }

  /**
   * @param {string} url
   * @param {{ replace?: boolean }} options `replace` leaves no entry behind.
   * @returns {Promise<void>}
   */
  go(url, { replace = false } = {}) {
    this.#remember();
    // An entry's name has to be unique in this tab only; randomUUID is not there over plain HTTP.
    history[replace ? 'replaceState' : 'pushState']({ entry: `${Date.now()}-${Math.random()}` }, '', url);
    return this.#show(true);
  }

  /**
   * Changes the address's query without changing the page.
   * @param {URLSearchParams} query
   */
  replaceQuery(query) {
    const text = query.toString();
    this.replaceAddress(location.pathname + (text ? `?${text}` : ''));
  }

  /**
   * The page stays and has another address from now on.
   * @param {string} url
   */
  replaceAddress(url) {
    history.replaceState(history.state, '', url);
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
  async #show(isNew) {
    const entry = (this.#entry = history.state?.entry ?? '');
    const path = location.pathname;
    const found = this.#routes.map(route => ({ route, params: match(route.pattern, path) })).find(({ params }) => params);
    const route = found?.route ?? this.#fallback;
    if (found?.route.redirect) return this.go(found.route.redirect, { replace: true });
    try {
      await route.load();
    } catch {
      // The server is away, or another version of the site is there by now: the browser has the words, or the new one.
      if (this.#outlet.hasChildNodes()) location.reload();
      return;
    }
    // Meanwhile another link may have been followed.
    if (this.#entry !== entry || location.pathname !== path) return;
    const page = /** @type {Page} */ (document.createElement(route.element));
    page.params = found?.params ?? {};
    page.router = this;
    const isFirst = !this.#outlet.hasChildNodes();
    setPageTitle(route.title);
    this.#outlet.replaceChildren(page);
    this.dispatchEvent(new Event('navigate'));
    const top = isNew ? 0 : (this.#scrolled.get(entry) ?? 0);
    scrollTo(0, top);
    // A page that still loads is not long enough yet.
    if (top) page.ready?.then(() => page.isConnected && scrollTo(0, top), () => {});
    // A screen reader starts at the new page; the first one is read anyway.
    if (!isFirst) this.#outlet.focus({ preventScroll: true });
  }
}
