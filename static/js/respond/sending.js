// Sends one answer after the other, each with a key of its own, and the same one again until somebody answered.

const PATIENCE_MILLISECONDS = 15000;
const PAUSES_SECONDS = [1, 2, 4, 8, 15, 30];
const LONGEST_FOR_KEEPALIVE = 50000;
const BUSY = [429, 500, 502, 503, 504, 507];

// One answer on its way: 200, 409, 410 and 422 settle it, everything else is to be tried again.
export async function put(url, token, { key, version, answer }) {
  const body = JSON.stringify(answer);
  let reply;
  try {
    reply = await fetch(url, {
      method: "PUT",
      body,
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "If-Match": `"${version}"`,
        "X-CSRFToken": token,
      },
      keepalive: body.length < LONGEST_FOR_KEEPALIVE,
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    const isJson = reply.headers.get("Content-Type")?.startsWith("application/json");
    const told = isJson ? await reply.json() : {};
    return { status: reply.status, told, isBusy: BUSY.includes(reply.status), pause: seconds(reply) };
  } catch {
    return { status: 0, told: {}, isBusy: true, pause: 0 };
  }
}

function seconds(reply) {
  const asked = Number(reply.headers.get("Retry-After"));
  return asked > 0 ? Math.min(asked, 120) : 0;
}

// Growing pauses, never shorter than the server asked for; a connection that comes back ends them.
export class Pauses {
  constructor() {
    this.failures = 0;
    this.over = () => {};
    addEventListener("online", () => this.over());
  }

  async wait(asked) {
    const own = PAUSES_SECONDS[Math.min(this.failures, PAUSES_SECONDS.length - 1)];
    this.failures += 1;
    const jitter = 0.8 + 0.4 * Math.random();
    await new Promise((resolve) => {
      this.over = resolve;
      setTimeout(resolve, 1000 * Math.max(own * jitter, asked));
    });
  }

  end() {
    this.failures = 0;
  }
}
