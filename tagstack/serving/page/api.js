// @ts-check
/** Calls to the service, and its failures in words that say what to do. */

/**
 * @typedef {{title: string, body: string, format: string}} Question
 * @typedef {{tag: string, score: number}} Scored
 * @typedef {{tag: string, questions: number}} Known
 * @typedef {{id: string|null, version: number, suggested: Scored[], top: Scored[], milliseconds: number}} Answer
 * @typedef {{suggestion_id: string, kept: string[], added: string[]}} Decision
 */

const KEY = "tagstack-key";
const TOP = 10;
const PATIENCE = 20_000; // ms

/** @type {Record<number, string>} */
const WORDS = {
  0: "The service cannot be reached. Check your connection and try again.",
  401: "The service needs an API key. Enter a valid one under “Suggestions” and try again.",
  404: "The service no longer knows this suggestion. Try again to get a new one.",
  409: "This question was already recorded with other tags. Try again to record it anew.",
  413: "The question is too long for the service. Shorten the body and try again.",
  422: "The service cannot take this question.",
  429: "Too many requests in a short time. Wait a moment and try again.",
  503: "The service is busy or starting. Wait a moment and try again.",
};

/** A call that failed; the message is for the person. */
export class Failure extends Error {
  /** @param {number} status 0 where there was no answer. @param {string} [detail] @param {number} [wait] In seconds, before the next try. */
  constructor(status, detail = "", wait = 0) {
    const words = WORDS[status] ?? `The service failed (${status}). Try again; if it stays so, tell whoever runs it.`;
    super(status === 422 ? `${words} It says: ${detail.replace(/^questions\.0\./, "")}.` : words);
    this.status = status;
    this.wait = wait;
  }
}

/** Keep the API key in this tab. @param {string} key */
export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

/** Ask for tags; a draft is not recorded. @param {Question} question @param {{draft: boolean, signal?: AbortSignal}} options @returns {Promise<Answer>} */
export async function suggest(question, { draft, signal }) {
  const started = performance.now();
  const answer = await call("suggest", { content: { questions: [question], top: TOP, draft }, signal });
  const [{ suggestion_id: id, suggested, top }] = answer.suggestions;
  return { id, suggested, top, version: answer.model_version, milliseconds: performance.now() - started };
}

/** Record what the person decided. @param {Decision} decision */
export async function decide(decision) {
  await call("feedback", { content: decision });
}

/** The model's tags that begin so. @param {string} prefix @param {AbortSignal} [signal] @returns {Promise<Known[]>} */
export async function complete(prefix, signal) {
  return (await call(`tags?${new URLSearchParams({ prefix, limit: "8" })}`, { signal })).tags;
}

/** POST where there is content, else GET. @param {string} path @param {{content?: object, signal?: AbortSignal}} options */
async function call(path, { content, signal }) {
  const limit = AbortSignal.timeout(PATIENCE);
  const method = content ? "POST" : "GET";
  const key = sessionStorage.getItem(KEY);
  const headers = { ...(content && { "Content-Type": "application/json" }), ...(key && { Authorization: `Bearer ${key}` }) };
  try {
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    const response = await fetch(path, { method, headers, body: content && JSON.stringify(content), signal: either });
    const answer = await response.json().catch(() => null); // a proxy's failure need not be JSON
    if (response.ok && answer) return answer;
    throw new Failure(response.status, answer?.detail, Number(response.headers.get("Retry-After")) || 0);
  } catch (failure) {
    throw failure instanceof Failure || signal?.aborted ? failure : new Failure(0);
  }
}
