// The chat page. Without this file the page is a plain form; with it, it is live.

import * as api from "./api.js";
import { CodePanel } from "./code.js";
import { Connection } from "./connection.js";
import { startExit } from "./exit.js";
import { isFramed } from "./host.js";
import { saveAsText } from "./keep.js";
import { Outbox, ensureConversation } from "./outbox.js";
import { closePanels, openPanel, startPanels } from "./panels.js";
import { session } from "./session.js";
import { Transcript } from "./transcript.js";
import { counted, part, word } from "./words.js";

/** @import { Status } from "./api.js" */
/** @import { Unsent } from "./session.js" */

const COUNT_FROM = 500; // characters left when the count appears

class Chat {
  constructor() {
    this.text = part("text", HTMLTextAreaElement);
    this.max = Number(part("main", HTMLElement).dataset.maxChars) || 5000;
    this.transcript = new Transcript();
    /** @type {Connection | null} */
    this.connection = null;
    this.connected = true;
    this.outbox = this.#newOutbox();
  }

  start() {
    this.#takeOver();
    startPanels();
    this.#listen();
    this.#restore();
    if (isFramed && !session.isKept) this.#notice(word("frame-forgets"));
    if (session.token) this.#connect();
    else if (!this.transcript.shown.size) this.#beginNow();
    this.outbox.flush();
  }

  /** A step was made without scripts before they came: go on from there. */
  #takeOver() {
    const served = part("token", HTMLInputElement).value;
    if (served) session.token = served;
    if (window.location.pathname !== "/") window.history.replaceState(null, "", "/");
  }

  #restore() {
    if (!this.text.value) this.text.value = session.draft;
    for (const item of this.outbox.items) {
      this.transcript.addPending(item);
      if (item.failed) this.#moved(item, "failed", "");
    }
    this.#measure();
  }

  #listen() {
    part("compose", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendText();
    });
    part("pick", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter instanceof HTMLButtonElement) this.#sendChoice(event.submitter);
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#sendText();
    });
    this.text.addEventListener("input", () => {
      session.draft = this.text.value;
      this.#measure();
    });
    part("save", HTMLElement).addEventListener("click", () => this.#save());
    part("print", HTMLElement).addEventListener("click", () => window.print());
    const code = new CodePanel();
    part("ask-code", HTMLElement).addEventListener("click", () => {
      if (session.token) code.open();
      else this.#notice(word("code-first"));
    });
    part("back-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#comeBack();
    });
    part("ask-erase", HTMLElement).addEventListener("click", () => openPanel("erase"));
    part("do-erase", HTMLElement).addEventListener("click", () => this.#erase());
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#setConnected(false));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && !this.connected) this.#hurry();
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.connection?.restart();
    });
    window.addEventListener("harbour:leave", () => this.#leave());
    this.#followKeyboard();
  }

  // -- writing ---------------------------------------------------------------------

  #sendText() {
    const text = this.text.value;
    if (!text.trim() || this.#left() < 0) return this.text.focus();
    this.text.value = "";
    session.draft = "";
    this.#measure();
    this.#send(text, "");
  }

  /** @param {HTMLButtonElement} button */
  #sendChoice(button) {
    const hadFocus = document.activeElement === button;
    const item = this.#send(button.textContent ?? "", button.value);
    // The button goes away; the keyboard must not be thrown to the top of the page.
    if (hadFocus) item.focus({ preventScroll: true });
  }

  /**
   * @param {string} text
   * @param {string} choice
   */
  #send(text, choice) {
    document.getElementById("intro")?.remove();
    this.#notice("");
    const element = this.transcript.addPending(this.outbox.add({ text, choice }));
    this.transcript.toEnd();
    this.outbox.flush();
    return element;
  }

  #left() {
    return this.max - [...this.text.value].length;
  }

  #measure() {
    const left = this.#left();
    const count = part("count", HTMLElement);
    const near = left <= COUNT_FROM;
    count.textContent = near ? (left < 0 ? counted("over", -left) : counted("left", left)) : "";
    count.classList.toggle("compose__count--over", left < 0);
    if (left < 0) this.text.setAttribute("aria-invalid", "true");
    else this.text.removeAttribute("aria-invalid");
    if (CSS.supports("field-sizing", "content")) return;
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 4}px`;
  }

  // -- what became of what was sent ----------------------------------------------------

  #newOutbox() {
    return new Outbox({
      moved: (item, state, why) => this.#moved(item, state, why),
      taken: (item, id) => {
        this.transcript.confirm(item.client_id, id);
        this.transcript.markSent(id);
      },
      begun: () => this.#connect(),
      gone: () => this.#gone(false),
    });
  }

  /**
   * @param {Unsent} item
   * @param {"sending" | "waiting" | "failed"} state
   * @param {string} why
   */
  #moved(item, state, why) {
    const id = item.client_id;
    if (state === "sending") return this.transcript.mark(id, word("sending"));
    const again = { label: word("try-again"), act: () => this.outbox.retry(id) };
    if (state === "waiting") return this.transcript.mark(id, word("waiting"), { buttons: [again] });
    const back = { label: word("take-back"), act: () => this.#takeBack(item) };
    const buttons = item.choice ? [again] : [again, back];
    return this.transcript.mark(id, `${word("failed")} ${why}`.trim(), { bad: true, buttons });
  }

  /** @param {Unsent} item */
  #takeBack(item) {
    this.outbox.remove(item.client_id);
    this.transcript.dropPending(item.client_id);
    this.#putInBox(item.text);
    this.text.focus();
  }

  /** @param {string} text */
  #putInBox(text) {
    this.text.value = [this.text.value, text].filter(Boolean).join("\n");
    session.draft = this.text.value;
    this.#measure();
  }

  // -- the connection --------------------------------------------------------------

  async #beginNow() {
    try {
      if (await ensureConversation()) this.#connect();
    } catch {
      // Nothing was written yet. The first message tries again, and says so if it cannot.
    }
  }

  #connect() {
    part("come-back", HTMLElement).hidden = true;
    this.connection?.stop();
    this.connection = new Connection(session.token, () => this.transcript.last, {
      messages: (messages) => this.#heard(messages),
      status: (status) => this.#status(status),
      connected: (connected) => this.#setConnected(connected),
      gone: (erased) => this.#gone(erased),
    });
    this.connection.run();
  }

  /** @param {api.Message[]} messages */
  #heard(messages) {
    if (messages.length) document.getElementById("intro")?.remove();
    this.transcript.add(messages);
  }

  /** @param {Status} status */
  #status(status) {
    part("typing", HTMLElement).hidden = !status.typing;
    const line = part("state", HTMLElement);
    const text = ["waiting", "human", "closed"].includes(status.state) ? word(`state-${status.state}`) : "";
    if (line.textContent?.trim() !== text) line.textContent = text;
  }

  /** @param {boolean} connected */
  #setConnected(connected) {
    const banner = part("banner", HTMLElement);
    if (connected) {
      if (!this.connected) {
        banner.textContent = word("back");
        window.setTimeout(() => {
          if (this.connected) banner.textContent = "";
        }, 4000);
        this.outbox.flush();
      }
      this.connected = true;
      return;
    }
    this.connected = false;
    const text = navigator.onLine ? word("lost") : word("offline");
    if (banner.querySelector("p")?.textContent === text) return;
    const line = document.createElement("p");
    line.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet button--small";
    button.textContent = word("try-now");
    button.addEventListener("click", () => this.#hurry());
    banner.replaceChildren(line, button);
  }

  #hurry() {
    this.connection?.restart();
    this.outbox.flush();
  }

  /** Open the conversation whose come-back code was typed. */
  async #comeBack() {
    const typed = part("back-words", HTMLInputElement);
    const problem = part("back-problem", HTMLElement);
    problem.textContent = "";
    try {
      session.token = (await api.comeBack(typed.value)).token;
    } catch (error) {
      problem.textContent = error instanceof api.Refused && error.message ? error.message : word("back-failed");
      return typed.focus();
    }
    typed.value = "";
    this.transcript.clear();
    this.#connect();
    this.#notice(word("back-opened"), { focus: true });
  }

  // -- the end -----------------------------------------------------------------------

  async #erase() {
    const button = part("do-erase", HTMLButtonElement);
    const label = button.textContent;
    button.textContent = word("erasing");
    try {
      if (session.token) await api.erase(session.token);
    } catch (error) {
      if (!(error instanceof api.Refused && error.isGone)) {
        return this.#notice(word("not-erased"), { focus: true });
      }
    } finally {
      button.textContent = label;
    }
    this.#startAfresh();
    this.text.value = "";
    session.draft = "";
    this.#measure();
    this.#notice(word("erased"), { focus: true });
  }

  /** @param {boolean} erased Else it was opened elsewhere by its code, or erased while nobody listened here. */
  #gone(erased) {
    if (!session.token) return;
    const unsent = this.outbox.items.filter((item) => !item.choice).map((item) => item.text);
    this.#startAfresh();
    for (const text of unsent) this.#putInBox(text);
    const why = erased ? "gone" : "closed";
    this.#notice(word(unsent.length ? `${why}-draft` : why));
  }

  #startAfresh() {
    this.#stop();
    const draft = this.text.value;
    session.forget();
    session.draft = draft;
    part("token", HTMLInputElement).value = "";
    this.transcript.clear();
    part("come-back", HTMLElement).hidden = false;
    this.outbox = this.#newOutbox();
    this.#status({ state: "", typing: false });
    closePanels({ back: false });
    part("banner", HTMLElement).textContent = "";
    this.connected = true;
  }

  #stop() {
    this.connection?.stop();
    this.connection = null;
    this.outbox.stop();
  }

  #leave() {
    this.#stop();
    this.text.value = "";
    this.transcript.clear();
  }

  // -- small things ------------------------------------------------------------------

  #save() {
    const guidance = this.transcript.guidance();
    if (!guidance.length) return this.#notice(word("nothing-to-save"));
    return this.#notice(word("saved", { name: saveAsText(guidance) }));
  }

  /**
   * @param {string} text
   * @param {{ focus?: boolean }} [how]
   */
  #notice(text, { focus = false } = {}) {
    const notice = part("notice", HTMLElement);
    notice.textContent = text;
    if (focus) notice.focus();
  }

  /** Where the keyboard covers the page (iOS), lift what is fixed to its foot. */
  #followKeyboard() {
    const view = window.visualViewport;
    if (!view) return;
    const lift = () => {
      const covered = view.scale > 1.01 ? 0 : Math.max(0, window.innerHeight - view.height - view.offsetTop);
      document.documentElement.style.setProperty("--keyboard", `${Math.round(covered)}px`);
    };
    view.addEventListener("resize", lift);
    view.addEventListener("scroll", lift);
  }
}

if (startExit()) new Chat().start();
