// Server-sent events, read with fetch so that the token stays out of the address.

/** @typedef {{ event: string, id: string, data: string }} ServerEvent */

/**
 * @param {string} block Lines of one event.
 * @returns {ServerEvent | null} Nothing for a comment.
 */
function parse(block) {
  const found = { event: "message", id: "", data: "" };
  /** @type {string[]} */
  const data = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0 || !line) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") found.event = value;
    else if (name === "id") found.id = value;
  }
  if (!data.length) return null;
  found.data = data.join("\n");
  return found;
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} alive Called for every piece that comes, pings too.
 * @returns {AsyncGenerator<ServerEvent, void, void>}
 */
export async function* events(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      waiting = (waiting + decoder.decode(value, { stream: true })).replace(/\r\n/g, "\n");
      const blocks = waiting.split("\n\n");
      waiting = blocks.pop() ?? "";
      for (const block of blocks) {
        const found = parse(block);
        if (found) yield found;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
