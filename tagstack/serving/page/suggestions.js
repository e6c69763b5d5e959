// @ts-check
/** The suggested tags: buttons with scores that accept a tag or take it back. */

import { find, make, part } from "./dom.js";

/** @typedef {import("./api.js").Scored} Scored */

const LEAST = 0.01; // what is less probable is not shown
const MOST = 10;

/** @param {(tag: string) => void} toggle */
export function createSuggestions(toggle) {
  /** @type {Map<string, HTMLElement>} Items stay while their tag does, and so do focus and pointer. */
  const items = new Map();

  /** @param {Scored[]} suggested @param {Scored[]} top */
  function show(suggested, top) {
    const focused = document.activeElement;
    fill("suggested", suggested.slice(0, MOST));
    const others = top.filter(({ tag, score }) => score >= LEAST && !suggested.some((one) => one.tag === tag));
    fill("others", others);
    for (const [tag, item] of items) if (!item.isConnected) items.delete(tag);
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  /** @param {string} id @param {Scored[]} scored */
  function fill(id, scored) {
    find(id).replaceChildren(...scored.map(showOne));
    find(`${id}-group`).hidden = scored.length === 0;
  }

  /** @param {Scored} scored */
  function showOne({ tag, score }) {
    const item = items.get(tag) ?? makeOne(tag);
    const percent = Math.round(100 * score);
    part(item, "i").style.inlineSize = `${percent}%`;
    part(item, ".amount").textContent = `${percent} %`;
    return item;
  }

  /** @param {string} tag */
  function makeOne(tag) {
    const item = make("suggestion", { name: tag });
    part(item, "button").addEventListener("click", () => toggle(tag));
    items.set(tag, item);
    return item;
  }

  /** Show which tags the question has. @param {string[]} chosen */
  function mark(chosen) {
    for (const [tag, item] of items) part(item, "button").ariaPressed = String(chosen.includes(tag));
  }

  return { show, mark };
}
