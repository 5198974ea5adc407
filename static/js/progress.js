// Follows a release while it is computed, and shows the page anew when that is done.

const area = document.querySelector("[data-progress-url]");
const INTERVAL_MILLISECONDS = 1000;

async function look() {
  try {
    const state = await (await fetch(area.dataset.progressUrl)).json();
    if (state.status !== "waiting" && state.status !== "computing") return location.reload();
    area.querySelector("progress").value = state.percent;
    area.querySelector("[data-stage]").textContent = state.stage || "Waiting for the worker";
  } catch {
    area.querySelector("[data-stage]").textContent = "No connection. Trying again …";
  }
  setTimeout(look, INTERVAL_MILLISECONDS);
}

if (area) look();
