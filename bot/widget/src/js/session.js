// What this tab remembers: which conversation is the person's, what they are writing and
// what is not sent yet. The tab's own storage alone, gone when the tab is closed.

/**
 * Something the person sent that the server has not taken yet.
 * @typedef {{ client_id: string, text: string, choice: string, at: string, failed?: boolean }} Unsent
 */

const TOKEN = "token";
const DRAFT = "draft";
const OUTBOX = "outbox";
const LEFT = "left";

/** @type {Map<string, string>} Used where the browser refuses storage. */
const memory = new Map();

/** @param {string} key */
function read(key) {
  try {
    return window.sessionStorage.getItem(key) ?? memory.get(key) ?? "";
  } catch {
    return memory.get(key) ?? "";
  }
}

/**
 * @param {string} key
 * @param {string} value Empty removes the key.
 */
function write(key, value) {
  memory.delete(key);
  try {
    if (value) window.sessionStorage.setItem(key, value);
    else window.sessionStorage.removeItem(key);
  } catch {
    memory.set(key, value);
  }
}

export const session = {
  /** Whether the browser lets this page keep anything: in a frame on another site, some do not. */
  get isKept() {
    try {
      return Boolean(window.sessionStorage);
    } catch {
      return false;
    }
  },
  get token() {
    return read(TOKEN);
  },
  set token(value) {
    write(TOKEN, value);
  },
  get draft() {
    return read(DRAFT);
  },
  set draft(value) {
    write(DRAFT, value);
  },
  /** @returns {Unsent[]} */
  get outbox() {
    try {
      return JSON.parse(read(OUTBOX) || "[]");
    } catch {
      return [];
    }
  },
  set outbox(items) {
    write(OUTBOX, items.length ? JSON.stringify(items) : "");
  },
  /** Whether this tab was left by the exit button. Holds no more than that. */
  get left() {
    return read(LEFT) === "1";
  },
  set left(value) {
    write(LEFT, value ? "1" : "");
  },
  forget() {
    memory.clear();
    try {
      window.sessionStorage.clear();
    } catch {
      // Nothing was ever kept.
    }
  },
};
