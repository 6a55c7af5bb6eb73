// The WebSocket client of `/_ws` (DESIGN, "Party: signalling"): one socket for its life, requests matched to replies by `requestId`.
// Reconnecting is the sessions' affair, since each of them has its own words to say on a new socket.
import { journal } from './journal.js';
import { PartyError } from './party-error.js';

const OPEN_TIMEOUT_MILLISECONDS = 10_000;
const REQUEST_TIMEOUT_MILLISECONDS = 15_000;
/** A timer that is so late has slept with its page: the answer may be there, and shall be read first. */
const LATE_MILLISECONDS = 1_000;

/** @typedef {{ type: string, [field: string]: any }} Message */

/**
 * The WebSocket address of a server: its host and port, whatever path the address had.
 * @param {string} base `http:` or `https:` address.
 * @returns {string}
 * @throws {PartyError} `bad_url`
 */
export function signalingUrl(base) {
  const url = parsedUrl(base);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new PartyError('bad_url', `Not a web address: ${base}`);
  return `${url.protocol === 'https:' ? 'wss:' : 'ws:'}//${url.host}/_ws`;
}

/**
 * @param {string} text
 * @returns {URL | null}
 */
function parsedUrl(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/**
 * Whether a browser would refuse the connection because the page is secure and the server is not.
 * @param {string} pageUrl
 * @param {string} base
 */
export function isMixedContent(pageUrl, base) {
  const url = parsedUrl(base);
  if (!url) return false;
  const { protocol, hostname } = url;
  const isLoopback = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return new URL(pageUrl).protocol === 'https:' && protocol === 'http:' && !isLoopback;
}

/**
 * Events: `message` (a `CustomEvent` whose detail is the server's `Message`) for what is no reply, `close` (detail `{ code }`) once,
 * when the socket is gone for another reason than `close()`.
 */
export class Signaling extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, { resolve: (reply: Message) => void, reject: (error: PartyError) => void, timer: ReturnType<typeof setTimeout> }>} */
  #requests = new Map();
  #lastRequestId = 0;
  #url;
  #Socket;
  /** When something was heard from the server, in milliseconds since the epoch: the sleep of a laptop counts too. */
  lastHeard = 0;

  /**
   * @param {string} url `ws:` or `wss:`.
   * @param {{ Socket?: typeof WebSocket }} options `Socket` for tests.
   */
  constructor(url, { Socket = WebSocket } = {}) {
    super();
    this.#url = url;
    this.#Socket = Socket;
  }

  /** @returns {boolean} */
  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  /**
   * @returns {Promise<void>}
   * @throws {PartyError} `unreachable`
   */
  async open() {
    const socket = new this.#Socket(this.#url);
    this.#socket = socket;
    try {
      await /** @type {Promise<void>} */ (
        new Promise((resolve, reject) => {
          const refuse = () => reject(new PartyError('unreachable', `No connection to ${this.#url}`));
          const timer = setTimeout(refuse, OPEN_TIMEOUT_MILLISECONDS);
          socket.addEventListener('open', () => resolve(), { once: true });
          socket.addEventListener('error', refuse, { once: true });
          socket.addEventListener('close', refuse, { once: true });
          socket.addEventListener('open', () => clearTimeout(timer), { once: true });
          socket.addEventListener('close', () => clearTimeout(timer), { once: true });
        })
      );
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.#socket !== socket) {
      socket.close();
      throw new PartyError('closed');
    }
    this.lastHeard = Date.now();
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket !== socket) return;
      this.close();
      this.dispatchEvent(new CustomEvent('close', { detail: { code } }));
    });
  }

  /**
   * Asks, and waits for the reply.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @param {{ timeout?: number }} options Milliseconds.
   * @returns {Promise<Message>}
   * @throws {PartyError} The server's error, or `timeout`, or `closed`.
   */
  request(type, fields = {}, { timeout = REQUEST_TIMEOUT_MILLISECONDS } = {}) {
    const requestId = ++this.#lastRequestId;
    return new Promise((resolve, reject) => {
      const wait = (/** @type {number} */ milliseconds) => {
        const due = Date.now() + milliseconds;
        return setTimeout(() => {
          if (Date.now() - due > LATE_MILLISECONDS) {
            request.timer = wait(LATE_MILLISECONDS);
            return;
          }
          this.#requests.delete(requestId);
          reject(new PartyError('timeout', `No answer to ${type}`));
        }, milliseconds);
      };
      if (!this.isOpen) {
        reject(new PartyError('closed'));
        return;
      }
      const request = { resolve, reject, timer: wait(timeout) };
      this.#requests.set(requestId, request);
      journal.note(true, { ...fields, type });
      this.#socket?.send(JSON.stringify({ ...fields, type, requestId }));
    });
  }

  /**
   * Says something that has no reply. On a lost socket it is lost too.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  send(type, fields = {}) {
    if (!this.isOpen) return;
    journal.note(true, { ...fields, type });
    this.#socket?.send(JSON.stringify({ ...fields, type }));
  }

  /** Ends the connection without a `close` event; requests under way fail with `closed`. */
  close() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const { reject, timer } of this.#requests.values()) {
      clearTimeout(timer);
      reject(new PartyError('closed'));
    }
    this.#requests.clear();
  }

  /** @param {unknown} data */
  #receive(data) {
    this.lastHeard = Date.now();
    const message = parse(data);
    if (!message) return;
    journal.note(false, message);
    const request = this.#requests.get(message.requestId);
    if (!request) {
      this.dispatchEvent(new CustomEvent('message', { detail: message }));
      return;
    }
    this.#requests.delete(message.requestId);
    clearTimeout(request.timer);
    if (message.type === 'error') request.reject(new PartyError(String(message.code ?? 'internal'), String(message.message ?? '')));
    else request.resolve(message);
  }
}

/**
 * @param {unknown} data
 * @returns {Message | null}
 */
function parse(data) {
  if (typeof data !== 'string') return null;
  try {
    const message = JSON.parse(data);
    return typeof message?.type === 'string' ? message : null;
  } catch {
    return null;
  }
}
