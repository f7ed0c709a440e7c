// Puts the chat on a page of another site: one line, described in docs/embedding.md. What it
// draws is in a closed shadow root, the chat itself in a frame of the chat's own origin, so
// the page around it can neither style nor read them. It works under a strict content
// security policy: no inline style, no markup from strings, nothing from anywhere else.
(() => {
  const NEUTRAL = "https://www.bbc.co.uk/weather";
  const PATIENCE_MS = 8000;
  /** @type {Record<string, { open: string, close: string, name: string, failed: string, instead: string }>} */
  const WORDS = {/* put here by build.mjs, from words/ */};
  const NAME = "harbour-chat";

  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement) || document.querySelector(NAME)) return;
  const chat = new URL(script.src).origin;
  const asked = script.dataset;

  /**
   * One option: what was given if it is understood, else the default and a line on the console.
   * @param {string} name
   * @param {string} standard
   * @param {(given: string) => boolean} understood
   */
  function option(name, standard, understood) {
    const given = asked[name]?.trim();
    if (given === undefined) return standard;
    if (understood(given)) return given;
    console.warn(`Harbour: data-${name}="${given}" is not understood; docs/embedding.md lists what is.`);
    return standard;
  }

  const colour = option("colour", "#17424d", (given) => /^#[0-9a-f]{6}$/i.test(given));
  const side = option("position", "right", (given) => given === "left" || given === "right");
  const language = option("language", "en", (given) => Object.hasOwn(WORDS, given));
  const words = WORDS[language];
  if (!words) return;
  const opening = option("opening", words.open, (given) => given.length > 0 && given.length <= 60);

  /** Black or white, whichever reads better on it: at least 4.5 to 1 on any colour. @param {string} on */
  function ink(on) {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(on.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.1791 ? "#000000" : "#ffffff";
  }

  // `!important` in here is stronger than anything the page around says of the element.
  const CSS = `
    :host { all: initial !important; font: 400 medium/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif !important;
      position: fixed !important; z-index: 2147483647 !important; inset: auto ${side === "left" ? "auto 1em 1em" : "1em 1em auto"} !important;
      display: block !important; color-scheme: light !important; direction: ltr !important; }
    @media print { :host { display: none !important; } }
    [hidden] { display: none !important; }
    button, .bar { background: ${colour}; color: ${ink(colour)}; font: inherit; border: 0; }
    button { font-weight: 600; min-height: 3em; min-width: 3em; padding: 0.5em 1.25em; cursor: pointer; touch-action: manipulation; }
    .launcher { border-radius: 1.6em; border: 2px solid #ffffff; box-shadow: 0 0 0 1.5px #12262c; max-width: min(20em, calc(100vw - 2em)); }
    button:focus-visible, a:focus-visible { outline: 3px solid #12262c; outline-offset: 2px; box-shadow: 0 0 0 2px #ffd34d; }
    .bar button:focus-visible { outline-color: ${ink(colour)}; outline-offset: -4px; box-shadow: none; }
    dialog { position: fixed; inset: auto ${side === "left" ? "auto 1em 1em" : "1em 1em auto"}; margin: 0; padding: 0; display: none; flex-direction: column;
      width: 25em; height: min(42em, calc(100% - 2em)); max-width: none; max-height: none; overflow: hidden;
      background: #ffffff; color: #12262c; border: 2px solid ${colour}; border-radius: 1em; box-shadow: 0 0.4em 2em rgb(0 0 0 / 0.35); box-sizing: border-box; }
    dialog[open] { display: flex; }
    dialog.whole { inset: 0 auto auto 0; width: 100%; height: 100%; border: 0; border-radius: 0; }
    .bar { display: flex; align-items: center; justify-content: space-between; padding-left: 1em; font-weight: 600; }
    iframe { flex: 1; width: 100%; min-height: 0; border: 0; }
    p { margin: 1.5em; } a { color: #17424d; font-weight: 600; }
    @media (forced-colors: active) { button, dialog { border: 2px solid ButtonText; } }`;

  /**
   * @template {keyof HTMLElementTagNameMap} K
   * @param {K} tag
   * @param {Record<string, string>} attributes
   * @param {...(Node | string)} content
   */
  function make(tag, attributes, ...content) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...content);
    return element;
  }

  const address = `${chat}/${language === "en" ? "" : `?language=${language}`}`;
  const launcher = make("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" }, opening);
  const close = make("button", { type: "button", "aria-label": words.close }, "✕");
  const frame = make("iframe", { title: words.name, referrerpolicy: "no-referrer" });
  const failed = make("p", { hidden: "", role: "alert" }, `${words.failed} `, make("a", { href: address, target: "_blank", rel: "noopener" }, words.instead));
  const panel = make("dialog", { "aria-label": words.name }, make("div", { class: "bar" }, words.name, close), failed);
  let timer = 0;

  /** @param {"hello" | "leave"} what */
  function tell(what) {
    if (frame.src) frame.contentWindow?.postMessage({ harbour: what }, chat);
  }

  /** @param {boolean} working */
  function judge(working) {
    window.clearTimeout(timer);
    failed.hidden = working;
    frame.hidden = !working;
  }

  function open() {
    if (panel.open) return;
    const whole = window.innerWidth <= 640 || window.innerHeight <= 480;
    panel.classList.toggle("whole", whole);
    if (!frame.src) {
      frame.src = address; // nothing of the chat is loaded before it is asked for
      panel.append(frame);
      timer = window.setTimeout(() => judge(false), PATIENCE_MS);
    }
    launcher.hidden = true;
    launcher.setAttribute("aria-expanded", "true");
    if (whole) panel.showModal();
    else panel.show();
    fit();
    frame.focus();
  }

  function shut() {
    panel.style.height = panel.style.top = "";
    launcher.hidden = false;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
  }

  /** Above the keyboard of a phone, so that the way out stays in sight. */
  function fit() {
    const view = window.visualViewport;
    if (!view || !panel.open || !panel.classList.contains("whole") || view.scale > 1.01) return;
    panel.style.height = `${view.height}px`;
    panel.style.top = `${view.offsetTop}px`;
  }

  /** Blank at once, then another page in the place of this one: Back does not return to it. */
  function leave() {
    document.documentElement.style.setProperty("display", "none", "important");
    document.title = "";
    document.head.append(make("meta", { name: "referrer", content: "no-referrer" }));
    tell("leave");
    try {
      (window.top ?? window).location.replace(NEUTRAL);
    } catch {
      window.location.replace(NEUTRAL);
    }
  }

  let shifts = 0;
  let shiftsUntil = 0;
  /** Shift three times, as inside the chat; not capital letters. @param {KeyboardEvent} event */
  function count(event) {
    if (!panel.open) return;
    if (event.key !== "Shift") shifts = -Number(event.shiftKey);
    else if (event.type === "keyup") {
      shifts = event.timeStamp > shiftsUntil ? Math.min(shifts, 0) + 1 : shifts + 1;
      shiftsUntil = event.timeStamp + 5000;
      if (shifts >= 3) leave();
    }
  }

  launcher.addEventListener("click", open);
  close.addEventListener("click", () => panel.close());
  panel.addEventListener("close", shut);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") panel.close();
  });
  document.addEventListener("keydown", count);
  document.addEventListener("keyup", count);
  frame.addEventListener("load", () => {
    tell("hello");
    if (!panel.open) return;
    // The keyboard went into the empty frame, and is not in the one that came: once more, from outside.
    close.focus();
    frame.focus();
  });
  window.visualViewport?.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("scroll", fit);
  window.addEventListener("message", (event) => {
    if (event.origin !== chat || event.source !== frame.contentWindow) return;
    if (event.data?.harbour === "ready") judge(true);
    if (event.data?.harbour === "close") panel.close();
    if (event.data?.harbour === "leave") leave();
  });

  function appear() {
    const host = document.createElement(NAME);
    const shadow = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(launcher, panel);
    document.body.append(host);
  }

  if (document.body) appear();
  else document.addEventListener("DOMContentLoaded", appear);
})();
