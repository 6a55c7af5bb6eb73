// What the system shows and offers of the player: lock screen, headset and keyboard keys (W3C Media Session).
import { releaseImage } from '../lib/api.js';

/** @typedef {import('./player.js').Player} Player */

const SEEK_SECONDS = 10;
/** A system takes the one that suits it; the picture is the same. */
const ARTWORK_SIZES = ['96x96', '192x192', '512x512'];

/** @param {Player} player */
export function watchMediaSession(player) {
  if (!('mediaSession' in navigator)) return;
  /** @type {[MediaSessionAction, MediaSessionActionHandler][]} */
  const handlers = [
    ['play', () => player.play()],
    ['pause', () => player.pause()],
    ['stop', () => player.pause()],
    ['previoustrack', () => player.previous()],
    ['nexttrack', () => player.next()],
    ['seekto', ({ seekTime }) => player.seek(seekTime ?? 0)],
    ['seekbackward', ({ seekOffset }) => player.seek(player.currentTime - (seekOffset ?? SEEK_SECONDS))],
    ['seekforward', ({ seekOffset }) => player.seek(player.currentTime + (seekOffset ?? SEEK_SECONDS))],
  ];
  for (const [action, handler] of handlers) {
    try {
      navigator.mediaSession.setActionHandler(action, handler);
    } catch {
      // An action that this browser does not know.
    }
  }
  player.addEventListener('trackchange', () => showTrack(player));
  for (const type of ['trackchange', 'statechange', 'timeupdate']) player.addEventListener(type, () => showState(player));
  showTrack(player);
}

/** @param {Player} player */
function showTrack({ track }) {
  const cover = track && releaseImage({ image: track.releaseImage, imageUrl: track.releaseImageUrl });
  navigator.mediaSession.metadata = track && new MediaMetadata({
    title: track.title,
    artist: track.artist,
    album: track.album,
    artwork: cover ? ARTWORK_SIZES.map(sizes => ({ src: new URL(cover, location.href).href, sizes })) : [],
  });
}

/** @param {Player} player */
function showState({ track, playing, duration, currentTime }) {
  navigator.mediaSession.playbackState = track ? (playing ? 'playing' : 'paused') : 'none';
  if (duration > 0 && currentTime <= duration) navigator.mediaSession.setPositionState?.({ duration, position: currentTime, playbackRate: 1 });
}
