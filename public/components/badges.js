// Small coloured words: how a release stands against MusicBrainz, and how well an artist matches.
import { html } from '../lib/html.js';

/** @type {Record<string, { label: string, meaning: string }>} */
export const STATUSES = {
  COMPLETE: { label: 'Complete', meaning: 'All tracks that MusicBrainz lists are here.' },
  INCOMPLETE: { label: 'Incomplete', meaning: 'Some tracks are missing.' },
  EXTRA_TRACKS: { label: 'Extra tracks', meaning: 'There are more tracks here than MusicBrainz lists.' },
  MISSING: { label: 'Missing', meaning: 'Not in the library.' },
  UNSYNCABLE: { label: 'Unsyncable', meaning: 'It has no MusicBrainz id.' },
  UNKNOWN: { label: 'Unknown', meaning: 'It was not found at MusicBrainz.' },
};

/** @param {string} status */
export function statusBadge(status) {
  const { label, meaning } = STATUSES[status] ?? STATUSES.UNKNOWN;
  return html`<span class="badge badge-${status.toLowerCase()}" title="${meaning}">${label}</span>`;
}

/** @param {number | null} score 0 … 1 */
export function matchBadge(score) {
  if (score === null) return '';
  const grade = score >= 0.8 ? 'good' : score >= 0.5 ? 'fair' : 'poor';
  return html`<span class="badge badge-match-${grade}">${Math.round(score * 100)}% match</span>`;
}
