// Opens the folded tables of numbers for printing, and folds them again afterwards.

let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details[data-numbers]:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
