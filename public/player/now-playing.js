// Shows in every list which release and which track plays, also in lists that appear later.
import { player } from './player.js';

/** Keeps the page's play buttons and rows marked from now on. */
export function markPlaying() {
  for (const type of ['trackchange', 'statechange']) player.addEventListener(type, mark);
  const main = document.querySelector('main');
  if (main) new MutationObserver(mark).observe(main, { childList: true, subtree: true });
  mark();
}

function mark() {
  const { track, playing } = player;
  for (const button of document.querySelectorAll('button[data-play-release]')) {
    if (!(button instanceof HTMLElement)) continue;
    const isPlaying = playing && track?.localReleaseId === button.dataset.playRelease;
    button.toggleAttribute('data-playing', isPlaying);
    button.setAttribute('aria-label', `${isPlaying ? 'Pause' : 'Play'} ${button.dataset.title}`);
  }
  for (const row of document.querySelectorAll('main tr[data-track]')) {
    if (!(row instanceof HTMLElement)) continue;
    const isCurrent = track?.id === row.dataset.track;
    row.toggleAttribute('data-playing', isCurrent && playing);
    row.toggleAttribute('aria-current', isCurrent);
    const button = row.querySelector('.row-play');
    if (button instanceof HTMLElement) button.setAttribute('aria-label', `${isCurrent && playing ? 'Pause' : 'Play'} ${button.dataset.title}`);
  }
}
