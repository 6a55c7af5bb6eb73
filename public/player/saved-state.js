// What of the player outlives the page, in localStorage under `dmp-player`: read with care, since it may be damaged, older, or that of the
// original DMP's page at the same address.
import { load, save } from '../lib/browser.js';

/** @typedef {import('./queue.js').PlayerTrack} PlayerTrack */
/** @typedef {import('./queue.js').QueueState} QueueState */
/** @typedef {'off' | 'release' | 'artist' | 'catalogue' | 'explorer'} ShuffleMode */
/** @typedef {{ energy: number, era: number, familiarity: number, sound: number }} ExplorerParams */
/** @typedef {import('./replay-gain.js').ReplayGainMode} ReplayGainMode */

/**
 * @typedef {object} PlayerState
 * @property {QueueState} queue
 * @property {number} currentTime Seconds.
 * @property {boolean} counted Whether this start of the track has been counted as a play.
 * @property {number} volume 0 … 1
 * @property {boolean} muted
 * @property {ShuffleMode} shuffleMode Never `explorer`: a reload ends it.
 * @property {ExplorerParams} explorerParams
 * @property {ReplayGainMode} replayGain
 */

const STORAGE_KEY = 'dmp-player';
/** A browser keeps some 5 MB: of a longer queue the part around the current track. */
const MOST_TRACKS = 2_000;
const MOST_BEFORE = 100;

/** @returns {PlayerState} */
export const loadState = () => readState(load(STORAGE_KEY));

/** @param {PlayerState} state */
export function saveState({ queue, muted, ...rest }) {
  const first = Math.max(0, Math.min(queue.index - MOST_BEFORE, queue.tracks.length - MOST_TRACKS));
  const tracks = queue.tracks.slice(first, first + MOST_TRACKS);
  const order = queue.order.flatMap(place => (place >= first && place < first + tracks.length ? place - first : []));
  save(STORAGE_KEY, {
    ...rest, isMuted: muted, trackId: queue.tracks[queue.index]?.id ?? null,
    queue: tracks, index: queue.index - first, order, history: queue.history, repeat: queue.repeat,
  });
}

/**
 * @param {any} saved Anything; what does not fit is left out.
 * @returns {PlayerState}
 */
export function readState(saved) {
  // The first version of this site kept the queue as an object of its own.
  const older = Array.isArray(saved?.queue) ? null : saved?.queue;
  const tracks = readTracks(older ? older.tracks : saved?.queue);
  const mode = ['release', 'artist', 'catalogue'].includes(saved?.shuffleMode) ? saved.shuffleMode : older?.shuffled === true ? 'release' : 'off';
  const repeat = older ? older.repeat : saved?.repeat;
  return {
    queue: {
      tracks,
      index: readIndex(tracks, older ? older.index : saved?.index, saved?.trackId),
      order: readOrder(tracks, saved?.order, saved?.originalQueue),
      history: readTracks(saved?.history),
      shuffled: mode === 'release' || mode === 'artist',
      repeat: ['all', 'one'].includes(repeat) ? repeat : 'off',
    },
    currentTime: typeof saved?.currentTime === 'number' && saved.currentTime > 0 && Number.isFinite(saved.currentTime) ? saved.currentTime : 0,
    counted: saved?.counted === true,
    volume: typeof saved?.volume === 'number' && saved.volume >= 0 && saved.volume <= 1 ? saved.volume : 0.75,
    muted: saved?.isMuted === true || saved?.muted === true,
    shuffleMode: mode,
    explorerParams: readParams(saved?.explorerParams),
    replayGain: ['off', 'album'].includes(saved?.replayGain) ? saved.replayGain : 'track',
  };
}

/** @param {any} value @returns {PlayerTrack[]} */
function readTracks(value) {
  if (!Array.isArray(value)) return [];
  const text = (/** @type {unknown} */ field) => (typeof field === 'string' ? field : null);
  return value.filter(track => text(track?.id) && text(track.title) !== null).map(track => ({
    id: track.id,
    title: track.title,
    artist: text(track.artist) ?? 'Unknown',
    album: text(track.album) ?? 'Unknown',
    duration: typeof track.duration === 'number' && track.duration > 0 ? track.duration : 0,
    artistSlug: text(track.artistSlug),
    releaseImage: text(track.releaseImage),
    releaseImageUrl: text(track.releaseImageUrl),
    localReleaseId: text(track.localReleaseId),
  }));
}

/** @param {PlayerTrack[]} tracks @param {unknown} index @param {unknown} id */
function readIndex(tracks, index, id) {
  if (typeof index === 'number' && Number.isInteger(index) && index in tracks) return index;
  const found = tracks.findIndex(track => track.id === id);
  return tracks.length ? Math.max(found, 0) : -1;
}

/**
 * Every place once: damaged ones are left out, missing ones come last.
 * @param {PlayerTrack[]} tracks
 * @param {any} order
 * @param {any} given The original's: tracks in their order.
 */
function readOrder(tracks, order, given) {
  const places = Array.isArray(order) ? order : readTracks(given).map(({ id }) => tracks.findIndex(track => track.id === id));
  return [...new Set([...places.filter(place => Number.isInteger(place) && place in tracks), ...tracks.keys()])];
}

/** @param {any} saved @returns {ExplorerParams} */
function readParams(saved) {
  const stop = (/** @type {unknown} */ value, /** @type {number} */ start) =>
    (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 9 ? value : start);
  return { energy: stop(saved?.energy, 5), era: stop(saved?.era, 5), familiarity: stop(saved?.familiarity, 4), sound: stop(saved?.sound, 4) };
}
