// Short messages at the edge of the page, read out politely.

const SHOWN_MILLISECONDS = 6_000;
const MOST = 3;

/** Time to reach the button of a message that has one. */
const SHOWN_WITH_ACTION_MILLISECONDS = 12_000;

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
  if (region && region.childElementCount > MOST) region.firstElementChild?.remove();
  const hide = () => setTimeout(() => (message.matches(':hover, :focus-within') ? hide() : message.remove()), action ? SHOWN_WITH_ACTION_MILLISECONDS : SHOWN_MILLISECONDS);
  hide();
}
