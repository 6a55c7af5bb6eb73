// The server's HTTP API: JSON in and out, errors with words for people.

const TIMEOUT_MILLISECONDS = 20_000;

/** A request that was answered with an error, or not at all (`status` 0). */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message In words for people.
   * @param {string} [code]
   */
  constructor(status, message, code = '') {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** @param {number} status @param {string | undefined} message */
function words(status, message) {
  if (status === 503) return 'The library is not reachable right now. It will be back by itself.';
  if (status === 429) return 'Too many requests. Wait a moment, then try again.';
  if (status >= 500) return 'The server had a problem with this request.';
  return message || `The server answered ${status}.`;
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} The answer's JSON; null for 204.
 * @throws {ApiError} and `AbortError` when `options.signal` was aborted.
 */
export async function request(path, options = {}) {
  // One signal for both: AbortSignal.any is younger than the browsers we serve.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MILLISECONDS);
  options.signal?.addEventListener('abort', () => controller.abort(), { once: true });
  if (options.signal?.aborted) controller.abort();
  let response;
  try {
    response = await fetch(path, { ...options, signal: controller.signal, headers: { accept: 'application/json', ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'The server does not answer. Check the connection, then try again.');
  } finally {
    clearTimeout(timer);
  }
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, words(response.status, body?.message), body?.code);
  return body;
}

/** @param {string} path @param {AbortSignal} [signal] */
export const get = (path, signal) => request(path, { signal });

/** @param {string} path @param {unknown} [body] */
export const post = (path, body) =>
  request(path, body === undefined
    ? { method: 'POST' }
    : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

/** The newest of several requests: a slow answer never overwrites a newer one, since starting one aborts the one before. */
export class Latest {
  /** @type {AbortController | undefined} */
  #running;

  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} load
   * @returns {Promise<T | undefined>} Undefined when a newer one has started, or `cancel` was called.
   */
  async run(load) {
    this.cancel();
    const controller = (this.#running = new AbortController());
    try {
      const value = await load(controller.signal);
      return controller.signal.aborted ? undefined : value;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    }
  }

  cancel() {
    this.#running?.abort();
  }
}
