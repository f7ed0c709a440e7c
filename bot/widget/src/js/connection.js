// Keeps one conversation up to date: reads what was missed, then listens, and begins
// again after every break, a little later each time.

import { Refused, read, request } from "./api.js";
import { events } from "./stream.js";

/** @import { Message, Status } from "./api.js" */

const SILENCE_MS = 45_000; // the server pings every 15 seconds
const LONGEST_MS = 20_000;

/**
 * @typedef {object} Hearing
 * @property {(messages: Message[]) => void} messages In order; some may be known already.
 * @property {(status: Status) => void} status
 * @property {(connected: boolean) => void} connected
 * @property {(erased: boolean) => void} gone It was erased, or it cannot be opened from here any more.
 */

export class Connection {
  /**
   * @param {string} token
   * @param {() => number} last Number of the last message that is shown.
   * @param {Hearing} hearing
   */
  constructor(token, last, hearing) {
    this.token = token;
    this.last = last;
    this.hearing = hearing;
    this.stopped = false;
    this.failures = 0;
    this.abort = new AbortController();
    /** @type {() => void} */
    this.wake = () => undefined;
  }

  async run() {
    while (!this.stopped) {
      this.abort = new AbortController();
      const pause = await this.#listen().catch((error) => this.#after(error));
      if (!this.stopped) await this.#rest(pause);
    }
  }

  stop() {
    this.stopped = true;
    this.abort.abort();
    this.wake();
  }

  /** Try at once: the network is back, or the person asked. */
  hurry() {
    this.failures = 0;
    this.wake();
  }

  /** Do not trust the open stream: the device slept, or the network changed. */
  restart() {
    this.abort.abort();
    this.hurry();
  }

  /** @returns {Promise<number>} Milliseconds to wait before listening again. */
  async #listen() {
    await this.#catchUp();
    const response = await request("GET", `/api/stream?after=${this.last()}`, {
      token: this.token,
      signal: this.abort.signal,
      headers: { Accept: "text/event-stream" },
    });
    if (!response.body) return 3000; // an old browser: look every few seconds
    let timer = 0;
    const alive = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => this.abort.abort(), SILENCE_MS);
    };
    alive();
    try {
      for await (const event of events(response.body, alive)) {
        if (this.stopped) break;
        if (event.event === "message") this.hearing.messages([JSON.parse(event.data)]);
        else if (event.event === "status") this.hearing.status(JSON.parse(event.data));
        else if (event.event === "erased") return this.#gone(true);
      }
    } finally {
      window.clearTimeout(timer);
    }
    return this.#broken();
  }

  async #catchUp() {
    for (;;) {
      const found = await read(this.token, this.last(), this.abort.signal);
      if (this.stopped) return;
      const before = this.last();
      this.hearing.messages(found.messages);
      this.hearing.status({ state: found.state, typing: found.typing });
      if (!found.messages.length || this.last() === before) break;
    }
    this.failures = 0;
    this.hearing.connected(true);
  }

  /** @param {unknown} error */
  #after(error) {
    if (this.stopped) return 0;
    if (error instanceof Refused && error.isGone) return this.#gone(false);
    // Too many streams: what was missed is here already, so look again later.
    if (error instanceof Refused && error.status === 429) return error.retryAfterMs || 5000;
    return this.#broken();
  }

  /** @param {boolean} erased */
  #gone(erased) {
    this.stop();
    this.hearing.gone(erased);
    return 0;
  }

  #broken() {
    this.failures += 1;
    if (this.failures > 1 || !navigator.onLine) this.hearing.connected(false);
    if (this.failures === 1) return 250;
    return Math.min(LONGEST_MS, 1000 * 2 ** (this.failures - 2)) * (0.75 + Math.random() / 2);
  }

  /** @param {number} ms */
  #rest(ms) {
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => this.wake(), ms);
      this.wake = () => {
        window.clearTimeout(timer);
        this.wake = () => undefined;
        resolve(undefined);
      };
    });
  }
}
