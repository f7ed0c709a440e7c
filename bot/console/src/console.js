// The console's live parts. Pages work without it; it makes them move.
import { SortableTable } from "./vendor/sortable-table.bundle.mjs";

const $ = (/** @type {string} */ id) => document.getElementById(id);
const REMIND_MS = 20_000;
const HERE_MS = 60_000;
const TYPING_MS = 3_000;
const title = document.title;

const post = (/** @type {string} */ url) => fetch(url, { method: "POST", keepalive: true }).catch(() => undefined);
const say = (/** @type {string} */ text) => { const at = $("announce"); if (at) at.textContent = text; };
const refresh = (/** @type {string} */ what) => document.body.dispatchEvent(new CustomEvent(what));

// -- waiting: the badge, the title, the sound, the notice

let waiting = 0;
const wants = (/** @type {string} */ what) => localStorage.getItem(`harbour-${what}`) === "on";

function show(/** @type {{waiting: number, urgent: number}} */ summary) {
  if (summary.waiting > waiting) {
    say(`${summary.waiting} waiting${summary.urgent ? `, ${summary.urgent} very urgent` : ""}`);
    remind();
  }
  waiting = summary.waiting;
  const count = $("count");
  if (count) {
    count.hidden = waiting === 0;
    count.textContent = `${waiting}`;
    count.setAttribute("aria-label", `${waiting} waiting`);
  }
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

/** @type {AudioContext | undefined} */
let audio;
function sound() {
  audio ??= new AudioContext();
  for (const [at, pitch] of /** @type {[number, number][]} */ ([[0, 660], [0.18, 880]])) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0.08 });
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.14);
  }
}

function remind() {
  if (wants("sound")) sound();
  if (wants("notice") && "Notification" in window && Notification.permission === "granted" && document.hidden) {
    new Notification("Harbour", { body: "Someone is waiting.", tag: "waiting" });
  }
}
setInterval(() => { if (waiting) remind(); }, REMIND_MS);

for (const what of ["sound", "notice"]) {
  const button = $(what);
  if (!button) continue;
  const label = what === "sound" ? "Sound" : "Desktop notices";
  const draw = () => {
    button.textContent = `${label}: ${wants(what) ? "on" : "off"}`;
    button.setAttribute("aria-pressed", `${wants(what)}`);
  };
  button.addEventListener("click", async () => {
    const on = !wants(what);
    if (on && what === "notice" && (await Notification.requestPermission()) !== "granted") return;
    localStorage.setItem(`harbour-${what}`, on ? "on" : "off");
    if (on && what === "sound") sound();
    draw();
  });
  draw();
}

// -- how long someone has waited

function count() {
  for (const at of document.querySelectorAll("time.since")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(at.getAttribute("datetime") ?? "")) / 1000));
    const shown = `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
    if (at.textContent !== shown) at.textContent = shown;
  }
}
setInterval(count, 1000);
count();
const queue = $("queue");
if (queue) new MutationObserver(count).observe(queue, { subtree: true, childList: true });

// -- what comes from the server

const log = $("log");
const delivered = () => Number($("delivered")?.dataset.number ?? 0);
const atEnd = () => !log || log.scrollHeight - log.scrollTop - log.clientHeight < 120;
const toEnd = () => { if (log) log.scrollTop = log.scrollHeight; };

function mark() {
  for (const link of document.querySelectorAll('.crisis a[href^="#m"]')) {
    document.getElementById((link.getAttribute("href") ?? "").slice(1))?.classList.add("is-flagged");
  }
  for (const item of document.querySelectorAll("#log .by-staff")) {
    const state = item.querySelector(".mark");
    if (state && Number(/** @type {HTMLElement} */ (item).dataset.number) <= delivered()) state.textContent = "✓ delivered";
  }
}

function add(/** @type {string} */ html) {
  if (!log) return;
  const stay = !atEnd();
  const part = new DOMParser().parseFromString(html, "text/html");
  for (const item of part.querySelectorAll("li")) if (!document.getElementById(item.id)) $("lines")?.append(document.importNode(item, true));
  if (!stay) toEnd();
}

function listen() {
  const address = document.body.dataset.events;
  if (!address) return;
  const source = new EventSource(address);
  const lost = $("connection");
  source.addEventListener("open", () => { if (lost) lost.textContent = ""; });
  source.addEventListener("error", () => { if (lost) lost.textContent = "The connection was lost. Trying again."; });
  source.addEventListener("desk", (event) => { show(JSON.parse(event.data)); refresh("desk"); if (log) refresh("side"); });
  source.addEventListener("talk", (event) => { add(event.data); refresh("side"); });
  source.addEventListener("left", () => { source.close(); location.assign("/staff/"); });
  source.addEventListener("over", () => { source.close(); location.reload(); });
  // A form that is sent leads somewhere itself: what the stream says about leaving must not overtake it.
  addEventListener("submit", (event) => { if (!event.defaultPrevented) source.close(); });
  addEventListener("pagehide", () => source.close());
}
listen();
toEnd();
const side = $("side");
if (side) new MutationObserver(mark).observe(side, { subtree: true, childList: true, attributes: true });

// -- someone is at this desk

let hereAt = 0;
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, () => {
    if (Date.now() - hereAt < HERE_MS) return;
    hereAt = Date.now();
    post("/staff/here");
  }, { passive: true });
}

// -- writing

const form = /** @type {HTMLFormElement | null} */ ($("reply"));
const text = /** @type {HTMLTextAreaElement | null} */ ($("text"));
if (form && text) {
  let typedAt = 0;
  text.addEventListener("input", () => {
    if (Date.now() - typedAt < TYPING_MS) return;
    typedAt = Date.now();
    post(form.dataset.typing ?? "");
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = $("sent");
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const once = $("once");
      if (once) once.innerHTML = await answer.text();
      form.reset();
      if (sent) sent.textContent = "Sent.";
      text.focus();
    } catch {
      if (sent) sent.textContent = "Not sent. What you wrote is still here: try again. If you no longer hold this conversation, go to the queue.";
    }
  });
}

const find = /** @type {HTMLInputElement | null} */ ($("find"));
const canned = $("canned");
if (find && canned && text) {
  find.addEventListener("input", () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const item of canned.querySelectorAll("li")) {
      const has = words.every((word) => (item.textContent ?? "").toLowerCase().includes(word));
      item.hidden = !has;
      if (has) n += 1;
    }
    const found = $("found");
    if (found) found.textContent = `${n} found`;
  });
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  canned.addEventListener("click", (event) => {
    const one = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!one) return;
    text.value = text.value ? `${text.value.trimEnd()}\n\n${one.dataset.text}` : (one.dataset.text ?? "");
    text.focus();
  });
}

document.body.classList.add("govuk-frontend-supported");
for (const table of document.querySelectorAll('[data-module="moj-sortable-table"]')) new SortableTable(table);
