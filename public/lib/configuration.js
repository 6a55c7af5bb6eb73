// What the server says about itself: one JSON script element in index.html, so that one build of the site serves every role.

/**
 * @typedef {object} Configuration
 * @property {boolean} partyEnabled
 * @property {'host' | 'listener' | ''} partyRole
 * @property {string} partyUrl Empty when none is set.
 * @property {boolean} streamMode Browse everything, change nothing.
 * @property {'local' | 's3' | 'both'} imageStorage
 * @property {string} version
 */

/** @type {Configuration} */
const defaults = { partyEnabled: false, partyRole: '', partyUrl: '', streamMode: false, imageStorage: 'local', version: '' };

/** @returns {Configuration} */
function read() {
  const text = globalThis.document?.getElementById('dmp-configuration')?.textContent;
  return { ...defaults, ...(text ? JSON.parse(text) : {}) };
}

export const configuration = Object.freeze(read());

export const isHost = configuration.partyEnabled && configuration.partyRole === 'host';
