// Two answers to one item: shows both and asks. Nothing of the item is sent until somebody has decided.

import { inWords } from "./fields.js";
import { clock } from "./telling.js";

export function ask(item, mine, theirs, { keepMine, takeTheirs }) {
  const panel = item.querySelector("[data-conflict]");
  panel.querySelector("[data-when]").textContent = theirs.saved_at ? ` at ${clock(theirs.saved_at)}` : "";
  panel.querySelector("[data-theirs]").textContent = inWords(item, theirs.value);
  panel.querySelector("[data-mine]").textContent = inWords(item, mine);
  panel.querySelector("[data-choices]").hidden = false;
  panel.hidden = false;
  panel.querySelector("[data-keep-mine]").onclick = () => close(item, keepMine);
  panel.querySelector("[data-take-theirs]").onclick = () => close(item, takeTheirs);
}

export function showMine(item, mine) {
  item.querySelector("[data-mine]").textContent = inWords(item, mine);
}

function close(item, decided) {
  item.querySelector("[data-conflict]").hidden = true;
  item.querySelector("input:not([type=hidden]), textarea").focus();
  decided();
}
