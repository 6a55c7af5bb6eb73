// Covers that listeners could not load (their path is one of the host's own site): the page draws them small and sends them, once per track.
import { journal } from './journal.js';

/** The server takes no more, and a listener's page shows them no larger. */
const MOST_BYTES = 30_000;
const LONGEST_SIDE = 320;
/** What is tried, one after the other, until it is small enough. */
const QUALITIES = [0.85, 0.75, 0.65, 0.5, 0.35, 0.2];
const SIDES = [LONGEST_SIDE, 240, 160, 96];

/**
 * The best picture that fits.
 * @param {(side: number, quality: number) => Promise<Blob | null>} encode Draws it as a JPEG whose longer side is so long.
 * @returns {Promise<Blob | null>} Null where none fits.
 */
export async function fittingJpeg(encode) {
  for (const side of SIDES) {
    for (const quality of QUALITIES) {
      const jpeg = await encode(side, quality);
      if (jpeg && jpeg.type === 'image/jpeg' && jpeg.size <= MOST_BYTES) return jpeg;
    }
  }
  return null;
}

/**
 * @param {string} path Of the picture, on this site or another.
 * @returns {Promise<string>} A JPEG of at most 30,000 bytes, in base64.
 * @throws when it cannot be loaded, or is of another site that does not let its pictures be read.
 */
export async function coverJpeg(path) {
  const picture = new Image();
  if (new URL(path, location.href).origin !== location.origin) picture.crossOrigin = 'anonymous';
  picture.src = path;
  await picture.decode();
  const { naturalWidth: width, naturalHeight: height } = picture;
  const canvas = document.createElement('canvas');
  const jpeg = await fittingJpeg((side, quality) => {
    const scale = Math.min(1, side / Math.max(width, height, 1));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext('2d');
    if (context) {
      // A JPEG has no transparency: what is behind shall be the page's own colour.
      context.fillStyle = '#09090b';
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    }
    return new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', quality));
  });
  if (!jpeg) throw new Error('it cannot be made small enough');
  return base64(new Uint8Array(await jpeg.arrayBuffer()));
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The tracks whose cover went, or failed to go, over one connection to the server. */
export class HostCovers {
  /** @type {Set<string>} */
  #handled = new Set();
  #signaling;
  #jpegOf;

  /**
   * @param {{ send(type: string, fields: Record<string, unknown>): void }} signaling
   * @param {(path: string) => Promise<string>} jpegOf For tests.
   */
  constructor(signaling, jpegOf = coverJpeg) {
    this.#signaling = signaling;
    this.#jpegOf = jpegOf;
  }

  /** @param {{ id: string, coverPath: string | null }} track */
  async send({ id, coverPath }) {
    if (!coverPath || this.#handled.has(id)) return;
    this.#handled.add(id);
    try {
      this.#signaling.send('cover', { trackId: id, jpeg: await this.#jpegOf(coverPath) });
    } catch (error) {
      // Listeners see the placeholder, as they would without a party.
      journal.remark('cover', `not sent: ${error instanceof Error ? error.message : error}`);
    }
  }
}
