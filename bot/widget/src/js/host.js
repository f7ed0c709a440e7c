// The page of another site, when the chat is shown in a frame there by widget.js. Who may
// do that is in the content security policy (EMBED_ORIGINS); who speaks is checked here too.

const root = document.documentElement;
const hosts = new Set([window.location.origin, ...(root.dataset.hosts ?? "").split(" ").filter(Boolean)]);
export const isFramed = window.parent !== window;
const HOST_LEAVES_MS = 300;
let host = ""; // known once it has said hello
let leaving = 0;

/** @param {() => void} leave The person left on the other side. */
export function startHost(leave) {
  if (!isFramed) return;
  root.classList.add("is-framed");
  keepPlace();
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !hosts.has(event.origin)) return;
    host = event.origin;
    if (event.data?.harbour === "hello") tell("ready");
    if (event.data?.harbour === "leave") {
      window.clearTimeout(leaving); // it goes itself: a second order would only start the way anew
      leave();
    }
  });
}

/** @param {"ready" | "leave" | "close"} what */
export function tell(what) {
  if (host) window.parent.postMessage({ harbour: what }, host);
}

/**
 * Put another page in the place of this one, and of the page around it: by the script out
 * there, or without it if there is none or it does not answer.
 * @param {string} address
 */
export function replaceAll(address) {
  if (!isFramed) return window.location.replace(address);
  tell("leave");
  leaving = window.setTimeout(() => replaceTop(address), host ? HOST_LEAVES_MS : 0);
}

/** @param {string} address */
function replaceTop(address) {
  try {
    // A frame may do this in the seconds after a tap or a key.
    window.top?.location.replace(address);
  } catch {
    window.location.replace(address);
  }
}

/** Where a browser refuses storage in a frame, another page in it would lose the conversation. */
function keepPlace() {
  document.querySelector(".brand")?.removeAttribute("href");
  for (const link of document.querySelectorAll(".foot a")) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener");
  }
}
