// Asks again while the numbers are being prepared.

const PAUSE_MILLISECONDS = 2000;

if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), PAUSE_MILLISECONDS);
