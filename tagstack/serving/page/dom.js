// @ts-check
/** Small helpers. Texts are set as text, never as HTML: a tag may be called anything. */

/** @param {string} id @returns {HTMLElement} */
export function find(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** Fill a template: texts go into the elements with these classes. @param {string} id @param {Record<string, string>} texts */
export function make(id, texts) {
  const template = /** @type {HTMLTemplateElement} */ (find(id));
  const element = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
  for (const [name, text] of Object.entries(texts)) part(element, `.${name}`).textContent = text;
  return element;
}

/** @param {Element} element @param {string} selector @returns {HTMLElement} */
export function part(element, selector) {
  return /** @type {HTMLElement} */ (element.querySelector(selector));
}

/** Show a message where it belongs; an empty one hides it. @param {string} id @param {string} text */
export function tell(id, text) {
  if (find(id).textContent !== text) find(id).textContent = text; // the same again would be read out again
  find(id).hidden = !text;
}

/** Have it read out by a screen reader. @param {string} text */
export function say(text) {
  find("status").textContent = text;
}

/** @param {HTMLElement} field @param {() => void} act */
export function onEnter(field, act) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    act();
  });
}
