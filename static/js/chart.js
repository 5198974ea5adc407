// Draws every figure of the page from the specification that stands beside it. No number is computed here; colours
// are names of CSS variables, so a change of light and dark only resolves them again.

const SETTINGS = { responsive: true, displayModeBar: false };
const figures = document.querySelectorAll("[data-chart]");

function resolved(value, styles) {
  if (typeof value === "string") return value.startsWith("--") ? styles.getPropertyValue(value).trim() : value;
  if (Array.isArray(value)) return value.map((one) => resolved(one, styles));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one, styles)]));
  }
  return value;
}

// Custom properties keep light-dark() as written; a probe element turns each name into the colour in use.
function colours() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map();
  const getPropertyValue = (name) => {
    if (!known.has(name)) {
      probe.style.setProperty("color", `var(${name})`);
      known.set(name, getComputedStyle(probe).color);
    }
    return known.get(name);
  };
  return { getPropertyValue, done: () => probe.remove() };
}

function draw() {
  const styles = colours();
  for (const figure of figures) {
    const spec = resolved(JSON.parse(document.getElementById(figure.dataset.chart).textContent), styles);
    spec.layout.font.family = getComputedStyle(document.body).fontFamily;
    if ("printing" in document.documentElement.dataset) spec.layout.width = figure.clientWidth;
    Plotly.react(figure, spec.data, spec.layout, SETTINGS);
    figure.removeAllListeners?.("plotly_click");
    figure.on("plotly_click", follow);
  }
  styles.done();
  document.documentElement.dataset.drawn = "true";
}

// A mark leads to where its number is accounted for; the table beneath has the same links for keyboards.
function follow({ points: [point] }) {
  if (String(point.customdata).startsWith("/")) location.assign(point.customdata);
}

// On paper and in a downloaded picture colours are those of the light scheme.
function onPaper(work) {
  document.documentElement.dataset.printing = "true";
  work();
  delete document.documentElement.dataset.printing;
}

function download(id, format) {
  onPaper(() => {
    const styles = colours();
    const spec = resolved(JSON.parse(document.getElementById(id).textContent), styles);
    const paper = styles.getPropertyValue("--paper");
    styles.done();
    const layout = { ...spec.layout, paper_bgcolor: paper, width: 1000 };
    layout.font.family = getComputedStyle(document.body).fontFamily;
    Plotly.downloadImage({ data: spec.data, layout }, { format, filename: id, width: 1000, height: layout.height, scale: 2 });
  });
}

document.querySelectorAll("[data-downloads]").forEach((buttons) => {
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const format = event.target.dataset.format;
    if (format) download(buttons.dataset.downloads, format);
  });
});

draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
addEventListener("beforeprint", () => {
  document.documentElement.dataset.printing = "true";
  draw();
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.printing;
  draw();
  figures.forEach((figure) => Plotly.Plots.resize(figure));
});
