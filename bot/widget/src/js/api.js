// The public chat API.

/** @typedef {{ kind: "call" | "text" | "web" | "email", href: string, label: string }} Action */
/** @typedef {{ name: string, note?: string, actions: Action[] }} Contact */
/** @typedef {{ id: string, label: string }} Choice */
/**
 * @typedef {{ id: number, author: "person" | "bot" | "staff" | "system", name: string, text: string,
 *   choices: Choice[], contacts: Contact[], at: string }} Message
 */
/** @typedef {{ state: string, typing: boolean }} Status */

const PATIENCE_MS = 20_000;

/** The server answered, and the answer is no. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message For people.
   * @param {number} retryAfterMs 0 when the server named no time.
   */
  constructor(status, message, retryAfterMs) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** The conversation is not there, or not any more. */
  get isGone() {
    return this.status === 401;
  }

  /** The same request may work later. */
  get isPassing() {
    return this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ token?: string, body?: object, signal?: AbortSignal, headers?: Record<string, string> }} [options]
 * @returns {Promise<Response>} A good answer; else throws `Refused`, or what `fetch` throws without a connection.
 */
export async function request(method, path, { token, body, signal, headers = {} } = {}) {
  const response = await fetch(path, {
    method,
    headers: {
      ...headers,
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body ? { "Content-Type": "application/json" } : {}),
    },
    body: body ? JSON.stringify(body) : null,
    signal: signal ?? null,
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  const seconds = Number(response.headers.get("Retry-After"));
  throw new Refused(response.status, told?.error?.message ?? "", seconds > 0 ? seconds * 1000 : 0);
}

/**
 * Like `request`, but gives up after a while.
 * @param {string} method
 * @param {string} path
 * @param {{ token?: string, body?: object, signal?: AbortSignal }} [options]
 */
async function brief(method, path, options = {}) {
  const limit = new AbortController();
  const giveUp = () => limit.abort();
  const timer = window.setTimeout(giveUp, PATIENCE_MS);
  options.signal?.addEventListener("abort", giveUp);
  try {
    const response = await request(method, path, { ...options, signal: limit.signal });
    return response.status === 204 ? null : await response.json();
  } finally {
    window.clearTimeout(timer);
    options.signal?.removeEventListener("abort", giveUp);
  }
}

/** @returns {Promise<{ token: string, state: string }>} */
export function begin() {
  return brief("POST", "/api/conversations");
}

/**
 * @param {string} token
 * @param {{ text?: string, choice?: string, client_id: string }} body
 * @returns {Promise<{ id: number }>}
 */
export function send(token, body) {
  return brief("POST", "/api/messages", { token, body });
}

/**
 * @param {string} token
 * @param {number} after
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ messages: Message[] } & Status>}
 */
export function read(token, after, signal) {
  return brief("GET", `/api/messages?after=${after}`, { token, ...(signal ? { signal } : {}) });
}

/** @param {string} token */
export function erase(token) {
  return brief("DELETE", "/api/conversation", { token });
}

/**
 * @param {string} code
 * @returns {Promise<{ token: string, state: string }>}
 */
export function comeBack(code) {
  return brief("POST", "/api/come-back", { body: { code } });
}

/**
 * @param {string} token
 * @returns {Promise<{ code: string, expires_at: string }>}
 */
export function makeCode(token) {
  return brief("POST", "/api/come-back-code", { token });
}

/**
 * @param {string} token
 * @returns {Promise<{ expires_at: string | null }>}
 */
export function lookAtCode(token) {
  return brief("GET", "/api/come-back-code", { token });
}

/** @param {string} token */
export function revokeCode(token) {
  return brief("DELETE", "/api/come-back-code", { token });
}
