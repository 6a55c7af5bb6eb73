// Where a cover or photo is: the one resolver (reference: dmp-schema.md, Images).
import { configuration } from './configuration.js';

/**
 * What a row says of its picture.
 * @typedef {object} Picture
 * @property {string | null} [image] The local column: a bare file name, a path from the root, or an absolute URL.
 * @property {string | null} [imageUrl] The S3 column.
 */

/**
 * @param {'artists' | 'releases'} kind
 * @param {Picture} picture
 * @param {string} [storage] `IMAGE_STORAGE`
 * @returns {string | null}
 */
export function imageSource(kind, { image, imageUrl }, storage = configuration.imageStorage) {
  if (imageUrl && storage !== 'local') return imageUrl;
  if (!image) return null;
  if (image.startsWith('/') || /^https?:\/\//i.test(image)) return image;
  return `/img/${kind}/${encodeURIComponent(image)}`;
}

/** @param {Picture} picture */
export const releaseImage = picture => imageSource('releases', picture);
