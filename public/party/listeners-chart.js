// The small chart of how many listened over a party's time, drawn as steps: the number is what it is until somebody comes or goes.
import { count } from '../lib/html.js';

/** @typedef {import('./host-statistics.js').Point} Point */

const SVG = 'http://www.w3.org/2000/svg';
/** Room above the highest step for its line. */
const MARGIN = 3;

/**
 * @param {Point[]} points Oldest first.
 * @param {number} width
 * @param {number} height
 * @returns {string} A path of steps from left to right; empty without points.
 */
export function steps(points, width, height) {
  if (!points.length) return '';
  const last = points[points.length - 1][0];
  const first = Math.min(points[0][0], last);
  const most = Math.max(1, ...points.map(([, listeners]) => listeners));
  const x = (/** @type {number} */ seconds) => (last > first ? ((seconds - first) / (last - first)) * width : 0).toFixed(1);
  const y = (/** @type {number} */ listeners) => (height - MARGIN - (listeners / most) * (height - 2 * MARGIN)).toFixed(1);
  const [[, start], ...others] = points;
  return `M0 ${y(start)}${others.map(([seconds, listeners]) => `H${x(seconds)}V${y(listeners)}`).join('')}H${width}`;
}

/**
 * The same for whoever does not see it.
 * @param {Point[]} points
 */
export function spokenListeners(points) {
  if (!points.length) return 'Listeners over the party’s time: nothing is known yet.';
  const [seconds, now] = points[points.length - 1];
  const most = points.reduce((found, point) => (point[1] > found[1] ? point : found), points[0]);
  const after = Math.round(most[0] / 60);
  return `Listeners over the party’s time, ${count(Math.round(seconds / 60), 'minute')} so far: ${now} now, at most ${most[1]}${
    most[1] ? ` (${after ? `after ${count(after, 'minute')}` : 'in the first minute'})` : ''}.`;
}

/**
 * @param {SVGSVGElement} chart With a viewBox.
 * @param {Point[]} points Oldest first.
 * @returns {{ seconds: number, most: number }} What it shows: how long, and how many at most.
 */
export function drawListeners(chart, points) {
  chart.setAttribute('aria-label', spokenListeners(points));
  const { width, height } = chart.viewBox.baseVal;
  const line = steps(points, width, height);
  const shapes = line ? [shape('chart-area', `${line}V${height}H0Z`), shape('chart-line', line)] : [];
  chart.replaceChildren(...shapes);
  return { seconds: points.length ? points[points.length - 1][0] - points[0][0] : 0, most: Math.max(0, ...points.map(([, listeners]) => listeners)) };
}

/** @param {string} name @param {string} path */
function shape(name, path) {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('class', name);
  element.setAttribute('d', path);
  return element;
}
