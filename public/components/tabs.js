// Tabs above a panel (WAI-ARIA tabs): the arrow keys choose.
import { html } from '../lib/html.js';

/**
 * @param {string} label What the tabs choose.
 * @param {{ id: string, label: string, count: number }[]} tabs
 * @param {string} selected Id of the one that is shown.
 * @param {string} panel Id of the element that shows it.
 */
export const tabList = (label, tabs, selected, panel) => html`
  <div class="tabs" role="tablist" aria-label="${label}">${tabs.map(tab => html`
    <button type="button" role="tab" id="tab-${tab.id}" aria-controls="${panel}" aria-selected="${String(tab.id === selected)}" tabindex="${tab.id === selected ? 0 : -1}"
      data-tab="${tab.id}">${tab.label} <small>${tab.count.toLocaleString('en')}</small></button>`)}</div>`;

/**
 * @param {Element} list What `tabList` has made.
 * @param {(id: string) => void} select Shows another tab; it may make the tabs anew.
 */
export function watchTabs(list, select) {
  list.addEventListener('click', event => {
    const tab = /** @type {Element} */ (event.target).closest('[data-tab]');
    if (tab instanceof HTMLElement) select(tab.dataset.tab ?? '');
  });
  list.addEventListener('keydown', event => {
    const tabs = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[data-tab]'))];
    const at = tabs.findIndex(tab => tab.getAttribute('aria-selected') === 'true');
    const targets = /** @type {Record<string, number>} */ ({ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 });
    const target = targets[/** @type {KeyboardEvent} */ (event).key];
    if (target === undefined) return;
    event.preventDefault();
    select(tabs[(target + tabs.length) % tabs.length].dataset.tab ?? '');
  });
}
