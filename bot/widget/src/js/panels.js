// What opens above the box: the options, and the question before erasing. Not dialogs:
// a dialog would put the exit button and the help out of reach.

import { tell } from "./host.js";
import { part } from "./words.js";

/** @type {HTMLElement | null} Where the keyboard was before the panel opened. */
let cameFrom = null;

/** @param {string} id */
export function openPanel(id) {
  cameFrom ??= document.activeElement instanceof HTMLElement ? document.activeElement : null;
  for (const other of document.querySelectorAll(".panel")) if (other instanceof HTMLElement) other.hidden = other.id !== id;
  closeHelp();
  part(`${id}-title`, HTMLElement).focus();
  tellState();
}

/** @param {{ back?: boolean }} [how] `back`: give the keyboard back to where it was. */
export function closePanels({ back = true } = {}) {
  const open = document.querySelector(".panel:not([hidden])");
  for (const panel of document.querySelectorAll(".panel")) if (panel instanceof HTMLElement) panel.hidden = true;
  if (open && back) (cameFrom?.isConnected ? cameFrom : part("open-options", HTMLElement)).focus();
  cameFrom = null;
  tellState();
}

function closeHelp() {
  const help = document.querySelector(".help details[open]");
  if (help?.contains(document.activeElement)) help.querySelector("summary")?.focus();
  help?.removeAttribute("open");
}

function tellState() {
  part("open-options", HTMLElement).setAttribute("aria-expanded", String(!part("options", HTMLElement).hidden));
}

export function startPanels() {
  part("open-options", HTMLElement).addEventListener("click", () => {
    if (part("options", HTMLElement).hidden) openPanel("options");
    else closePanels();
  });
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => closePanels());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!document.querySelector(".panel:not([hidden]), .help details[open]")) tell("close");
    closePanels();
    closeHelp();
  });
}
