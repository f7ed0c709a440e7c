// The conversation on the screen: one li a message, copied from the markup of chat.html.

import { counted, part, word } from "./words.js";

/** @import { Choice, Contact, Message } from "./api.js" */
/** @import { Unsent } from "./session.js" */

const SAFE_LINK = /^(tel:|sms:|https:\/\/|mailto:)/;
const NEAR_PX = 96;
const language = document.documentElement.lang;

/**
 * @template {HTMLElement} T
 * @param {ParentNode} inside
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
function one(inside, selector, kind) {
  const element = inside.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`chat.html: no ${selector} in the blank message`);
  return element;
}

/** @param {string} at */
function clock(at) {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return "";
  const time = when.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  const today = when.toDateString() === new Date().toDateString();
  return today ? time : `${when.toLocaleDateString(language, { day: "numeric", month: "short" })}, ${time}`;
}

/** @param {Message} message */
function speaker(message) {
  if (message.author !== "staff") return word(`who-${message.author}`);
  return word("who-staff", { name: message.name || word("who-staff-unnamed") });
}

export class Transcript {
  constructor() {
    this.log = part("messages", HTMLElement);
    this.live = part("log", HTMLElement);
    this.jump = part("jump", HTMLButtonElement);
    this.jumpWords = part("jump-words", HTMLElement);
    this.dock = one(document, ".dock", HTMLElement);
    this.help = document.querySelector(".help");
    this.below = [part("typing", HTMLElement), part("state", HTMLElement)];
    const blank = part("message-blank", HTMLTemplateElement).content;
    this.blank = one(blank, ".message", HTMLElement);
    this.blankContact = one(blank, ".contact", HTMLElement);
    this.blankAction = one(blank, ".action", HTMLAnchorElement);
    this.blankChoice = one(blank, ".choice", HTMLButtonElement);
    /** @type {Map<number, HTMLElement>} */
    this.shown = new Map();
    /** @type {Map<string, HTMLElement>} Not yet known to the server, by client_id. */
    this.pending = new Map();
    /** @type {Map<number, Message>} */
    this.messages = new Map();
    this.last = 0;
    this.unread = 0;
    /** @type {HTMLElement | null} */
    this.firstUnread = null;
    this.#adoptServed();
    this.jump.addEventListener("click", () => this.#goToNew());
    window.addEventListener("scroll", () => this.#seen(), { passive: true });
  }

  /** Opening words that the server drew are shown already; the real ones have the same numbers. */
  #adoptServed() {
    for (const item of this.log.querySelectorAll("li.message")) {
      if (!(item instanceof HTMLElement)) continue;
      const id = Number(item.dataset.id);
      if (id) this.shown.set(id, item);
      const time = item.querySelector("time");
      if (time) time.textContent = clock(time.dateTime);
    }
  }

  /** Show messages of the server; those that are shown already stay as they are. @param {Message[]} messages */
  add(messages) {
    const near = this.#isNearEnd();
    const whole = this.last === 0 && messages.length > 1;
    if (whole) this.live.setAttribute("aria-busy", "true");
    /** @type {HTMLElement[]} */
    const fresh = [];
    for (const message of messages) {
      this.messages.set(message.id, message);
      this.last = Math.max(this.last, message.id);
      if (this.shown.has(message.id)) continue;
      const sent = this.#adopt(message);
      const item = sent ?? this.#build(message);
      this.#place(item, message.id);
      if (sent) this.markSent(message.id);
      if (message.author !== "person") fresh.push(item);
    }
    this.#settleChoices();
    if (whole) window.setTimeout(() => this.live.removeAttribute("aria-busy"));
    if (!fresh.length) return;
    if (near || whole) this.toEnd();
    this.#countUnread(fresh);
  }

  /** Show what the person just sent. @param {Unsent} item */
  addPending(item) {
    const message = { id: 0, author: /** @type {const} */ ("person"), name: "", text: item.text, choices: [], contacts: [], at: item.at };
    const element = this.#build(message);
    element.dataset.text = item.text;
    this.pending.set(item.client_id, element);
    this.log.append(element);
    this.#settleChoices();
    return element;
  }

  /**
   * The server took it and gave it a number.
   * @param {string} clientId
   * @param {number} id
   */
  confirm(clientId, id) {
    const element = this.pending.get(clientId);
    this.pending.delete(clientId);
    if (!element || element.dataset.id) return;
    if (this.shown.has(id)) element.remove();
    else this.#place(element, id);
  }

  /** @param {string} clientId */
  dropPending(clientId) {
    this.pending.get(clientId)?.remove();
    this.pending.delete(clientId);
    this.#settleChoices();
  }

  /**
   * Say under a message what became of it.
   * @param {string} clientId
   * @param {string} text
   * @param {{ bad?: boolean, buttons?: { label: string, act: () => void }[] }} [how]
   */
  mark(clientId, text, { bad = false, buttons = [] } = {}) {
    const element = this.pending.get(clientId);
    // What came back from the server was sent, whatever the answer to sending it was.
    if (element && !element.dataset.id) this.#status(element, text, bad, buttons);
  }

  /** Only the newest message says that it was sent. @param {number} id */
  markSent(id) {
    for (const old of this.log.querySelectorAll(".message__status--sent")) old.remove();
    const element = this.shown.get(id);
    if (!element) return;
    this.#status(element, word("sent"), false, []);
    element.querySelector(".message__status")?.classList.add("message__status--sent");
  }

  /** Remove everything. */
  clear() {
    this.log.replaceChildren();
    this.shown.clear();
    this.pending.clear();
    this.messages.clear();
    this.last = 0;
    this.#forgetUnread();
  }

  /** Show the end, but never push the start of an answer out of sight. */
  toEnd() {
    const items = this.log.querySelectorAll(".message");
    const end = items[items.length - 1];
    if (!end) return;
    const mine = this.log.querySelectorAll(".message--person");
    const from = mine[mine.length - 1] ?? items[0];
    const under = [end, ...this.below].map((element) => element.getBoundingClientRect().bottom);
    const toBottom = Math.max(...under) - this.#floor() + 16;
    const toTop = (from ?? end).getBoundingClientRect().top - this.#ceiling() - 12;
    const by = Math.min(toBottom, toTop);
    // Where the box is not fixed to the foot, writing in it has scrolled past the answer.
    if (by > 0 || !this.#dockIsFixed()) window.scrollBy({ top: by, behavior: "instant" });
  }

  /** Guidance and contacts so far, without what the person wrote. */
  guidance() {
    return [...this.messages.values()].sort((a, b) => a.id - b.id).filter((message) => message.author !== "person");
  }

  // -- building ----------------------------------------------------------------

  /** @param {Message} message */
  #build(message) {
    const item = /** @type {HTMLElement} */ (this.blank.cloneNode(true));
    item.className = `message message--${message.author}`;
    item.dataset.author = message.author;
    delete item.dataset.id;
    one(item, ".message__speaker", HTMLElement).textContent = speaker(message);
    const time = one(item, "time", HTMLTimeElement);
    time.textContent = clock(message.at);
    time.dateTime = message.at;
    if (!time.textContent) time.remove();
    const text = one(item, ".message__text", HTMLElement);
    if (message.text) text.textContent = message.text;
    else text.remove();
    this.#contacts(one(item, ".contacts", HTMLElement), message.contacts ?? []);
    this.#choices(one(item, ".choices", HTMLElement), message.choices ?? []);
    return item;
  }

  /**
   * @param {HTMLElement} list
   * @param {Contact[]} contacts
   */
  #contacts(list, contacts) {
    if (!contacts.length) return list.remove();
    list.replaceChildren(...contacts.map((contact) => this.#contact(contact)));
  }

  /** @param {Contact} contact */
  #contact(contact) {
    const card = /** @type {HTMLElement} */ (this.blankContact.cloneNode(true));
    one(card, ".contact__name", HTMLElement).textContent = contact.name;
    const note = one(card, ".contact__note", HTMLElement);
    if (contact.note) note.textContent = contact.note;
    else note.remove();
    const links = contact.actions.filter((action) => SAFE_LINK.test(action.href)).map((action) => {
      const link = /** @type {HTMLAnchorElement} */ (this.blankAction.cloneNode(true));
      link.className = `action action--${action.kind}`;
      link.href = action.href;
      if (action.kind === "web") link.prepend(action.label);
      else {
        link.textContent = action.label;
        link.removeAttribute("target");
        link.removeAttribute("rel");
      }
      return link;
    });
    one(card, ".contact__actions", HTMLElement).replaceChildren(...links);
    return card;
  }

  /**
   * @param {HTMLElement} group
   * @param {Choice[]} choices
   */
  #choices(group, choices) {
    if (!choices.length) return group.remove();
    group.replaceChildren(...choices.map((choice) => {
      const button = /** @type {HTMLButtonElement} */ (this.blankChoice.cloneNode(true));
      button.value = choice.id;
      button.textContent = choice.label;
      return button;
    }));
  }

  /**
   * @param {HTMLElement} element
   * @param {string} text
   * @param {boolean} bad
   * @param {{ label: string, act: () => void }[]} buttons
   */
  #status(element, text, bad, buttons) {
    element.querySelector(".message__status")?.remove();
    if (!text) return;
    const line = document.createElement("p");
    line.className = bad ? "message__status message__status--bad" : "message__status";
    line.setAttribute("aria-live", "off");
    line.append(text);
    for (const { label, act } of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--quiet button--small";
      button.textContent = label;
      button.addEventListener("click", act);
      line.append(button);
    }
    element.append(line);
  }

  // -- order ---------------------------------------------------------------------

  /** What the person sent came back before the answer to sending it. @param {Message} message */
  #adopt(message) {
    if (message.author !== "person") return null;
    for (const element of this.pending.values()) {
      if (!element.dataset.id && element.dataset.text?.trim() === message.text.trim()) return element;
    }
    return null;
  }

  /**
   * Put a message where its number belongs: what has no number yet stays last.
   * @param {HTMLElement} item
   * @param {number} id
   */
  #place(item, id) {
    item.dataset.id = String(id);
    delete item.dataset.text;
    this.shown.set(id, item);
    let before = this.log.lastElementChild;
    while (before && (before === item || !(Number(before.getAttribute("data-id")) < id) || !before.getAttribute("data-id"))) {
      before = before.previousElementSibling;
    }
    const next = before ? before.nextElementSibling : this.log.firstElementChild;
    if (next !== item) this.log.insertBefore(item, next);
  }

  /** Choices can be made only until the person has said something after them. */
  #settleChoices() {
    let answered = false;
    const items = Array.from(this.log.children).reverse();
    for (const item of items) {
      if (item.classList.contains("message--person")) answered = true;
      else if (answered) item.querySelector(".choices")?.remove();
    }
  }

  // -- scrolling -----------------------------------------------------------------

  #dockIsFixed() {
    return getComputedStyle(this.dock).position === "sticky";
  }

  #floor() {
    const dock = this.#dockIsFixed() ? this.dock.offsetHeight : 0;
    return (window.visualViewport?.height ?? window.innerHeight) - dock;
  }

  #ceiling() {
    if (!this.help || getComputedStyle(this.help).position !== "sticky") return 0;
    const top = Number.parseFloat(getComputedStyle(this.help).top) || 0;
    return top + this.help.getBoundingClientRect().height;
  }

  #isNearEnd() {
    const end = this.log.lastElementChild;
    return !end || end.getBoundingClientRect().bottom < this.#floor() + NEAR_PX;
  }

  /** @param {HTMLElement[]} fresh */
  #countUnread(fresh) {
    const hidden = fresh.filter((item) => item.getBoundingClientRect().top > this.#floor() - 24);
    this.unread += hidden.length;
    this.firstUnread ??= hidden[0] ?? null;
    this.#showJump();
  }

  #showJump() {
    this.jump.hidden = this.unread === 0;
    if (this.unread) this.jumpWords.textContent = counted("new", this.unread);
  }

  #seen() {
    if (this.firstUnread && this.firstUnread.getBoundingClientRect().top < this.#floor() - 24) this.#forgetUnread();
  }

  #forgetUnread() {
    if (document.activeElement === this.jump) this.firstUnread?.focus({ preventScroll: true });
    this.unread = 0;
    this.firstUnread = null;
    this.#showJump();
  }

  #goToNew() {
    const to = this.firstUnread;
    if (!to) return;
    window.scrollBy({ top: to.getBoundingClientRect().top - this.#ceiling() - 12, behavior: "instant" });
    to.focus({ preventScroll: true });
    this.#forgetUnread();
  }
}
