// Saves each item as soon as it changes and says so. Whatever the network or the server does, the words stay on the
// screen until they are acknowledged; two answers to one item are both shown.

import { keepApart } from "./respond/fields.js";
import { Line } from "./respond/line.js";
import { Pauses, put } from "./respond/sending.js";
import { announce, say, why } from "./respond/telling.js";

const form = document.querySelector("[data-autosave]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const pauses = new Pauses();
const lines = new Map();
const page = { address: form.dataset.autosave, save, tell, follow };
let isSending = false;
let isLeaving = false;

function save(line) {
  line.write();
  send();
}

// One request at a time, so that what arrives last was sent last.
async function send() {
  if (isSending) return;
  isSending = true;
  let line;
  while ((line = [...lines.values()].find((one) => one.isReady))) {
    say(line.item, "Saving …");
    const reply = await put(`${page.address}${line.code}/`, token, line.request());
    if ([200, 409, 410, 411, 412, 413, 415, 422].includes(reply.status)) {
      pauses.end();
      line.settle(reply);
      tell();
    } else {
      say(line.item, `Not saved yet: ${why(reply)}. Trying again …`, true);
      tell(reply);
      await pauses.wait(reply.pause);
    }
  }
  isSending = false;
  if (isLeaving) leave();
}

function unsaved() {
  return [...lines.values()].filter((line) => line.isWaiting);
}

function tell(trouble) {
  const waiting = unsaved();
  const stuck = waiting.filter((line) => line.stuck);
  const count = `${waiting.length} answer${waiting.length === 1 ? "" : "s"}`;
  if (trouble) {
    const kept = "Your answers are kept in this window and sent when the connection works again.";
    announce(`${count} not saved yet: ${why(trouble)}. ${kept}`, true);
  } else if (stuck.length) {
    const where = stuck[0].item.querySelector("legend").textContent;
    announce(`${count} not saved. Please check: ${where}`, true);
  } else if (!waiting.length) {
    announce("Everything is saved.", false);
  }
}

// An answer can open or close other items of this page.
function follow(asked) {
  for (const { item, code } of lines.values()) item.hidden = item.disabled = !asked.includes(code);
}

// The button waits for what is on its way, and stays where somebody has to decide.
function leave() {
  const [stuck] = unsaved().filter((line) => line.stuck);
  isLeaving = Boolean(!stuck && unsaved().length);
  if (stuck) stuck.item.scrollIntoView({ block: "center" });
  else if (isLeaving) send();
  else form.submit();
}

for (const item of form.querySelectorAll("[data-item]")) {
  const line = new Line(item, page);
  lines.set(line.code, line);
  line.restore();
}
send();

const lineOf = (event) => lines.get(event.target.closest("[data-item]")?.dataset.item);

form.addEventListener("change", (event) => {
  const line = lineOf(event);
  if (!line) return;
  keepApart(line.item, event.target);
  save(line);
});

form.addEventListener("input", (event) => {
  if ("words" in event.target.dataset) lineOf(event).type();
});

form.addEventListener("submit", (event) => {
  if (!unsaved().length) return;
  event.preventDefault();
  for (const line of unsaved()) if (!line.stuck) line.write();
  leave();
});

addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") for (const line of unsaved()) if (!line.first && !line.stuck) save(line);
});

addEventListener("beforeunload", (event) => {
  if (unsaved().length) event.preventDefault();
});
