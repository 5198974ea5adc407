// Saves each item as soon as it changes, says so, and keeps trying when the network does not answer.

const form = document.querySelector("[data-autosave]");
const waiting = new Map();
const RETRY_MILLISECONDS = 3000;
const PATIENCE_MILLISECONDS = 15000;

function fieldsOf(item) {
  const data = new FormData(form);
  const code = item.dataset.item;
  const body = new URLSearchParams({ csrfmiddlewaretoken: data.get("csrfmiddlewaretoken") });
  for (const [name, value] of data) {
    if (name === code || name.startsWith(`${code}.`)) body.append(name, value);
  }
  return body;
}

function say(item, text, failed = false) {
  const state = item.querySelector("[data-state]");
  state.textContent = text;
  state.classList.toggle("failed", failed);
}

function showRefusal(item, expected) {
  const error = item.querySelector("[data-error]");
  error.hidden = !expected;
  error.textContent = expected ? `Expected ${expected}.` : "";
  item.classList.toggle("refused", Boolean(expected));
}

function showProgress({ answered, asked, percent }) {
  document.querySelector("[data-progress]").value = percent;
  document.querySelector("[data-progress-text]").textContent = `${answered} of ${asked} questions answered`;
}

// One request at a time, so that what arrives last was sent last.
let sending = Promise.resolve();

function save(item) {
  const turn = (waiting.get(item.dataset.item) ?? 0) + 1;
  waiting.set(item.dataset.item, turn);
  say(item, "Saving …");
  sending = sending.then(() => send(item, turn));
}

async function send(item, turn) {
  const code = item.dataset.item;
  const isOutdated = () => waiting.get(code) !== turn;
  if (isOutdated()) return;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: fieldsOf(item),
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    if (answer.status !== 200 && answer.status !== 422) {
      waiting.delete(code);
      say(item, "Not saved: this questionnaire no longer takes answers. Reload the page.", true);
      return;
    }
    const body = await answer.json();
    await follow(body.asked);
    showProgress(body.progress);
    if (isOutdated()) return;
    waiting.delete(code);
    showRefusal(item, body.refused[code]);
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    say(item, body.refused[code] ? "Not saved yet." : `Saved at ${time}.`, Boolean(body.refused[code]));
  } catch {
    if (isOutdated()) return;
    say(item, "Not saved yet: no connection. Trying again …", true);
    setTimeout(() => isOutdated() || save(item), RETRY_MILLISECONDS);
  }
}

// An answer can open or close other items of this page: take those from the server, keep the rest untouched.
async function follow(asked) {
  const shown = [...form.querySelectorAll("[data-item]")];
  if (asked.join() === shown.map((item) => item.dataset.item).join()) return;
  const page = new DOMParser().parseFromString(await (await fetch(form.action)).text(), "text/html");
  const list = form.querySelector("[data-items]");
  for (const item of shown) if (!asked.includes(item.dataset.item)) item.remove();
  let last = null;
  for (const item of page.querySelectorAll("[data-item]")) {
    let here = document.getElementById(item.id);
    if (!here) {
      here = document.importNode(item, true);
      last ? last.after(here) : list.prepend(here);
    }
    last = here;
  }
}

// Options that stand alone clear the others, and the number; and the other way round.
function keepApart(item, changed) {
  const boxes = [...item.querySelectorAll(`input[type="checkbox"][name="${item.dataset.item}"]`)];
  const number = item.querySelector(`[name="${item.dataset.item}.number"]`);
  if (changed === number && number.value) boxes.forEach((box) => (box.checked = false));
  if (changed.type !== "checkbox" || !changed.checked) return;
  const alone = "alone" in changed.dataset;
  for (const box of boxes) if (box !== changed && (alone || "alone" in box.dataset)) box.checked = false;
  if (number) number.value = "";
}

form.addEventListener("change", (event) => {
  const item = event.target.closest("[data-item]");
  keepApart(item, event.target);
  save(item);
});

addEventListener("beforeunload", (event) => {
  if (waiting.size) event.preventDefault();
});
