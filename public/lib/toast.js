// Short messages at the edge of the page, read out politely.

const SHOWN_MILLISECONDS = 6_000;

/** @type {HTMLElement | undefined} */
let region;

/** @param {string} text @param {'info' | 'error'} [kind] */
export function toast(text, kind = 'info') {
  if (!region) {
    region = document.createElement('div');
    region.className = 'toasts';
    region.setAttribute('role', 'status');
    document.body.append(region);
  }
  const message = document.createElement('p');
  message.className = `toast toast-${kind}`;
  message.textContent = text;
  region.append(message);
  setTimeout(() => message.remove(), SHOWN_MILLISECONDS);
}
