// A horizontal slider: click, drag, keys and screen reader (WAI-ARIA slider). Dispatches `input` while it moves and `change` when let go.
import { html, render } from '../lib/html.js';

class Slider extends HTMLElement {
  #value = 0;
  #dragging = false;
  maximum = 1;
  step = 0.05;
  /** @type {(value: number) => string} */
  describe = value => `${Math.round((value / this.maximum) * 100)} %`;

  connectedCallback() {
    if (this.hasChildNodes()) return;
    render(this, html`<span class="slider-track"><span class="slider-fill"></span></span><span class="slider-thumb"></span>`);
    this.setAttribute('role', 'slider');
    this.setAttribute('aria-valuemin', '0');
    this.tabIndex = 0;
    this.addEventListener('pointerdown', event => {
      if (event.button !== 0 || this.getAttribute('aria-disabled') === 'true') return;
      this.#dragging = true;
      this.setPointerCapture(event.pointerId);
      this.#moveTo(event);
    });
    this.addEventListener('pointermove', event => this.#dragging && this.#moveTo(event));
    for (const end of ['pointerup', 'pointercancel']) {
      this.addEventListener(end, () => {
        if (!this.#dragging) return;
        this.#dragging = false;
        this.dispatchEvent(new Event('change'));
      });
    }
    this.addEventListener('keydown', event => {
      const steps = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 });
      const target = event.key === 'Home' ? 0 : event.key === 'End' ? this.maximum
        : event.key in steps && !event.shiftKey ? this.#value + steps[event.key] * this.step : null;
      if (target === null || this.getAttribute('aria-disabled') === 'true') return;
      event.preventDefault();
      this.#set(target);
      this.dispatchEvent(new Event('input'));
      this.dispatchEvent(new Event('change'));
    });
    this.#show();
  }

  get value() {
    return this.#value;
  }

  /**
   * What it shows; while it is dragged the pointer decides.
   * @param {number} value
   */
  set value(value) {
    if (!this.#dragging) this.#set(value);
  }

  get dragging() {
    return this.#dragging;
  }

  /** @param {PointerEvent} event */
  #moveTo(event) {
    const { left, width } = this.getBoundingClientRect();
    this.#set(((event.clientX - left) / Math.max(width, 1)) * this.maximum);
    this.dispatchEvent(new Event('input'));
  }

  /** @param {number} value */
  #set(value) {
    this.#value = Math.min(Math.max(Number.isFinite(value) ? value : 0, 0), this.maximum);
    this.#show();
  }

  #show() {
    this.setAttribute('aria-valuemax', String(Math.round(this.maximum * 100) / 100));
    this.setAttribute('aria-valuenow', String(Math.round(this.#value * 100) / 100));
    this.setAttribute('aria-valuetext', this.describe(this.#value));
    this.style.setProperty('--share', String(this.maximum > 0 ? this.#value / this.maximum : 0));
  }
}

customElements.define('dmp-slider', Slider);

export { Slider };
