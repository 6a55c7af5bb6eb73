// The site in several tabs: the one that was played in last is heard, and its state is the one that is kept.

const CHANNEL = 'dmp-player';

export class OtherTabs {
  /** @type {BroadcastChannel | null} */
  #channel = null;

  /** @param {() => void} heard Another tab has begun to play. */
  constructor(heard) {
    if (typeof BroadcastChannel !== 'function') return;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.addEventListener('message', ({ data }) => data === 'playing' && heard());
  }

  /** This tab begins to play. */
  tell() {
    this.#channel?.postMessage('playing');
  }
}
