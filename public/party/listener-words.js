// What the listener's bar says when there is no track to show. Pure.

/**
 * @param {import('./listener-session.js').ListenerState} state
 * @param {{ errorCode?: string | null, hasTrack?: boolean }} details Of the error, if there is one; whether a track is known.
 * @returns {{ title: string, hint: string } | null} Null when the track is to be shown.
 */
export function listenerWords(state, { errorCode = null, hasTrack = false } = {}) {
  switch (state) {
    case 'idle':
      return errorCode === 'unreachable'
        ? { title: 'The server does not answer', hint: 'This page keeps trying.' }
        : { title: 'No party right now', hint: 'This page will join by itself when one starts.' };
    case 'connecting':
      return { title: 'Joining the party…', hint: 'One moment.' };
    case 'reconnecting':
      return errorCode === 'media_failed'
        ? { title: 'No sound gets through', hint: 'Your network may block it. This page keeps trying; another network may help.' }
        : { title: 'Reconnecting…', hint: 'The connection was lost. This page comes back by itself.' };
    case 'hostAway':
      return { title: 'The host is away', hint: 'Waiting for them to come back.' };
    case 'ended':
      return { title: 'The party has ended', hint: 'This page will join by itself when the next one starts.' };
    case 'full':
      return { title: 'The party is full', hint: 'This page tries again by itself.' };
    case 'failed':
      return FAILED[errorCode ?? ''] ?? { title: 'This browser cannot join the party', hint: 'Try a current Firefox, Chrome, Edge or Safari.' };
    case 'live':
      return hasTrack ? null : { title: 'The party is on', hint: 'The host has not played anything yet.' };
  }
}

/** @type {Record<string, { title: string, hint: string }>} */
const FAILED = {
  no_webrtc: { title: 'This browser cannot play the party', hint: 'WebRTC is missing or switched off. Try a current Firefox, Chrome, Edge or Safari.' },
  foreign_origin: { title: 'Open the party under its own address', hint: 'The server does not know the address in your address bar as its own.' },
};
