// Every sentence is in chat.html; this looks them up.

/** @type {Map<string, string>} */
const words = new Map();
const source = document.querySelector("template#words");
if (source instanceof HTMLTemplateElement) {
  for (const element of source.content.querySelectorAll("[data-word]")) {
    words.set(element.getAttribute("data-word") ?? "", element.textContent ?? "");
  }
}

/**
 * @param {string} name A `data-word` of chat.html.
 * @param {Record<string, string | number>} [values] What stands for `{name}` in it.
 */
export function word(name, values = {}) {
  const text = words.get(name);
  if (text === undefined) throw new Error(`chat.html has no data-word="${name}"`);
  return text.replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}

/**
 * @param {string} name Stem of two words, `…-one` and `…-many`.
 * @param {number} n
 */
export function counted(name, n) {
  return word(n === 1 ? `${name}-one` : `${name}-many`, { n });
}

/**
 * The element with this id. It is always there: chat.html and the scripts come together.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function part(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`chat.html has no ${kind.name} #${id}`);
  return element;
}
