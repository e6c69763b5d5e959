// @ts-check
/** The question's own tags: a list in which each can be removed. */

import { find, make, part } from "./dom.js";

export const MOST = 5;
const LONGEST = 35;

/**
 * @param {(what: string) => void} changed Gets what happened, in words.
 * @param {(tag: string) => Promise<boolean>} isKnown Whether the model has the tag.
 */
export function createTags(changed, isKnown) {
  /** @type {Map<string, HTMLElement>} */
  const chips = new Map();
  const all = () => [...chips.keys()];

  /** @param {string} tag @returns {string} Why it cannot be added; empty where it was. */
  function add(tag) {
    const problem = problemOf(tag);
    if (problem) return problem;
    const chip = make("chip", { name: tag });
    part(chip, "button").ariaLabel = `Remove ${tag}`;
    part(chip, "button").addEventListener("click", () => remove(tag));
    chips.set(tag, chip);
    find("chosen").append(chip);
    changed(`${tag} added, ${chips.size} of ${MOST}.`);
    void isKnown(tag).then((known) => (part(chip, ".new").hidden = known));
    return "";
  }

  /** @param {string} tag */
  function problemOf(tag) {
    if (chips.has(tag)) return `“${tag}” is already there.`;
    if (chips.size >= MOST) return "A question has five tags at most. Remove one to add another.";
    if (tag.length > LONGEST) return `A tag has ${LONGEST} characters at most.`;
    return /[<>|,;\s]/.test(tag) ? "A tag has no blanks and none of < > | , ; in it." : "";
  }

  /** Remove a tag; where its button had the focus, the next one gets it. @param {string} [tag] */
  function remove(tag) {
    const chip = chips.get(tag ?? "");
    if (!tag || !chip) return;
    const next = chip.nextElementSibling ?? chip.previousElementSibling;
    if (chip.contains(document.activeElement)) (next ? part(next, "button") : find("tag")).focus();
    chips.delete(tag);
    chip.remove();
    changed(`${tag} removed, ${chips.size} of ${MOST}.`);
  }

  return { add, remove, all };
}
