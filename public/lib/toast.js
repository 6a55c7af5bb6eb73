// Short messages at the edge of the page, read out politely.

const SHOWN_MILLISECONDS = 6_000;
const MOST = 3;

/** @param {string} text @param {'info' | 'error'} [kind] */
export function toast(text, kind = 'info') {
  const message = document.createElement('p');
  message.className = `toast toast-${kind}`;
  message.textContent = text;
  // In the page from the beginning: a live region speaks only of what changes in it.
  const region = document.getElementById('toasts');
  region?.append(message);
  if (region && region.childElementCount > MOST) region.firstElementChild?.remove();
  setTimeout(() => message.remove(), SHOWN_MILLISECONDS);
}
