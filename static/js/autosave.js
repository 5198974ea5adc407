// Saves each item as soon as it changes. Answers stay on the screen until the server has acknowledged them, and two
// answers to one item are both shown.

import { applyExclusions, selectOptionOf } from "./respond/fields.js";
import { ItemSaver } from "./respond/item_saver.js";
import { announce, reasonOf, showState } from "./respond/messages.js";
import { RetryDelay, put } from "./respond/requests.js";

const FINAL_STATUSES = [200, 409, 410, 411, 412, 413, 415, 422];
const form = document.querySelector("[data-autosave]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const retryDelay = new RetryDelay();
const savers = new Map();
const page = { address: form.dataset.autosave, save, announceState, showAsked };
let isSending = false;
let isLeaving = false;

function save(saver) {
  saver.readAnswer();
  send();
}

// One request at a time, so that answers arrive in the order in which they were sent.
async function send() {
  if (isSending) return;
  isSending = true;
  let saver;
  while ((saver = [...savers.values()].find((candidate) => candidate.isReady))) {
    showState(saver.item, "Saving …");
    const reply = await put(`${page.address}${saver.code}/`, token, saver.request());
    if (FINAL_STATUSES.includes(reply.status)) {
      retryDelay.reset();
      saver.handleReply(reply);
      announceState();
    } else {
      showState(saver.item, `Not saved yet: ${reasonOf(reply)}. Trying again …`, true);
      announceState(reply);
      await retryDelay.wait(reply.delay);
    }
  }
  isSending = false;
  if (isLeaving) leave();
}

function unsavedItems() {
  return [...savers.values()].filter((saver) => saver.isUnsaved);
}

function announceState(failure) {
  const unsaved = unsavedItems();
  const blocked = unsaved.filter((saver) => saver.blocked);
  const count = `${unsaved.length} answer${unsaved.length === 1 ? "" : "s"}`;
  if (failure) {
    const promise = "Your answers are kept in this window and sent when the connection works again.";
    announce(`${count} not saved yet: ${reasonOf(failure)}. ${promise}`, true);
  } else if (blocked.length) {
    const question = blocked[0].item.querySelector("legend").textContent;
    announce(`${count} not saved. Please check: ${question}`, true);
  } else if (!unsaved.length) {
    announce("Everything is saved.", false);
  }
}

// An answer can open or close other items of this page.
function showAsked(asked) {
  for (const { item, code } of savers.values()) item.hidden = item.disabled = !asked.includes(code);
}

// The button waits until everything is saved, and stays on the page where a person has to decide.
function leave() {
  const [blocked] = unsavedItems().filter((saver) => saver.blocked);
  isLeaving = Boolean(!blocked && unsavedItems().length);
  if (blocked) blocked.item.scrollIntoView({ block: "center" });
  else if (isLeaving) send();
  else form.submit();
}

for (const item of form.querySelectorAll("[data-item]")) {
  const saver = new ItemSaver(item, page);
  savers.set(saver.code, saver);
  saver.restore();
}
send();

const saverOf = (event) => savers.get(event.target.closest("[data-item]")?.dataset.item);

form.addEventListener("change", (event) => {
  const saver = saverOf(event);
  if (!saver) return;
  applyExclusions(saver.item, event.target);
  save(saver);
});

form.addEventListener("input", (event) => {
  if (!("words" in event.target.dataset)) return;
  const saver = saverOf(event);
  selectOptionOf(saver.item, event.target);
  saver.readTyping();
});

form.addEventListener("submit", (event) => {
  if (!unsavedItems().length) return;
  event.preventDefault();
  for (const saver of unsavedItems()) if (!saver.blocked) saver.readAnswer();
  leave();
});

addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const saver of unsavedItems()) if (!saver.sent && !saver.blocked) save(saver);
});

addEventListener("beforeunload", (event) => {
  if (unsavedItems().length) event.preventDefault();
});
