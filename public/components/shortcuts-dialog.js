// The list of keys, and the switch for them.
import { find, html } from '../lib/html.js';
import { SHORTCUTS, shortcutsAreOn, switchShortcuts } from '../player/shortcuts.js';
import { openDialog } from './dialog.js';

export function showShortcuts() {
  const dialog = openDialog('Keyboard shortcuts', html`
    <dl class="shortcuts">${SHORTCUTS.map(({ keys, label }) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${label}</dd></div>`)}</dl>
    <label class="check"><input type="checkbox" ${shortcutsAreOn() ? html`checked` : ''}> Listen to these keys</label>`);
  find(dialog, 'input').addEventListener('change', event => switchShortcuts(/** @type {HTMLInputElement} */ (event.target).checked));
}
