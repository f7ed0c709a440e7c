// What the person sent and the server has not taken yet: kept in the tab, sent one by one
// and in order, tried again until it is taken. The same client_id makes it one message.

import { Refused, begin, send } from "./api.js";
import { session } from "./session.js";

/** @import { Unsent } from "./session.js" */

const LONGEST_MS = 20_000;

/**
 * @typedef {object} Fate
 * @property {(item: Unsent, state: "sending" | "waiting" | "failed", why: string) => void} moved
 * @property {(item: Unsent, id: number) => void} taken
 * @property {() => void} begun A conversation has begun.
 * @property {() => void} gone It cannot be opened from here any more.
 */

/** A random version 4 UUID, also where `crypto.randomUUID` is missing. */
export function uuid() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Begin the conversation, unless it has begun. */
export async function ensureConversation() {
  if (session.token) return false;
  session.token = (await begin()).token;
  return true;
}

export class Outbox {
  /** @param {Fate} fate */
  constructor(fate) {
    this.fate = fate;
    this.items = session.outbox;
    this.failures = 0;
    this.timer = 0;
    this.busy = false;
    this.stopped = false;
  }

  /** @param {{ text: string, choice: string }} what For a choice, `text` is its label. */
  add(what) {
    const item = { ...what, client_id: uuid(), at: new Date().toISOString() };
    this.items.push(item);
    this.#keep();
    return item;
  }

  /** @param {string} clientId */
  remove(clientId) {
    this.items = this.items.filter((item) => item.client_id !== clientId);
    this.#keep();
  }

  /** @param {string} clientId */
  retry(clientId) {
    for (const item of this.items) if (item.client_id === clientId) delete item.failed;
    this.#keep();
    this.flush();
  }

  /** Send what waits, now. */
  async flush() {
    window.clearTimeout(this.timer);
    if (this.busy) return;
    this.busy = true;
    try {
      for (let item = this.#next(); item && !this.stopped; item = this.#next()) {
        if (!(await this.#attempt(item))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  stop() {
    this.stopped = true;
    window.clearTimeout(this.timer);
  }

  #next() {
    return this.items.find((item) => !item.failed);
  }

  #keep() {
    session.outbox = this.items;
  }

  /**
   * @param {Unsent} item
   * @returns {Promise<boolean>} Whether to go on with the next one.
   */
  async #attempt(item) {
    this.fate.moved(item, "sending", "");
    try {
      if (await ensureConversation()) this.fate.begun();
      const what = item.choice ? { choice: item.choice } : { text: item.text };
      const { id } = await send(session.token, { ...what, client_id: item.client_id });
      if (this.stopped) return false;
      this.failures = 0;
      this.remove(item.client_id);
      this.fate.taken(item, id);
      return true;
    } catch (error) {
      return this.stopped ? false : this.#failed(item, error);
    }
  }

  /**
   * @param {Unsent} item
   * @param {unknown} error
   */
  #failed(item, error) {
    if (error instanceof Refused && error.isGone) {
      this.fate.gone();
      return false;
    }
    if (error instanceof Refused && !error.isPassing) {
      item.failed = true;
      this.#keep();
      this.fate.moved(item, "failed", error.message);
      return true;
    }
    this.failures += 1;
    const asked = error instanceof Refused ? error.retryAfterMs : 0;
    const pause = asked || Math.min(LONGEST_MS, 1000 * 2 ** (this.failures - 1));
    this.timer = window.setTimeout(() => this.flush(), pause);
    this.fate.moved(item, "waiting", "");
    return false;
  }
}
