// Sends answers. Each has a key of its own, and is sent again until the server has replied.

const TIMEOUT_MILLISECONDS = 15000;
const DELAYS_SECONDS = [1, 2, 4, 8, 15, 30];
const LONGEST_DELAY_SECONDS = 120;
const LONGEST_FOR_KEEPALIVE = 50000;
const BUSY = [429, 500, 502, 503, 504, 507];

// Older browsers, and pages without TLS, have no crypto.randomUUID.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Sends one answer. 200, 409, 410 and 422 are final; after any other status it is to be sent again.
export async function put(url, token, { key, version, answer }) {
  const content = JSON.stringify(answer);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MILLISECONDS);
  try {
    const response = await fetch(url, {
      method: "PUT",
      body: content,
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "If-Match": `"${version}"`,
        "X-CSRFToken": token,
      },
      keepalive: content.length < LONGEST_FOR_KEEPALIVE,
      signal: timeout.signal,
    });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const body = isJson ? await response.json() : {};
    return { status: response.status, body, isBusy: BUSY.includes(response.status), delay: requestedDelay(response) };
  } catch {
    return { status: 0, body: {}, isBusy: true, delay: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function requestedDelay(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? Math.min(seconds, LONGEST_DELAY_SECONDS) : 0;
}

// Increasing delays, never shorter than the server requested. The return of the connection ends a delay.
export class RetryDelay {
  constructor() {
    this.failures = 0;
    this.end = () => {};
    addEventListener("online", () => this.end());
  }

  async wait(requested) {
    const seconds = DELAYS_SECONDS[Math.min(this.failures, DELAYS_SECONDS.length - 1)];
    this.failures += 1;
    const jitter = 0.8 + 0.4 * Math.random();
    await new Promise((resolve) => {
      this.end = resolve;
      setTimeout(resolve, 1000 * Math.max(seconds * jitter, requested));
    });
  }

  reset() {
    this.failures = 0;
  }
}
