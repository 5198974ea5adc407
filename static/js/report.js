// Applies a choice at once, and keeps the place on the page.

const place = "report place";

document.documentElement.classList.add("js");

const kept = sessionStorage.getItem(place);
if (kept !== null) {
  sessionStorage.removeItem(place);
  window.scrollTo({ top: Number(kept), behavior: "instant" });
}

for (const form of document.querySelectorAll("form[data-applies-at-once]")) {
  form.addEventListener("change", () => {
    sessionStorage.setItem(place, String(window.scrollY));
    form.requestSubmit();
  });
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) {
      if (value === "" || (name === "cohort" && value === "all")) event.formData.delete(name);
    }
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
  });
}
