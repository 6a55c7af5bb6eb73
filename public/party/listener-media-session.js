// What the listener's system shows and offers (lock screen, headset buttons, media keys): W3C Media Session. There is nothing to seek in.
import { listenerCover } from './listener-cover.js';

/** @typedef {import('./party-api.js').PartyTrack} PartyTrack */

/** @param {import('./listener-sound.js').ListenerSound} sound */
export function offerMediaActions(sound) {
  if (!('mediaSession' in navigator)) return;
  /** @type {[MediaSessionAction, (() => void) | null][]} */
  const actions = [
    ['play', () => sound.play()], ['pause', () => sound.pause()], ['stop', () => sound.pause()],
    ['seekto', null], ['seekforward', null], ['seekbackward', null], ['nexttrack', null], ['previoustrack', null],
  ];
  for (const [action, handler] of actions) {
    try {
      navigator.mediaSession.setActionHandler(action, handler);
    } catch {
      // A browser that does not know this one.
    }
  }
}

/** What is shown: metadata that is set anew makes some systems show it anew. */
let shown = '';

/**
 * @param {PartyTrack | null} track
 * @param {boolean} isHeard Else the system offers to play.
 */
export function showMediaSession(track, isHeard) {
  if (!('mediaSession' in navigator)) return;
  const session = navigator.mediaSession;
  session.playbackState = track === null ? 'none' : isHeard ? 'playing' : 'paused';
  const { title = '', artist = '', releaseTitle: album = '', coverPath = null } = track ?? {};
  const key = JSON.stringify(track && [title, artist, album, coverPath]);
  if (key === shown) return;
  shown = key;
  const cover = listenerCover(coverPath);
  session.metadata = track && new MediaMetadata({ title, artist, album, artwork: cover ? [{ src: cover }] : [] });
}
