// How the party's elements find the parts of their fixed markup: each keeps its nodes and changes their text, so that focus, hover and
// screen readers are not disturbed by an update a second.

/**
 * The elements of a subtree that carry `data-part`, by its value.
 * @param {ParentNode} root
 * @returns {Record<string, HTMLElement>}
 */
export function partsOf(root) {
  /** @type {Record<string, HTMLElement>} */
  const parts = {};
  for (const element of root.querySelectorAll('[data-part]')) {
    if (element instanceof HTMLElement) parts[element.dataset.part ?? ''] = element;
  }
  return parts;
}

/**
 * Sets a text only when it differs: a live region speaks at every change of its nodes.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
