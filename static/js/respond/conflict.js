// Shows two answers to one item and asks for a choice. Until then nothing of the item is sent.

import { inWords } from "./fields.js";
import { clock } from "./messages.js";

export function askToChoose(item, mine, theirs, { keepMine, takeTheirs }) {
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

function close(item, onClose) {
  item.querySelector("[data-conflict]").hidden = true;
  item.querySelector("input:not([type=hidden]), textarea").focus();
  onClose();
}
