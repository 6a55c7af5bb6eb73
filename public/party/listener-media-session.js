// What the listener's system shows and offers (lock screen, headset buttons): W3C Media Session.
import { imageSource } from '../lib/api.js';

/** @typedef {import('./party-api.js').PartyTrack} PartyTrack */

/** @param {import('./listener-sound.js').ListenerSound} sound */
export function offerMediaActions(sound) {
  if (!('mediaSession' in navigator)) return;
  navigator.mediaSession.setActionHandler('play', () => sound.play());
  navigator.mediaSession.setActionHandler('pause', () => sound.pause());
}

/**
 * @param {PartyTrack | null} track
 * @param {boolean} isPaused By the listener.
 */
export function showMediaSession(track, isPaused) {
  if (!('mediaSession' in navigator)) return;
  const session = navigator.mediaSession;
  session.playbackState = track === null ? 'none' : isPaused ? 'paused' : 'playing';
  if (!track) {
    session.metadata = null;
    return;
  }
  if (session.metadata?.title === track.title && session.metadata.artist === track.artist && session.metadata.album === track.releaseTitle) return;
  const cover = imageSource('releases', { image: track.coverPath });
  session.metadata = new MediaMetadata({
    title: track.title,
    artist: track.artist,
    album: track.releaseTitle,
    artwork: cover ? [{ src: new URL(cover, location.href).href }] : [],
  });
}
