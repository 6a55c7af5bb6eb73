// What the host has chosen to send at, remembered in this browser. Nothing chosen means what the server wishes (PARTY_BITRATE).
import { load, save } from '../lib/browser.js';

/** Bits per second, as Opus sounds in steps worth choosing between. */
export const BITRATES = [64_000, 96_000, 128_000, 192_000, 256_000];

const KEY = 'dmp-party-bitrate';

/** @returns {number | null} */
export function chosenBitrate() {
  const chosen = load(KEY);
  return BITRATES.includes(chosen) ? chosen : null;
}

/** @param {number | null} bitrate */
export function rememberBitrate(bitrate) {
  save(KEY, bitrate);
}
