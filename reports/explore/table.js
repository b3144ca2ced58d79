/* The table under the chart, and the same as a file and as a query. */
import { ENGLAND, figureName, index, label, make, name, pageOf, root, sign, sortable, unique } from "./page.js";
import { codesByLevel, find, idOf, isLevel, isOneYear, isTotal, rows, state, years } from "./choice.js";
import { countOf, flagOf, group, intervalOf, outOf, title, valueOf, verdictOf } from "./words.js";

const head = (words, isNumber) => make("th", { scope: "col", ...(isNumber ? { class: "number" } : {}) }, words);
const number = (words, column) => make("td", { class: "number", ...(column ? { "data-column": column } : {}) }, words);
const linked = (id) => (pageOf(id) ? make("a", { href: root + pageOf(id) }, name(id)) : name(id));
const first = (id, category, scope = "row") => make("th", { scope, ...(scope === "col" ? { class: "number" } : {}) },
  ...(isTotal() ? [linked(id)] : [group(category), ...(state.places.length ? [make("small", {}, name(id))] : [])]));
const cell = (row, ...more) => {
  const made = number(valueOf(row));
  if (row) {
    made.dataset.figure = figureName.of(row);
    const found = flagOf(row);
    if (found) made.append(" ", make("a", { class: "flag", href: `${root}data-quality.html#${found[0]}`, title: found[1] }, sign("flagged")));
  }
  made.append(...more);
  return made;
};

const oneYear = () => {
  const all = [...rows];
  const rank = (row) => (row.level === "england" ? Infinity : row.value ?? -1);
  if (isLevel()) all.sort((left, right) => rank(right) - rank(left));
  const heads = [
    head(isTotal() ? "Place" : "Group"), head(state.to, true), head("95% interval", true), head("Counted", true), head("Out of", true),
    head("Beside England"),
  ];
  const body = all.map((row) => {
    const isOut = isLevel() && row.standing && row.standing !== "counted";
    const stands = [verdictOf(row) && label("comparison", verdictOf(row)), isOut && `${label("standing", row.standing)}; not in the chart`];
    return make("tr", { "data-code": row.org_code }, first(idOf(row), row.category), cell(row), number(intervalOf(row), "interval"),
      number(countOf(row, "numerator"), "numerator"), number(countOf(row, "denominator"), "denominator"),
      make("td", {}, stands.filter(Boolean).join("; ")));
  });
  /* A column that no row has anything in is left out. */
  for (let at = heads.length - 1; at > 1; at -= 1) {
    if (body.some((row) => row.children[at].textContent)) continue;
    heads.splice(at, 1);
    for (const row of body) row.children[at].remove();
  }
  return [heads, body];
};

const overYears = () => {
  const periods = years();
  const categories = unique(rows.map((row) => row.category));
  const all = [ENGLAND, ...state.places].flatMap((id) => categories.map((category) => ({ id, category })));
  const lines = all.filter((one) => periods.some((period) => find(one.id, one.category, period)));
  const yearly = (one, period) => {
    const row = find(one.id, one.category, period);
    const small = row && row.value !== null ? [intervalOf(row), outOf(row)].filter(Boolean) : [];
    return cell(row, ...small.map((words) => make("small", {}, words)));
  };
  /* The years go down where there are fewer lines than years, since a page is higher than wide. */
  if (lines.length < periods.length) {
    const body = periods.map((period) => make("tr", {}, make("th", { scope: "row" }, period), ...lines.map((one) => yearly(one, period))));
    return [[head(state.kind === "month" ? "Month" : "Year"), ...lines.map((one) => first(one.id, one.category, "col"))], body];
  }
  const body = lines.map((one) => make("tr", {}, first(one.id, one.category), ...periods.map((period) => yearly(one, period))));
  return [[head(isTotal() ? "Place" : "Group"), ...periods.map((period) => head(period, true))], body];
};

export const table = () => {
  const [heads, body] = isOneYear() ? oneYear() : overYears();
  const caption = make("caption", { id: "explore-caption" }, make("span", {}, title()));
  const made = make("table", { id: "explore-table" }, caption, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
  if (isOneYear()) sortable(made);
  return make("div", { class: "scroll", role: "region", "aria-labelledby": "explore-caption", tabindex: "0" }, made);
};

const COLUMNS = [
  "indicator", "dataset", "reporting_period", "period_kind", "level", "org_code", "breakdown", "category", "numerator", "denominator", "value",
  "value_status", "value_basis", "interval_low", "interval_high", "standing", "comparison",
];
export const csv = () => {
  const field = (value) => {
    const plain = value === null || value === undefined ? "" : typeof value === "string" && /^[=+@\t\r-]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const lines = rows.map((row) => [...COLUMNS.map((column) => row[column]), name(idOf(row)), flagOf(row)?.[1]].map(field).join(","));
  return `${[...COLUMNS, "name", "flag"].join(",")}\n${lines.join("\n")}\n`;
};

/** The query that gives the rows of the table. */
export const sql = (from) => {
  const quoted = (value) => `'${value.replaceAll("'", "''")}'`;
  const one = ([level, codes]) => `level = ${quoted(level)} AND org_code IN (${codes.map(quoted).join(", ")})`;
  const where = isLevel() ? [`level = ${quoted(state.level)}`] : [...codesByLevel()].map(one);
  return [
    `SELECT ${COLUMNS.join(", ")}`,
    `FROM ${from}`,
    `WHERE indicator = ${quoted(state.indicator)} AND period_kind = ${quoted(state.kind)}`,
    `  AND reporting_period BETWEEN ${quoted(state.from)} AND ${quoted(state.to)}`,
    `  AND breakdown IN (${unique(["total", state.by]).map(quoted).join(", ")})`,
    `  AND (${["level = 'england'", ...where].join(" OR ")})`,
    "  AND (standing IS NULL OR standing <> 'duplicate')",
    "ORDER BY level, org_code, breakdown, category, reporting_period",
  ].join("\n");
};
/** The published table, from the address of the site where that is known. */
export const published = () => `read_parquet('${index.address}data/indicators.parquet')`;
