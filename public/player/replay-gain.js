// How much louder or softer a track plays, by what its tags say (ReplayGain 2.0, RFC 7845 §5.2.1 for Opus).

/** `track`: every track as loud as any other. `album`: the tracks of a release keep their differences. */
/** @typedef {'off' | 'track' | 'album'} ReplayGainMode */

/**
 * As `GET /api/tracks/:id` has it: gains in dB, peaks as a share of full scale.
 * @typedef {{ trackGain: number | null, trackPeak: number | null, albumGain: number | null, albumPeak: number | null }} ReplayGain
 */

/** Tags that ask for more than this are wrong. */
const MOST_DECIBELS = 24;

/**
 * @param {ReplayGain | null} gains
 * @param {ReplayGainMode} mode
 * @returns {number} To multiply samples with; never so much that the loudest one would be clipped.
 */
export function replayGainFactor(gains, mode) {
  if (!gains || mode === 'off') return 1;
  const { trackGain, trackPeak, albumGain, albumPeak } = gains;
  const ofAlbum = mode === 'album' ? albumGain !== null : trackGain === null;
  const decibels = ofAlbum ? albumGain : trackGain;
  const peak = ofAlbum ? albumPeak ?? trackPeak : trackPeak ?? albumPeak;
  if (decibels === null || !Number.isFinite(decibels)) return 1;
  const factor = 10 ** (Math.min(Math.max(decibels, -MOST_DECIBELS), MOST_DECIBELS) / 20);
  // Without a peak nothing says that there is room above.
  const most = peak !== null && peak > 0 ? 1 / peak : 1;
  return Math.min(factor, most);
}
