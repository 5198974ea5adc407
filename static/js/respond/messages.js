// Messages about saving: quietly beside each item, and once for the whole page where a screen reader announces it.

const REASONS = {
  0: "there is no connection",
  403: "this device needs a code: open your link again in another tab",
  404: "you are no longer signed in here: open your link again in another tab",
  413: "this is too long",
  submitted: "these answers are already submitted",
  closed: "this questionnaire has closed",
  revoked: "this invitation was withdrawn",
};
const BUSY = "the server is busy";

export function reasonOf({ status, body, isBusy }) {
  return REASONS[body.error] ?? REASONS[status] ?? (isBusy ? BUSY : "something went wrong");
}

export function showState(item, text, failed = false) {
  const state = item.querySelector("[data-state]");
  state.textContent = text;
  state.classList.toggle("failed", failed);
}

export function showError(item, expected) {
  const error = item.querySelector("[data-error]");
  error.hidden = !expected;
  error.textContent = expected ? `Expected ${expected}.` : "";
  item.classList.toggle("refused", Boolean(expected));
}

// One line for the whole page. It changes when something changes for the reader, not with every letter.
export function announce(text, failed) {
  const line = document.querySelector("[data-saving]");
  if (line.textContent === text) return;
  line.textContent = text;
  line.classList.toggle("failed", failed);
}

export function showProgress(change, progress) {
  const meter = document.querySelector("[data-progress]");
  const answered = progress?.answered ?? Number(meter.dataset.answered) + change;
  const asked = progress?.asked ?? Number(meter.dataset.asked);
  Object.assign(meter.dataset, { answered, asked });
  meter.value = asked ? Math.floor((100 * answered) / asked) : 0;
  document.querySelector("[data-progress-text]").textContent = `${answered} of ${asked} questions answered`;
}

export const clock = (moment) =>
  new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
