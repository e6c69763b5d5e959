// @ts-check
/** The page: a question is written, tags are suggested meanwhile, and what the person decides is recorded. */

import { complete, Failure, suggest, useKey } from "./api.js";
import { createCombobox } from "./combobox.js";
import { find, onEnter, say, tell } from "./dom.js";
import { createRecording } from "./recording.js";
import { createSuggestions } from "./suggestions.js";
import { createTags, MOST } from "./tags.js";

/** @typedef {import("./api.js").Question} Question */
/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./api.js").Decision} Decision */

const PAUSE = 150; // ms after the last key before tags are asked for
const LEAST = 15; // characters; models learn from no shorter question
const SILENCE = 1200; // ms after the last answer before it is read out
const NOTHING = "No tag is likely enough to be suggested.";
const EXAMPLE = {
  title: "How do I undo the last commit without losing my changes?",
  body: `I committed to the wrong branch:

    git commit -am "Add the export"

I think \`git reset --hard HEAD~1\` would throw my work away. How do I take the commit back and keep the files?`,
};

const form = /** @type {HTMLFormElement} */ (find("question"));
const title = /** @type {HTMLInputElement} */ (find("title"));
const body = /** @type {HTMLTextAreaElement} */ (find("body"));
const key = /** @type {HTMLInputElement} */ (find("key"));
const tagField = /** @type {HTMLInputElement} */ (find("tag"));

const record = createRecording();
const tags = createTags(showTags, isKnown);
const suggestions = createSuggestions((tag) => (tags.all().includes(tag) ? tags.remove(tag) : addTag(tag)));
const removeLast = () => tags.remove(tags.all().at(-1));
createCombobox(tagField, find("completions"), { complete, chosen: tags.all, add: addTag, removeLast });
let drafting = new AbortController();
let draftTimer = 0;
let speechTimer = 0;
let busy = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
for (const field of [title, body, ...form.querySelectorAll("[name=format]")]) {
  field.addEventListener("input", () => scheduleDraft(PAUSE));
}
onEnter(title, () => body.focus()); // a question is not submitted by accident
onEnter(key, enterKey);
find("use-key").addEventListener("click", enterKey);
find("example").addEventListener("click", fillExample);
find("again").addEventListener("click", askAnother);

/** @param {number} pause */
function scheduleDraft(pause) {
  find("example").hidden = Boolean(title.value || body.value);
  clearTimeout(draftTimer);
  drafting.abort(); // its answer would be out of date
  drafting = new AbortController();
  find("suggestions").ariaBusy = "true";
  draftTimer = window.setTimeout(draft, pause, drafting.signal);
}

/** @param {AbortSignal} signal */
async function draft(signal) {
  const question = read();
  const short = question.title.length + question.body.trim().length < LEAST;
  try {
    const answer = short ? null : await suggest(question, { draft: true, signal });
    if (!signal.aborted) showAnswer(answer);
  } catch (failure) {
    if (!signal.aborted) draftFailed(failure);
  }
  if (!signal.aborted) find("suggestions").ariaBusy = "false";
}

/** @returns {Question} */
function read() {
  return { title: title.value.trim(), body: body.value, format: String(new FormData(form).get("format")) };
}

/** @param {Answer|null} answer */
function showAnswer(answer) {
  tell("draft-problem", "");
  suggestions.show(answer?.suggested ?? [], answer?.top ?? []);
  suggestions.mark(tags.all());
  const nothing = answer?.suggested.length === 0 ? `${NOTHING} ` : "";
  tell("origin", answer ? nothing + origin(answer) : "They appear while you write.");
  const best = answer?.suggested.slice(0, MOST).map(({ tag }) => tag);
  clearTimeout(speechTimer);
  if (best) speechTimer = window.setTimeout(say, SILENCE, nothing || `Suggested: ${best.join(", ")}.`);
}

/** @param {Answer} answer */
function origin({ version, milliseconds }) {
  return `Model version ${version}, ${Math.max(1, Math.round(milliseconds))} ms`;
}

/** @param {unknown} failure */
function draftFailed(failure) {
  tell("draft-problem", wordsOf(failure));
  if (failure instanceof Failure && failure.wait) scheduleDraft(1000 * failure.wait);
}

/** What to tell a person; where a key is missing, its field appears. @param {unknown} failure */
function wordsOf(failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.status === 401) find("key-field").hidden = false;
  return failure.message;
}

function enterKey() {
  useKey(key.value.trim());
  key.value = "";
  find("key-field").hidden = true;
  title.focus();
  scheduleDraft(0);
}

/** @param {string} tag @returns {boolean} Whether it was taken. */
function addTag(tag) {
  const problem = tags.add(tag);
  tell("tags-problem", problem);
  if (problem) say(problem);
  return !problem;
}

/** @param {string} tag */
async function isKnown(tag) {
  const found = await complete(tag).catch(() => null);
  return found === null || found.some((known) => known.tag === tag); // unreachable is no reason to mark a tag
}

/** @param {string} what Happened. */
function showTags(what) {
  find("count").textContent = `${tags.all().length} of ${MOST}`;
  tell("tags-problem", "");
  suggestions.mark(tags.all());
  say(what);
}

async function submit() {
  if (busy || !isComplete()) return;
  const question = read();
  setBusy(true);
  tell("submit-problem", "");
  try {
    const { answer, decision } = await record(question, tags.all());
    showDone(question, answer, decision);
  } catch (failure) {
    tell("submit-problem", `${wordsOf(failure)} Nothing you wrote is lost.`);
  } finally {
    setBusy(false);
  }
}

/** Whether there is a title and a tag; else say what is missing and go there. */
function isComplete() {
  const untitled = title.value.trim() ? "" : "Write a title.";
  const untagged = tags.all().length ? "" : "Accept or add at least one tag.";
  const unfinished = tagField.value.trim() && "This tag is not added yet: press Enter, or clear the field.";
  title.ariaInvalid = String(Boolean(untitled));
  tell("title-problem", untitled);
  tell("tags-problem", unfinished || untagged);
  if (untitled) title.focus();
  else if (unfinished || untagged) tagField.focus();
  return !(untitled || unfinished || untagged);
}

/** @param {boolean} value */
function setBusy(value) {
  busy = value;
  find("submit").ariaDisabled = String(value);
  find("submit").textContent = value ? "Recording …" : "Submit question";
}

/** @param {Question} question @param {Answer} answer @param {Decision} decision */
function showDone(question, answer, { suggestion_id: id, kept, added }) {
  const texts = { title: question.title, kept: kept.join(", ") || "none", added: added.join(", ") || "none", id };
  for (const [name, text] of Object.entries(texts)) find(`done-${name}`).textContent = text;
  find("done-origin").textContent = origin(answer);
  form.hidden = true;
  find("done").hidden = false;
  find("done-heading").focus();
}

function askAnother() {
  form.reset();
  tags.all().forEach(tags.remove);
  find("done").hidden = true;
  form.hidden = false;
  title.focus();
  say("");
  scheduleDraft(0);
}

function fillExample() {
  title.value = EXAMPLE.title;
  body.value = EXAMPLE.body;
  /** @type {HTMLInputElement} */ (form.querySelector("[value=markdown]")).checked = true;
  title.focus();
  scheduleDraft(0);
}
