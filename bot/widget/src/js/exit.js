// "Exit this page": GOV.UK's component, which blanks the page and goes to a neutral one.
// Ours also forgets the conversation in this tab and replaces the page, so that Back
// does not return to it.

import { ExitThisPage } from "../vendor/exit-this-page.bundle.mjs";
import { replaceAll, startHost } from "./host.js";
import { session } from "./session.js";

/** Everything that was on the page, out of it. */
function wipe() {
  for (const element of document.body.querySelectorAll("main, .dock, template, form")) element.remove();
  document.title = "";
}

function blank() {
  document.documentElement.classList.add("is-left");
  wipe();
}

function forget() {
  window.dispatchEvent(new Event("harbour:leave"));
  session.forget();
  session.left = true;
}

class QuickExit extends ExitThisPage {
  exitPage() {
    const neutral = this.$button.href;
    forget();
    const overlay = document.createElement("div");
    overlay.className = "govuk-exit-this-page-overlay";
    document.body.append(overlay);
    document.body.classList.add("govuk-exit-this-page-hide-content");
    blank();
    replaceAll(neutral);
  }

  resetPage() {
    if (!session.left) super.resetPage();
  }
}

/** Whether the browser's Back or Forward opened this page. */
function isReturn() {
  const [how] = performance.getEntriesByType("navigation");
  return how instanceof PerformanceNavigationTiming && how.type === "back_forward";
}

/**
 * Start the exit button, before anything else on the page.
 * @returns {boolean} Whether the page may go on: not when Back came to a page that was left.
 */
export function startExit() {
  if (session.left && isReturn()) {
    blank();
    return false;
  }
  session.left = false;
  document.documentElement.classList.add("js");
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  startHost(() => {
    forget();
    blank();
  });
  new QuickExit(document.querySelector(".govuk-exit-this-page"));
  const token = () => session.token;
  let held = "";
  // A page that the browser keeps for Back is kept blank, and shown only if this tab
  // still has the same conversation. Where storage is refused, nobody can know: it starts anew.
  window.addEventListener("pagehide", () => {
    held = token();
    document.documentElement.classList.add("is-away");
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (session.left) return blank();
    if (token() !== held || !session.isKept) return window.location.reload();
    document.documentElement.classList.remove("is-away");
  });
  return true;
}
