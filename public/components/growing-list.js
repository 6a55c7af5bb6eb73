// A long list that grows while it is scrolled, so that a library's thousands do not hold the page up. It remembers how far it had grown:
// going back finds the page as long as it was.

const CHUNK = 120;

/**
 * How much was shown, by the list's name.
 * @type {Map<string, number>}
 */
const grown = new Map();

/**
 * @template T
 * @param {HTMLElement} list Its content is replaced.
 * @param {T[]} items
 * @param {(item: T, index: number) => import('../lib/html.js').Markup} render
 * @param {string} name Unique on the site.
 * @param {number} [least] So many are shown at once.
 * @returns {() => void} Stops growing.
 */
export function growingList(list, items, render, name, least = 0) {
  let shown = 0;
  /** @param {number} end */
  const growTo = end => {
    const start = shown;
    shown = Math.min(end, items.length);
    list.insertAdjacentHTML('beforeend', items.slice(start, shown).map((item, index) => String(render(item, start + index))).join(''));
    grown.set(name, shown);
    // The last item again and again: the list grows before its end is reached.
    observer.disconnect();
    if (shown < items.length && list.lastElementChild) observer.observe(list.lastElementChild);
  };
  const observer = new IntersectionObserver(entries => entries.some(entry => entry.isIntersecting) && growTo(shown + CHUNK), { rootMargin: '1200px' });
  list.replaceChildren();
  growTo(Math.max(grown.get(name) ?? 0, CHUNK, least));
  return () => observer.disconnect();
}
