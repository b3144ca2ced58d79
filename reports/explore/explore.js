/* The page on which readers choose. It loads the figures of an indicator, shows what is chosen of them, and keeps the choice in
   the address. Every number and every verdict is a cell of the tables; here they are only found, written out and drawn.
   ci/browser/bundle.mjs makes reports/assets/explore.js of this file and of those that it imports. */
import { lines, panels, svg, wrap } from "./chart.js";
import {
  address, drawnRows, idOf, indicator, isLevel, isOneYear, loadChosen, readAddress, rows, series, settle, state,
} from "./choice.js";
import {
  ENGLAND, MOST, combobox, copying, figureName, idOfArea, inOrder, index, label, levelOf, lower, make, name, narrow, own, pageOf, readPlaces, root,
  tooltips,
} from "./page.js";
import { csv, published, sql, table } from "./table.js";
import { MOST_PANELS, about, answer, lacking, title } from "./words.js";

/* Files. One of its own has no style sheet: what the page gives each mark is written on it. */
const PROPERTIES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight",
  "text-anchor", "paint-order",
];
const standalone = () => {
  const shown = document.querySelector("#explored svg");
  const copy = shown.cloneNode(true);
  const from = [shown, ...shown.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, at) => {
    const style = getComputedStyle(from[at]);
    for (const property of PROPERTIES) element.setAttribute(property, style.getPropertyValue(property));
  });
  const [width, height] = shown.getAttribute("viewBox").split(" ").slice(2).map(Number);
  const body = getComputedStyle(document.body);
  const words = (y, size, weight, text) =>
    svg("text", { x: 0, y, fill: body.color, "font-size": size, "font-weight": weight, "font-family": body.fontFamily }, text);
  const heads = wrap(title(), width * 0.8).map((line, at) => words(-56 + 20 * at, 16, 700, line));
  const box = { x: -24, y: -84, width: width + 48, height: height + 132 };
  copy.prepend(svg("rect", { ...box, fill: body.backgroundColor }), ...heads);
  const source = `NHS England, ${label("period_kind", state.kind).toLowerCase()}; figures to ${index.figuresTo}; edition ${index.edition}`;
  copy.append(words(height + 30, 11, 400, source));
  const size = { xmlns: "http://www.w3.org/2000/svg", width: box.width, height: box.height, viewBox: Object.values(box).join(" ") };
  for (const [key, value] of Object.entries(size)) copy.setAttribute(key, value);
  return new XMLSerializer().serializeToString(copy);
};
const data = (type, text) => `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
const png = () => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: String(image.naturalWidth * 2), height: String(image.naturalHeight * 2) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    resolve(canvas.toDataURL("image/png"));
  };
  image.src = data("image/svg+xml", standalone());
});
const save = (words, end, content) => {
  const button = make("button", { type: "button", class: "quiet" }, words);
  button.addEventListener("click", async () => {
    const of = state.level || state.places.map((id) => id.split(".")[1]).join("-") || "england";
    const file = [state.indicator, of, state.by, state.from, state.to].join("_").replaceAll("_", "-");
    const link = make("a", { href: await content(), download: `${file}.${end}` });
    document.body.append(link);
    link.click();
    link.remove();
  });
  return button;
};

/* Controls, which stay while what they show is drawn anew. */
const select = (id, words, change) => {
  const made = make("select", { id });
  made.addEventListener("change", () => { change(made.value); show(); });
  return [make("p", {}, make("label", { for: id }, words), made), made];
};
const choose = (choice) => Object.assign(state, { from: "", to: "", ...choice });
const [measureBox, measure] = select("explore-indicator", "Measure", (value) => choose({ indicator: value, kind: state.kind === "month" ? "month" : "" }));
/* Nearly two hundred measures: a word narrows the list, which keeps what is chosen. */
const find = make("input", { id: "explore-find", type: "search", autocomplete: "off" });
const findBox = make("p", {}, make("label", { for: "explore-find" }, "Only measures with the word"), find);
find.addEventListener("input", () => fillMeasures());
const [kindBox, kind] = select("explore-kind", "Source", (value) => choose({ kind: value }));
const [levelBox, level] = select("explore-level", "Places", (value) => choose({ level: value, by: "total" }));
const [byBox, by] = select("explore-by", "Groups of people", (value) => choose({ by: value, level: "" }));
const [fromBox, from] = select("explore-from", "From", (value) => choose({ from: value, to: value > state.to ? value : state.to }));
const [toBox, to] = select("explore-to", "To", (value) => choose({ to: value, from: isLevel() || value < state.from ? value : state.from }));
const picker = combobox("explore-place", (area) => {
  picker.input.value = "";
  if (state.places.length >= MOST) {
    picker.said.textContent = `Take one out first: ${MOST} at a time`;
    return;
  }
  choose({ level: "", places: [...state.places, idOfArea(area)], from: state.level ? "" : state.from, to: state.level ? "" : state.to });
  show();
});
const chosen = make("ul", { class: "picked" });
const pickBox = make("div", { class: "pick-place" },
  make("label", { for: "explore-place" }, `Add a place (up to ${MOST}; England is always there)`), picker.combo, picker.said);

const fill = (control, value, names, words = (one) => one) =>
  control.replaceChildren(...names.map((one) => make("option", { value: one, ...(one === value ? { selected: "" } : {}) }, words(one))));
function fillMeasures() {
  const word = find.value.trim().toLowerCase();
  const all = index.indicators.filter((one) => one.indicator === state.indicator || one.label.toLowerCase().includes(word));
  measure.replaceChildren(...inOrder("theme", all.map((one) => one.theme)).map((theme) => {
    const list = all.filter((one) => one.theme === theme);
    const made = make("optgroup", { label: label("theme", theme) });
    fill(made, state.indicator, list.map((one) => one.indicator), (one) => list.find((other) => other.indicator === one).label);
    return made;
  }));
}
const controls = ({ kinds, levels, breakdowns, periods }) => {
  fillMeasures();
  fill(kind, state.kind, kinds, (one) => label("period_kind", one));
  fill(level, state.level, ["", ...inOrder("level", levels)], (one) => (one ? `All: ${lower(label("level", one))}` : "England, and those I choose"));
  fill(by, state.by, breakdowns, (one) => label("breakdown", one));
  fill(from, state.from, periods);
  fill(to, state.to, periods);
  from.disabled = isLevel();
  kind.disabled = kinds.length < 2;
  by.disabled = breakdowns.length < 2;
  chosen.replaceChildren(...(isLevel() ? [] : state.places).map((id) => {
    const remove = make("button", { type: "button", "aria-label": `Take out ${name(id)}` }, "\u00d7");
    remove.addEventListener("click", () => {
      state.places = state.places.filter((one) => one !== id);
      show();
      picker.input.focus();
    });
    return make("li", {}, name(id), " ", remove);
  }));
};

/* Where the figures are at home: the page of a place, or the one that has them for England or a level. */
const homes = () => {
  const key = (of) => `${state.indicator}.${state.kind}.${of}.${state.by}`;
  const anchor = (id) => {
    const newest = rows.filter((row) => idOf(row) === id && row.breakdown === state.by).map((row) => [row.reporting_period, row]).sort().pop();
    return newest ? `#${figureName.anchor(figureName.of(newest[1]))}` : "";
  };
  const { pages, shown: others, places } = index.homes;
  const found = [];
  const level = pages[key(state.level)] ?? others[key(state.level)];
  if (level) found.push([level, label("level", state.level)]);
  for (const id of isLevel() ? [] : state.places) {
    if (pageOf(id)) found.push([pageOf(id) + (places.includes(key(levelOf(id))) ? anchor(id) : ""), name(id)]);
  }
  const england = key("england");
  if (pages[england]) found.push([pages[england] + anchor(ENGLAND), "England"]);
  else if (others[england]) found.push([others[england], "England"]);
  const links = found.flatMap(([to, words], at) => [at ? ", " : "", make("a", { href: root + to }, words)]);
  return links.length ? [make("p", {}, "More on the pages: ", ...links, ".")] : [];
};

const finding = make("p", { class: "finding" });
const answered = make("p", { class: "answered" });
const shown = make("p", { class: "about" });
const status = make("p", { class: "hidden", role: "status" });
const edition = make("p", { class: "missing", hidden: "" });
const drawing = make("div", { class: "drawing" });
const downloads = make("p", { class: "downloads" });
const after = make("div", {});

const draw = () => {
  const all = isOneYear() ? drawnRows() : series().slice(0, MOST_PANELS);
  const [drawn, width, height, low] = isOneYear() ? lines(all) : panels(all);
  finding.textContent = title();
  answered.textContent = answer(all);
  shown.textContent = `${about(all)}${low > 0 ? " The scale does not begin at zero." : ""}`;
  status.textContent = `${title()}. ${answered.textContent}`;
  const described = svg("desc", { id: "explore-d" }, `${shown.textContent} The table under the chart has every number.`);
  const chart = { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": "explore-t explore-d" };
  drawing.querySelector("svg")?.remove();
  drawing.prepend(svg("svg", chart, svg("title", { id: "explore-t" }, title()), described, drawn));
  drawing.classList.add("is-drawn");
  drawing.classList.toggle("is-narrow", narrow.matches);
};
const write = () => {
  const view = () => `${own()}#${address()}`;
  downloads.replaceChildren("Download: ", save("the numbers (CSV)", "csv", () => data("text/csv", csv())), ", ",
    save("the picture (SVG)", "svg", () => data("image/svg+xml", standalone())), ", ", save("the picture (PNG)", "png", png),
    ". Share: ", copying(view, "copy the address"), ` of this view (edition ${index.edition}).`);
  const one = indicator();
  const pair = (term, words) => (words ? [make("div", {}, make("dt", {}, term), make("dd", {}, words))] : []);
  const query = (words, text) => [make("p", {}, words, " ", copying(() => text, "copy")), make("pre", { tabindex: "0" }, make("code", {}, text))];
  const asked = make("details", after.querySelector("details")?.open ? { open: "" } : {}, make("summary", {}, "The query behind these numbers"),
    ...query("With this project’s own command:", `iapt query "${sql("indicators")}"`),
    ...query(`With DuckDB${index.address ? "" : ", in the folder of these pages"}:`, `${sql(published())};`));
  after.replaceChildren(...homes(), table(),
    make("h2", {}, "What this does not show"), make("ul", { class: "points" }, ...lacking().map((note) => make("li", {}, note))),
    make("h2", {}, "How it is counted"),
    make("dl", { class: "definition" }, ...pair("What it is", one.definition), ...pair("Counted", one.numerator), ...pair("Out of", one.denominator),
      ...pair("Defined by", one.source)),
    asked);
};

let turn = 0;
/** Shows what is chosen, unless something else has been chosen before its figures are there. */
async function show() {
  turn += 1;
  const mine = turn;
  let all;
  try {
    all = await loadChosen();
  } catch (error) {
    finding.textContent = error.message;
    return;
  }
  if (mine !== turn) return;
  const offered = settle(all);
  const madeOn = state.edition;
  history.replaceState(null, "", `#${address()}`);
  controls(offered);
  draw();
  write();
  edition.hidden = !madeOn || madeOn === index.edition;
  edition.textContent = `This address was made on edition ${madeOn}. What you see is edition ${index.edition}, with figures to `
    + `${index.figuresTo}: numbers may have changed since; the choice is the same.`;
  document.documentElement.dataset.explored = address();
  performance.mark("chart");
}

document.addEventListener("DOMContentLoaded", async () => {
  const form = make("form", { class: "choices", "aria-label": "What to show" },
    findBox, measureBox, kindBox, levelBox, byBox, fromBox, toBox, pickBox, chosen);
  form.addEventListener("submit", (event) => event.preventDefault());
  const figure = make("figure", { id: "explored" }, make("figcaption", {}, finding, answered, shown), drawing);
  document.querySelector("#explore").append(form, status, edition, figure, downloads, after);
  const places = await readPlaces();
  readAddress(places);
  await show();
  tooltips(drawing);
  narrow.addEventListener("change", show);
  window.addEventListener("hashchange", () => { readAddress(places); show(); });
});
