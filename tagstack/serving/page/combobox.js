// @ts-check
/** A text field that completes tags: WAI-ARIA's combobox with a list. */

import { make } from "./dom.js";

/** @typedef {import("./api.js").Known} Known */

const PAUSE = 100; // ms

/**
 * @param {HTMLInputElement} input @param {HTMLElement} list
 * @param {{complete: (prefix: string, signal: AbortSignal) => Promise<Known[]>, chosen: () => string[],
 *   add: (tag: string) => boolean, removeLast: () => void}} hooks `add` returns whether the tag was taken.
 */
export function createCombobox(input, list, { complete, chosen, add, removeLast }) {
  let active = -1;
  let timer = 0;
  let request = new AbortController();

  input.addEventListener("input", type);
  input.addEventListener("keydown", press);
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener("click", (event) => {
    const option = /** @type {HTMLElement} */ (event.target).closest("[role=option]");
    if (option instanceof HTMLElement) take(option.dataset.tag);
  });

  const written = () => input.value.trim().toLowerCase();

  function type() {
    const [rest = "", ...whole] = input.value.toLowerCase().split(/[\s,]+/).reverse();
    if (!input.value) return close();
    if (!whole.length) return look(PAUSE);
    const refused = whole.reverse().filter((tag) => tag && !add(tag));
    input.value = [...refused, rest].filter(Boolean).join(",");
    close();
  }

  /** Ask for completions. @param {number} pause Before asking, in ms. */
  function look(pause) {
    stop();
    const { signal } = (request = new AbortController());
    timer = window.setTimeout(async () => {
      const known = await complete(written(), signal).catch(() => []);
      if (!signal.aborted) open(known);
    }, pause);
  }

  function stop() {
    clearTimeout(timer);
    request.abort();
  }

  /** @param {Known[]} known */
  function open(known) {
    const taken = chosen();
    const options = known.filter(({ tag }) => !taken.includes(tag)).map(({ tag, questions }) => makeOption(tag, `${questions} questions`));
    const own = written();
    const isNew = own && !taken.includes(own) && !known.some(({ tag }) => tag === own);
    list.replaceChildren(...options, ...(isNew ? [makeOption(own, "new tag")] : []));
    toggle(list.children.length > 0);
  }

  function close() {
    stop();
    toggle(false);
  }

  /** @param {boolean} shown */
  function toggle(shown) {
    list.hidden = !shown;
    input.ariaExpanded = String(shown);
    activate(-1);
  }

  /** @param {number} index */
  function activate(index) {
    active = index;
    [...list.children].forEach((option, i) => {
      option.id = `option-${i}`;
      option.ariaSelected = String(i === index);
    });
    input.setAttribute("aria-activedescendant", index < 0 ? "" : `option-${index}`);
    list.children[index]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} by */
  function move(by) {
    if (list.hidden) return look(0);
    const count = list.children.length;
    activate(active < 0 && by < 0 ? count - 1 : (active + by + count) % count);
  }

  /** @param {string|undefined} tag */
  function take(tag) {
    if (!tag || !add(tag)) return;
    input.value = "";
    close();
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const option = /** @type {HTMLElement|undefined} */ (list.children[active]);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => take(option?.dataset.tag ?? written()),
      Escape: () => (list.hidden ? (input.value = "") : close()),
    };
    if (event.key === "Backspace" && !input.value && !event.repeat) removeLast();
    if (event.isComposing || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  }
}

/** @param {string} tag @param {string} remark */
function makeOption(tag, remark) {
  const option = make("option", { name: tag, soft: remark });
  option.dataset.tag = tag;
  return option;
}
