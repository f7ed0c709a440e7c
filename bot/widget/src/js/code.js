// The come-back code: asked for, shown once, cancelled.

import * as api from "./api.js";
import { openPanel } from "./panels.js";
import { session } from "./session.js";
import { part, word } from "./words.js";

/** @param {string} at */
function date(at) {
  const how = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
  return new Date(at).toLocaleString(document.documentElement.lang, how);
}

export class CodePanel {
  constructor() {
    this.panel = part("code", HTMLElement);
    this.words = part("code-words", HTMLElement);
    this.shown = part("code-shown", HTMLElement);
    this.state = part("code-state", HTMLElement);
    this.make = part("make-code", HTMLButtonElement);
    this.revoke = part("revoke-code", HTMLButtonElement);
    this.make.addEventListener("click", () => this.#try(() => this.#make()));
    this.revoke.addEventListener("click", () => this.#try(() => this.#revoke()));
    // Shown once: when the panel closes, however it does, the words are gone from the page.
    new MutationObserver(() => this.panel.hidden && this.#forget()).observe(this.panel, { attributeFilter: ["hidden"] });
  }

  open() {
    openPanel("code");
    this.#try(() => this.#look());
  }

  async #look() {
    const { expires_at: until } = await api.lookAtCode(session.token);
    if (!until || !this.shown.hidden) return;
    this.state.textContent = word("code-there", { date: date(until) });
    this.revoke.hidden = false;
  }

  async #make() {
    const made = await api.makeCode(session.token);
    if (this.panel.hidden) return;
    this.words.textContent = made.code;
    this.state.textContent = word("code-until", { date: date(made.expires_at) });
    this.shown.hidden = false;
    this.revoke.hidden = false;
    // A second press would make the words that were just written down useless.
    this.make.hidden = true;
    this.shown.focus();
  }

  async #revoke() {
    await api.revokeCode(session.token);
    this.#forget();
    this.state.textContent = word("code-revoked");
    this.make.focus();
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof api.Refused && error.isGone)) this.state.textContent = word("code-failed");
    }
  }

  #forget() {
    this.words.textContent = "";
    this.state.textContent = "";
    this.shown.hidden = true;
    this.revoke.hidden = true;
    this.make.hidden = false;
  }
}
