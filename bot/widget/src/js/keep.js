// Saving the guidance: made on the device, never sent anywhere.

import { word } from "./words.js";

/** @import { Message } from "./api.js" */

/** @param {Message} message */
function asText(message) {
  const lines = message.text ? [message.text] : [];
  for (const contact of message.contacts ?? []) {
    lines.push("", contact.note ? `${contact.name} – ${contact.note}` : contact.name);
    for (const action of contact.actions) {
      lines.push(action.kind === "web" ? `  ${action.label}: ${action.href}` : `  ${action.label}`);
    }
  }
  return lines.join("\n");
}

/**
 * @param {Message[]} guidance
 * @returns {string} The name of the file.
 */
export function saveAsText(guidance) {
  const date = new Date().toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long", year: "numeric" });
  const text = [word("saved-title", { date }), ...guidance.map(asText)].join("\n\n") + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = word("file-name");
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return link.download;
}
