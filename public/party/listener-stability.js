// The listener's choice between hearing the host early and hearing it without gaps: a dialog that `<dmp-listener-bar>` opens.
import { openDialog } from '../components/dialog.js';
import { find, html } from '../lib/html.js';
import { setText } from './parts.js';

/** @typedef {import('./playout-delay.js').Stability} Stability */

/** @type {Record<Stability, { label: string, hint: string }>} */
const CHOICES = {
  automatic: { label: 'Automatic', hint: 'Holds back as much sound as your connection needs.' },
  low: { label: 'Lowest delay', hint: 'You hear the host as early as possible. A weak network may be heard as gaps.' },
  stable: { label: 'Most stable', hint: 'Holds back half a second of sound, so that a weak network is heard least.' },
};

/** @param {import('./playout-delay.js').PlayoutDelay} playoutDelay */
export function chooseStability(playoutDelay) {
  const dialog = openDialog('Stability', html`
    <fieldset class="stability-choices">
      <legend class="dialog-text">Sound travels over the network in small pieces, and some come late. Holding back a little of it leaves time to wait for them.</legend>
      ${Object.entries(CHOICES).map(([name, { label, hint }]) => html`
        <label class="stability-choice"><input type="radio" name="stability" value="${name}"><span><b>${label}</b><span>${hint}</span></span></label>`)}
    </fieldset>
    <p class="dialog-text" data-now></p>`);
  const show = () => {
    /** @type {HTMLInputElement} */ (find(dialog, `[value="${playoutDelay.stability}"]`)).checked = true;
    setText(find(dialog, '[data-now]'), `Now ${playoutDelay.milliseconds} milliseconds are held back.`);
  };
  dialog.addEventListener('change', event => {
    playoutDelay.stability = /** @type {Stability} */ (/** @type {HTMLInputElement} */ (event.target).value);
  });
  const shown = new AbortController();
  playoutDelay.addEventListener('change', show, { signal: shown.signal });
  dialog.addEventListener('close', () => shown.abort());
  show();
}
