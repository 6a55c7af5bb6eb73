// The browser's title: what plays, else the page.

const SITE = 'DMP';

let page = '';
let playing = '';

/** @param {string} title Of the page; empty for the start page. */
export function setPageTitle(title) {
  page = title;
  show();
}

/** @param {string} title Of the track; empty when nothing plays. */
export function setPlayingTitle(title) {
  playing = title;
  show();
}

function show() {
  document.title = [playing ? `▶ ${playing}` : page, SITE].filter(Boolean).join(' – ');
}
