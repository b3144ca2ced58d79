/* Numbers and sentences. */
import { ENGLAND, MOST, index, inside, label, listed, meaning, name, sign, some, unique } from "./page.js";
import { find, idOf, indicator, isLevel, isOneYear, isTotal, rows, series, state, unknown, years } from "./choice.js";

/** How many panels a chart has at most. */
export const MOST_PANELS = 24;

/* Numbers as on every page, as `format.rs` of iapt-chart has them: a half goes to the even neighbour there, and up in a browser. */
const fixed = (value, digits) => {
  const halves = digits ? value * 4 : value * 2;
  const isTie = Number.isInteger(halves) && !Number.isInteger(halves / 2);
  const power = 10 ** digits;
  const text = (isTie ? 2 * Math.round(Math.floor(value * power) / 2) / power : value).toFixed(digits);
  return /^-0(\.0)?$/.test(text) ? text.slice(1) : text;
};
const count = (value) => fixed(value, 0).replace(/\B(?=(\d{3})+$)/g, ",");
export const isPercent = () => indicator().unit === "percent";
const digitsOf = (row) => {
  if (!isPercent()) return 1;
  const isRounded = row.value_basis === "published_percentage" && row.level !== "england";
  return !isRounded && (row.denominator ?? row.denominator_low ?? row.numerator ?? 0) >= index.oneDecimalFrom ? 1 : 0;
};
const days = (text) => `${text} ${text === "1" ? "day" : "days"}`;
export const valueOf = (row) => {
  if (!row) return sign("not_in_figures");
  if (row.value === null) return sign(row.value_status);
  const text = fixed(row.value, digitsOf(row));
  /* Whole days are printed whole. */
  if (!isPercent()) return indicator().unit === "days" ? days(text.replace(/\.0$/, "")) : text;
  /* What is not nothing never reads as nothing, nor what is not all as all. */
  if (row.value > 0 && !Number(text)) return `under ${digitsOf(row) ? 0.1 : 1}%`;
  return row.value < 100 && Number(text) === 100 ? `over ${digitsOf(row) ? 99.9 : 99}%` : `${text}%`;
};
/* Where rounding would move an end across England's printed value, there are more decimals, as on every page. */
export const intervalOf = (row) => {
  if (row.interval_low === null) return "";
  const ends = [row.interval_low, row.interval_high];
  const written = (digits) => ends.map((end) => fixed(end, digits));
  const isEngland = (one) => idOf(one) === ENGLAND && one.breakdown === row.breakdown && one.category === row.category
    && one.reporting_period === row.reporting_period;
  const england = rows.find(isEngland)?.value ?? null;
  const agrees = (texts) => england === null || texts.every((text, at) =>
    [0, Math.sign(ends[at] - england)].includes(Math.sign(Number(text) - Number(fixed(england, 1)))));
  const digits = digitsOf(row);
  return ([0, 1, 2].map((more) => written(digits + more)).find(agrees) ?? written(digits)).join(" to ");
};
/** A count, or what it can be where it is withheld; empty where the indicator has none. */
export const countOf = (row, column) => {
  const [low, high] = [row[`${column}_low`], row[`${column}_high`]];
  if (row[column] !== null) return count(row[column]);
  if (low !== null && high !== null) return `${count(low)} to ${count(high)}`;
  if (!indicator().denominator) return "";
  return sign(row.value_status === "reported" ? "not_in_figures" : row.value_status);
};
export const outOf = (row) =>
  row.denominator === null && row.denominator_low === null ? "" : `${countOf(row, "numerator")} of ${countOf(row, "denominator")}`;

/** What was found about the organisation of a row in its year: where the site says it, and what. */
export const flagOf = (row) => index.flags[`${row.dataset}.${row.reporting_period}.${row.level}.${row.org_code}`];
/** How a row compares with England; what is flagged gets no verdict. */
export const verdictOf = (row) => (flagOf(row) ? null : row.comparison);
export const group = (category) => (category === "All" ? "Everyone" : category);
export const tooltip = (row) => [
  `${name(idOf(row))}${row.breakdown === "total" ? "" : `, ${row.category}`}, ${row.reporting_period}: ${valueOf(row)}`,
  intervalOf(row) && `95% interval ${intervalOf(row)}`,
  outOf(row),
  row.is_small && label("standing", "below_floor"),
  flagOf(row)?.[1],
].filter(Boolean).join("; ");
/** What a line or a mark is called. */
export const called = (id, category) =>
  [!isTotal() && group(category), (state.places.length > 1 || isTotal()) && name(id)].filter(Boolean).join(", ");

export const title = () => {
  const when = isOneYear() ? state.to : `${state.from} to ${state.to}`;
  const { length } = state.places;
  let of = "England";
  if (isLevel()) of = `${inside("level", state.level)} and England`;
  else if (length > 2) of = `${length} places and England`;
  else if (length) of = `${state.places.map(name).join(", ")}, and England`;
  return `${indicator().label}${isTotal() ? "" : ` ${inside("breakdown", state.by)}`}: ${of}, ${when}`;
};

/** The numbers that a reader looks for first. */
export const answer = (drawn) => {
  const said = (row, words) => `${words} ${valueOf(row)}${flagOf(row) ? ` ${sign("flagged")}` : ""}`;
  const named = (row) => called(idOf(row), row.category);
  const england = find(ENGLAND, "All", state.to);
  const isBeside = england && england.value !== null && (isLevel() || state.places.length || !isTotal());
  const beside = isBeside ? ` ${said(england, isTotal() ? "England:" : "England, everyone:")}.` : "";
  if (!isOneYear()) {
    const last = series().slice(0, MOST).map((one) => find(one.id, one.category, state.to)).filter((row) => row && row.value !== null);
    return last.length ? `In ${state.to}: ${listed(last.map((row) => said(row, named(row))))}.${beside}` : "";
  }
  if (!drawn.length) return "";
  if (drawn.length < 3) return `${listed(drawn.map((row) => said(row, named(row))))}.${beside}`;
  const sorted = [...drawn].sort((left, right) => right.value - left.value);
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  const n = (comparison) => drawn.filter((row) => verdictOf(row) === comparison).length;
  const clear = isLevel() ? ` Of ${drawn.length}, ${n("higher")} are clearly higher than England and ${n("lower")} clearly lower.` : "";
  return `Highest: ${said(first, `${named(first)},`)}. Lowest: ${said(last, `${named(last)},`)}.${beside}${clear}`;
};

const breaks = () => (isOneYear() ? [] : indicator().series_breaks.filter(({ first_period: first }) => state.from < first && first <= state.to));
/** Whether a chart has so many rows that they have no names and no shapes. */
export const isLong = (drawn) => drawn.length > 60;

/** What is shown, and how to read it. */
export const about = (drawn) => {
  const main = rows.filter((row) => row.breakdown === state.by && row.value !== null && (row.level !== "england" || !state.places.length));
  const n = isOneYear() ? drawn.length : main.length;
  const has = (test) => main.some(test);
  const beside = isLevel() || state.places.length ? ", and England’s in orange" : isTotal() ? "" : "; everyone in orange";
  const said = [
    `From ${inside("period_kind", state.kind)}.`,
    `${some(n, "figure")}${isPercent() ? "" : `, in ${indicator().unit}`}${has((row) => row.interval_low !== null) ? ", each with its 95% interval" : ""}${beside}.`,
  ];
  if (isOneYear() && has(verdictOf)) {
    said.push(isLong(drawn) ? "Blue lies clearly above England, orange clearly below; grey does not."
      : "A triangle lies clearly above or below England; a circle does not.");
  }
  if (has((row) => row.is_small && !isLevel()) || has(flagOf)) said.push("Hollow: too few people, or something doubtful was found.");
  if (!isOneYear() && series().length > 1) said.push("Pale lines are the others.");
  if (breaks().length) said.push("Dotted lines: changes in how the data were collected.");
  return said.join(" ");
};

/** What is not shown, one sentence each. */
export const lacking = () => {
  const notes = [];
  if (unknown) notes.push(`There is no measure “${unknown}” here; this is another one.`);
  const reasons = new Map();
  const main = rows.filter((row) => row.breakdown === state.by);
  for (const row of main) {
    const isOut = isLevel() && row.level === state.level && (row.standing !== "counted" || row.value === null);
    const reason = isOut ? `in the table only: ${label("standing", row.standing ?? row.value_status)}`
      : row.value === null ? `${sign(row.value_status)} ${meaning(row.value_status)}` : "";
    if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const id of isLevel() ? [] : state.places) {
    const held = unique(main.filter((row) => idOf(row) === id).map((row) => row.reporting_period));
    const missing = years().filter((year) => !held.includes(year));
    const groups = isTotal() ? "" : `; groups of people are held for England${index.files.some((file) => /\.(?!month).*\./.test(file)) ? " and some places" : " only"}`;
    if (!held.length) notes.push(`${name(id)} has no such figures in this edition${groups}.`);
    else if (missing.length) notes.push(`No figures of ${name(id)} in ${listed(missing)}.`);
  }
  for (const [reason, n] of reasons) notes.push(`${some(n, "figure")} ${reason}.`);
  if (!isOneYear() && series().length > MOST_PANELS) notes.push(`The chart has the first ${MOST_PANELS} of ${series().length}; the table has all.`);
  for (const found of breaks()) notes.push(`From ${found.first_period}: ${found.note}`);
  if (indicator().across_cohorts) notes.push(indicator().across_cohorts);
  if (state.kind === "sum_of_months") notes.push("Sums of months are not in one series with the annual reports.");
  notes.push(isLevel() ? "That one place is higher than another does not say why: who is referred differs too."
    : "An interval says how far chance may have moved a rate, and not why places or groups differ.");
  return notes;
};
