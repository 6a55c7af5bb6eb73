// Numbers and times as people read them.

/**
 * `m:ss`, from an hour on `h:mm:ss`.
 * @param {number | null | undefined} seconds
 * @param {string} [unknown] For null, NaN and negative values.
 */
export function formatTime(seconds, unknown = '0:00') {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return unknown;
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  return parts.map((part, index) => (index ? String(part).padStart(2, '0') : part)).join(':');
}

/**
 * The same for a screen reader: `3 minutes 5 seconds`.
 * @param {number} seconds
 */
export function spokenDuration(seconds) {
  const whole = Math.max(0, Math.floor(seconds) || 0);
  return [count(Math.floor(whole / 60), 'minute'), count(whole % 60, 'second')].join(' ');
}

/**
 * `1 track`, `2 tracks`.
 * @param {number} number
 * @param {string} noun
 * @param {string} [plural]
 */
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/**
 * First letter or digit of a name, for where a picture is missing.
 * @param {string} name
 */
export function initial(name) {
  return name.match(/[\p{L}\p{N}]/u)?.[0].toUpperCase() ?? '♪';
}

/**
 * A long time: `3d 4h 5m`.
 * @param {number} seconds
 */
export function formatDays(seconds) {
  const minutes = Math.max(0, Math.floor((seconds || 0) / 60));
  const parts = [[Math.floor(minutes / 1440), 'd'], [Math.floor(minutes / 60) % 24, 'h'], [minutes % 60, 'm']];
  return parts.filter(([value, unit], index) => value || unit === 'm' || (index === 1 && minutes >= 1440)).map(part => part.join('')).join(' ');
}

/**
 * Day and time as the reader's own country writes them.
 * @param {string} date ISO 8601.
 */
export function formatDate(date) {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? 'unknown' : time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
