// One modal dialog at a time, with the browser's own focus trap and Escape.
import { find, html, icon, render } from '../lib/html.js';

/** @param {string} title @param {import('../lib/html.js').Markup} content */
export function openDialog(title, content) {
  const dialog = document.createElement('dialog');
  dialog.className = 'dialog';
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  render(dialog, html`
    <header><h2 id="dialog-title">${title}</h2>
      <button type="button" class="icon-button" data-close aria-label="Close">${icon('close')}</button></header>
    <div class="dialog-body">${content}</div>`);
  dialog.addEventListener('click', event => {
    const target = /** @type {Element} */ (event.target);
    if (target === dialog || target.closest('[data-close], a[href^="/"]')) dialog.close();
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  find(dialog, '[data-close]').focus();
  return dialog;
}

/**
 * Asks before something that can't be undone.
 * @param {string} title @param {string} text @param {string} action What the button says.
 * @returns {Promise<boolean>}
 */
export function confirmed(title, text, action) {
  const dialog = openDialog(title, html`
    <p class="dialog-text">${text}</p>
    <p class="dialog-buttons"><button type="button" class="button" data-close>Cancel</button>
      <button type="button" class="button button-destructive" data-confirm>${action}</button></p>`);
  let isConfirmed = false;
  find(dialog, '[data-confirm]').addEventListener('click', () => {
    isConfirmed = true;
    dialog.close();
  });
  find(dialog, '.dialog-buttons [data-close]').focus();
  return new Promise(resolve => dialog.addEventListener('close', () => resolve(isConfirmed)));
}
