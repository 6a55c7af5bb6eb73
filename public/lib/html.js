// What pages are written with: markup as tagged templates, in which every value is escaped unless it is markup itself, icons, and numbers and times as
// people read them.

// Markup

const ESCAPES = /** @type {Record<string, string>} */ ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' });

/** Text that may go into a page as it is. Only `html` makes it. */
export class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @param {unknown} value */
export function escape(value) {
  return String(value).replace(/[&<>"']/g, character => ESCAPES[character]);
}

/** @param {unknown} value @returns {string} */
function toText(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(toText).join('');
  return value === null || value === undefined || value === false ? '' : escape(value);
}

/**
 * `html`<p title="${title}">${text}</p>``. Null, undefined and false are nothing, arrays are joined. Attributes need quotes.
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export function html(strings, ...values) {
  return new Markup(strings.reduce((text, piece, index) => text + toText(values[index - 1]) + piece));
}

/**
 * Replaces what an element holds.
 * @param {Element} element
 * @param {Markup | Markup[]} markup
 */
export function render(element, markup) {
  element.innerHTML = toText(markup);
}

/**
 * The element of a selector that must be there.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`no ${selector}`);
  return /** @type {T} */ (element);
}

// Icons: outlines on a 24 × 24 grid, drawn for this site

const PATHS = {
  home: 'M3 11.5 12 4l9 7.5M5.5 9.8V20h13V9.8M9.5 20v-6h5v6',
  browse: 'M4 5h7v7H4zM13 5h7v7h-7zM4 14h7v6H4zM13 14h7v6h-7z',
  radio: 'M12 12v8M8.5 20h7M7.8 15.2a6 6 0 1 1 8.4 0M5 18a10 10 0 1 1 14 0M12 12h.01',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20',
  close: 'M6 6l12 12M18 6 6 18',
  play: 'M7 4.5v15l13-7.5z',
  pause: 'M8 5v14M16 5v14',
  next: 'M6 5v14l10-7zM19 5v14',
  previous: 'M18 5v14L8 12zM5 5v14',
  shuffle: 'M3 7h4l9 10h5M3 17h4l2.6-2.9M13.6 9.6 16 7h5M18.5 4.5 21 7l-2.5 2.5M18.5 14.5 21 17l-2.5 2.5',
  repeat: 'M4 12V9a3 3 0 0 1 3-3h13M20 12v3a3 3 0 0 1-3 3H4M17 3l3 3-3 3M7 15l-3 3 3 3',
  volume: 'M4 9.5v5h3.5L13 19V5L7.5 9.5zM16.5 9a4.5 4.5 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11',
  'volume-off': 'M4 9.5v5h3.5L13 19V5L7.5 9.5zM17 9.5l5 5M22 9.5l-5 5',
  music: 'M9 18V5.5l11-2V16M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM20 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  chevron: 'M6 9l6 6 6-6',
  collapse: 'M14 6l-6 6 6 6M20 6v12',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4.1 4.1 0 0 0-5.8-5.8L12 6.8M14 10a4 4 0 0 0-6-.4l-3 3a4.1 4.1 0 0 0 5.8 5.8l1.2-1.2',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.2 1-1.2 1.8M12 16.8h.01',
  queue: 'M4 6h16M4 11h16M4 16h8M15 14.5v6l5-3z',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  disc: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5 10 17.5 19.5 7',
  users: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.4a3.5 3.5 0 0 1 0 6.2M18.5 14.6a6.5 6.5 0 0 1 3 5.4',
  status: 'M3 12h4l3 8 4-16 3 8h4',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3h.01',
  heart: 'M12 20.5C7 17 3 13.4 3 9.2A4.7 4.7 0 0 1 12 7a4.7 4.7 0 0 1 9 2.2c0 4.2-4 7.8-9 11.3z',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  edit: 'M4 20h4L20 8l-4-4L4 16zM14 6l4 4',
  grip: 'M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01',
  playlist: 'M4 6h11M4 11h11M4 16h6M18.5 17V7l2.5 1.5M18.5 17a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0z',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
  chart: 'M4 20h16M7 20v-7M12 20V5M17 20V10',
  compass: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM15.5 8.5l-2 5-5 2 2-5z',
  calendar: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5v5M15.5 3.5v5',
  refresh: 'M20 11a8 8 0 1 0-2.3 6M20 5v6h-6',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  sliders: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
};

const FILLED = new Set(['play', 'next', 'previous']);

/**
 * @param {keyof typeof PATHS} name
 * @returns {Markup} Hidden from screen readers: what it stands on carries the label.
 */
export function icon(name) {
  const fill = FILLED.has(name) ? 'currentColor' : 'none';
  return new Markup(
    `<svg class="icon" viewBox="0 0 24 24" fill="${fill}" stroke="currentColor" stroke-width="2" stroke-linecap="round" `
    + `stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="${PATHS[name]}"/></svg>`);
}

// Numbers and times

/**
 * `m:ss`, from an hour on `h:mm:ss`.
 * @param {number | null | undefined} seconds
 * @param {string} [unknown] For null, NaN and negative values.
 */
export function formatTime(seconds, unknown = '0:00') {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return unknown;
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  return parts.map((part, index) => (index ? String(part).padStart(2, '0') : part)).join(':');
}

/**
 * The same for a screen reader: `3 minutes 5 seconds`.
 * @param {number} seconds
 */
export function spokenDuration(seconds) {
  const whole = Math.max(0, Math.floor(seconds) || 0);
  return [count(Math.floor(whole / 60), 'minute'), count(whole % 60, 'second')].join(' ');
}

/**
 * `1 track`, `2 tracks`.
 * @param {number} number
 * @param {string} noun
 * @param {string} [plural]
 */
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/**
 * First letter or digit of a name, for where a picture is missing.
 * @param {string} name
 */
export function initial(name) {
  return name.match(/[\p{L}\p{N}]/u)?.[0].toUpperCase() ?? '♪';
}

/**
 * A long time: `3d 4h 5m`.
 * @param {number} seconds
 */
export function formatDays(seconds) {
  const minutes = Math.max(0, Math.floor((seconds || 0) / 60));
  const parts = [[Math.floor(minutes / 1440), 'd'], [Math.floor(minutes / 60) % 24, 'h'], [minutes % 60, 'm']];
  return parts.filter(([value, unit], index) => value || unit === 'm' || (index === 1 && minutes >= 1440)).map(part => part.join('')).join(' ');
}

/**
 * Day and time as the reader's own country writes them.
 * @param {string} date ISO 8601.
 */
export function formatDate(date) {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? 'unknown' : time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
