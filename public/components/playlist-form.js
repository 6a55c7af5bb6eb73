// The dialog that makes a playlist, or changes the name and description of one.
import { find, html } from '../lib/html.js';
import { post } from '../lib/api.js';
import { openDialog } from './dialog.js';

const MAXIMUM_NAME = 200;
const MAXIMUM_DESCRIPTION = 2_000;

/**
 * @param {object} options
 * @param {string} options.heading
 * @param {string} options.action What its button says.
 * @param {string} options.busy The same while it is done.
 * @param {string} [options.name]
 * @param {string | null} [options.description]
 * @param {(values: { name: string, description: string | null }) => Promise<unknown>} options.save What it throws is shown, and the dialog stays.
 */
export function openPlaylistForm({ heading, action, busy, name = '', description = '', save }) {
  const dialog = openDialog(heading, html`
    <form class="form">
      <label>Name<input class="field" name="name" required maxlength="${MAXIMUM_NAME}" autocomplete="off" value="${name}"></label>
      <label>Description <small>optional</small><textarea class="field" name="description" rows="3" maxlength="${MAXIMUM_DESCRIPTION}">${description}</textarea></label>
      <p class="form-error" role="alert" hidden></p>
      <p class="dialog-buttons"><button type="button" class="button" data-close>Cancel</button><button class="button button-primary">${action}</button></p>
    </form>`);
  const form = /** @type {HTMLFormElement} */ (find(dialog, 'form'));
  const input = /** @type {HTMLInputElement} */ (find(form, 'input'));
  const error = find(form, '.form-error');
  const button = /** @type {HTMLButtonElement} */ (find(form, '.button-primary'));
  input.focus();
  input.select();
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const values = new FormData(form);
    const text = (/** @type {string} */ field) => String(values.get(field) ?? '').trim();
    const isNamed = text('name') !== '';
    error.hidden = isNamed;
    error.textContent = isNamed ? '' : 'A playlist needs a name.';
    if (!isNamed) return input.focus();
    button.disabled = true;
    button.textContent = busy;
    try {
      await save({ name: text('name'), description: text('description') || null });
      dialog.close();
    } catch (problem) {
      error.textContent = /** @type {Error} */ (problem).message;
      error.hidden = false;
      button.disabled = false;
      button.textContent = action;
      input.focus();
    }
  });
}

/** @param {(playlist: import('../lib/api.js').PlaylistRef) => unknown} made */
export function openNewPlaylist(made) {
  openPlaylistForm({
    heading: 'New playlist', action: 'Create', busy: 'Creating…',
    save: async values => made((await post('/api/playlists', values)).playlist),
  });
}
