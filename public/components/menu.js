// A menu of actions beside the button that opens it (WAI-ARIA menu button); on a phone it rises from the bottom edge. It is a modal
// dialog, so that the browser keeps the focus inside, closes it with Escape and gives the focus back.
import { html, icon, render } from '../lib/html.js';

/**
 * An action, or with `href` a link.
 * @typedef {{ label: string, icon: Parameters<typeof icon>[0], run?: () => unknown, href?: string, isDanger?: boolean }} MenuItem
 */

const MARGIN = 8;
const PHONE = '(max-width: 639px)';

/**
 * @param {HTMLElement} anchor The button.
 * @param {string} label What the actions are for.
 * @param {(MenuItem | null | false)[]} items Null and false are left out.
 */
export function openMenu(anchor, label, items) {
  const shown = items.flatMap(item => item || []);
  const dialog = document.createElement('dialog');
  dialog.className = 'menu';
  dialog.setAttribute('aria-label', label);
  render(dialog, html`
    <p class="menu-label" aria-hidden="true">${label}</p>
    <div role="menu" aria-label="${label}">${shown.map((item, index) => {
      const content = html`${icon(item.icon)}<span>${item.label}</span>`;
      const style = item.isDanger ? 'menu-item menu-danger' : 'menu-item';
      return item.href
        ? html`<a role="menuitem" tabindex="-1" class="${style}" href="${item.href}" data-index="${index}">${content}</a>`
        : html`<button type="button" role="menuitem" tabindex="-1" class="${style}" data-index="${index}">${content}</button>`;
    })}</div>`);
  dialog.addEventListener('click', event => {
    const target = /** @type {Element} */ (event.target);
    const chosen = target.closest('[data-index]');
    if (chosen instanceof HTMLElement) {
      // First the focus goes back, then the action may take it.
      dialog.close();
      shown[Number(chosen.dataset.index)].run?.();
    } else if (target === dialog) {
      dialog.close();
    }
  });
  dialog.addEventListener('keydown', event => moveFocus(dialog, event));
  dialog.addEventListener('close', () => {
    dialog.remove();
    anchor.setAttribute('aria-expanded', 'false');
  });
  document.body.append(dialog);
  anchor.setAttribute('aria-expanded', 'true');
  dialog.showModal();
  place(dialog, anchor);
  /** @type {HTMLElement | null} */ (dialog.querySelector('[role="menuitem"]'))?.focus();
}

/** @param {HTMLElement} dialog @param {KeyboardEvent} event */
function moveFocus(dialog, event) {
  const items = [.../** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll('[role="menuitem"]'))];
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const targets = /** @type {Record<string, number>} */ ({ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 });
  /** @type {number | undefined} */
  let target = targets[event.key];
  if (target === undefined && event.key.length === 1) {
    // The first letter of an action.
    const after = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    const found = after.find(item => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
    target = found ? items.indexOf(found) : undefined;
    // Space and Enter are the browser's.
    if (event.key === ' ') return;
  }
  if (event.key === 'Tab') /** @type {HTMLDialogElement} */ (dialog).close();
  else if (target === undefined) return;
  else items[(target + items.length) % items.length]?.focus();
  event.preventDefault();
}

/**
 * Below the button, or above it, and inside the window.
 * @param {HTMLElement} dialog
 * @param {HTMLElement} anchor
 */
function place(dialog, anchor) {
  if (matchMedia(PHONE).matches) return;
  const button = anchor.getBoundingClientRect();
  const { width, height } = dialog.getBoundingClientRect();
  const below = button.bottom + 4;
  const top = below + height > innerHeight - MARGIN ? button.top - height - 4 : below;
  dialog.style.setProperty('top', `${Math.max(MARGIN, top)}px`);
  dialog.style.setProperty('left', `${Math.min(Math.max(MARGIN, button.right - width), innerWidth - width - MARGIN)}px`);
}
