// Reads an answer from the fields of an item, and writes one into them.

const named = (item, suffix) => [...item.querySelectorAll(`[name="${item.dataset.item}${suffix}"]`)];

const NOW = { isChecked: (box) => box.checked, valueOf: (field) => field.value };
const AS_LOADED = { isChecked: (box) => box.defaultChecked, valueOf: (field) => field.defaultValue };

export const answerOf = (item) => read(item, NOW);

// The answer that the server put into the fields, without what was entered before this script ran.
export const loadedAnswerOf = (item) => read(item, AS_LOADED);

function read(item, { isChecked, valueOf }) {
  const valueIn = (suffix) => named(item, suffix).map(valueOf)[0]?.trim() ?? "";
  const options = named(item, "").filter(isChecked).map((box) => box.value);
  const number = valueIn(".number");
  const answer = {
    options,
    number: /^\d{1,12}$/.test(number) ? Number(number) : number || null,
    text: valueIn(".text"),
    basis: "",
    texts: {},
  };
  for (const code of options) {
    const text = valueIn(`.text.${code}`);
    if (text) answer.texts[code] = text;
  }
  // The evidence basis belongs to an answer. A blank answer has none.
  if (!isBlank(answer)) answer.basis = named(item, ".basis").find(isChecked)?.value ?? "";
  return answer;
}

export function isBlank(answer) {
  return !answer.options.length && answer.number === null && !answer.text;
}

export function isSame(first, second) {
  const sorted = ({ options, number, text, basis, texts }) =>
    JSON.stringify([[...options].sort(), number, text, basis, Object.entries(texts).sort()]);
  return sorted(first) === sorted(second);
}

export function fill(item, answer) {
  for (const box of named(item, "")) box.checked = answer.options.includes(box.value);
  for (const box of named(item, ".basis")) box.checked = answer.basis === box.value;
  for (const field of named(item, ".number")) field.value = answer.number ?? "";
  for (const field of named(item, ".text")) field.value = answer.text;
  for (const box of named(item, "")) {
    for (const field of named(item, `.text.${box.value}`)) field.value = answer.texts[box.value] ?? "";
  }
}

export function inWords(item, answer) {
  const label = (box) => box.closest("label").textContent.trim();
  const chosen = named(item, "")
    .filter((box) => answer.options.includes(box.value))
    .map((box) => label(box) + (answer.texts[box.value] ? `: ${answer.texts[box.value]}` : ""));
  const basis = named(item, ".basis").filter((box) => box.value === answer.basis).map(label);
  const parts = [answer.number === null ? "" : String(answer.number), ...chosen, answer.text, ...basis];
  return parts.filter(Boolean).join(", ") || "no answer";
}

// Selects the option that a text was entered beside.
export function selectOptionOf(item, field) {
  const prefix = `${item.dataset.item}.text.`;
  if (!field.name.startsWith(prefix) || !field.value.trim()) return;
  const option = named(item, "").find((box) => box.value === field.name.slice(prefix.length));
  if (!option || option.checked) return;
  option.checked = true;
  applyExclusions(item, option);
}

// Clears what the changed field excludes: an exclusive option excludes the others and the number, and they exclude it.
export function applyExclusions(item, changed) {
  const boxes = named(item, "").filter((box) => box.type === "checkbox");
  const number = named(item, ".number")[0];
  if (changed === number && number.value) boxes.forEach((box) => (box.checked = false));
  if (changed.type !== "checkbox" || !changed.checked) return;
  const alone = "alone" in changed.dataset;
  for (const box of boxes) if (box !== changed && (alone || "alone" in box.dataset)) box.checked = false;
  if (number) number.value = "";
}
