// Markup as tagged templates: every value is escaped unless it is markup itself.

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
