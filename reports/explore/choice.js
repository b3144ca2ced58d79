/* The choice, as it stands in the address, and the rows of the tables that it selects. */
import { ENGLAND, MOST, codeOf, inOrder, index, indicators, levelOf, remembered, root, make, unique, withEarlier } from "./page.js";
import { readParquet } from "./parquet.js";

const MONTH = "month";
const NAMES = ["indicator", "kind", "level", "places", "by", "from", "to", "edition"];

/** What is chosen: `level` for all places of one, else `places`; `by` is a breakdown. */
export let state = {};
/** The rows that are shown, England's among them. */
export let rows = [];
/** The measure that an address asks for and these figures do not have; else empty. */
export let unknown = "";
/* The place that each code belongs to, by level and code. */
let ids = new Map();

export const readAddress = (places) => {
  const given = new URLSearchParams(location.hash.slice(1));
  const mine = remembered.read();
  const home = places.find((one) => one.code === mine);
  state = Object.fromEntries(NAMES.map((name) => [name, given.get(name) ?? ""]));
  state.places = given.has("indicator") ? state.places.split(",").filter(Boolean) : home ? [home.id] : [];
};
export const address = () => {
  const choice = { ...state, places: state.places.join(","), edition: index.edition };
  return NAMES.map((name) => `${name}=${encodeURIComponent(choice[name]).replaceAll("%2C", ",")}`).join("&");
};

/* Figures are scripts that hold Parquet in base64, since a page that was opened from a folder may load nothing else. */
const loading = new Map();
const load = (file) => {
  if (!loading.has(file)) {
    loading.set(file, new Promise((resolve, reject) => {
      const script = make("script", { src: `${root}data/figures/${file}.js` });
      script.onload = () => {
        const bytes = Uint8Array.from(atob(window.iaptFigures[file]), (letter) => letter.charCodeAt(0));
        delete window.iaptFigures[file];
        const columns = Object.entries(readParquet(bytes));
        const indicator = file.split(".")[0];
        resolve(columns[0][1].map((_, at) => ({ indicator, ...Object.fromEntries(columns.map(([name, values]) => [name, values[at]])) })));
      };
      script.onerror = () => {
        loading.delete(file);
        reject(new Error(`${script.src} could not be loaded; try again`));
      };
      document.head.append(script);
    }));
  }
  return loading.get(file);
};

export const indicator = () => indicators.get(state.indicator);
export const isLevel = () => state.level !== "";
export const isOneYear = () => state.from === state.to;
export const isTotal = () => state.by === "total";
export const idOf = (row) => ids.get(`${row.level}.${row.org_code}`) ?? `${row.level}.${row.org_code}`;
/** The codes that are asked for, by level. */
export const codesByLevel = () => {
  const codes = new Map();
  for (const id of ids.keys()) codes.set(levelOf(id), [...(codes.get(levelOf(id)) ?? []), codeOf(id)]);
  return codes;
};
export const years = () => unique(rows.map((row) => row.reporting_period)).sort();
export const find = (id, category, period) =>
  rows.find((row) => idOf(row) === id && row.category === category && row.reporting_period === period);
/** Each line or mark: a category of a place. England is one where nothing else is chosen, and beside the others otherwise. */
export const series = () => {
  const chosen = state.places.length ? state.places : [ENGLAND];
  const categories = unique(rows.filter((row) => row.breakdown === state.by).map((row) => row.category));
  return categories.flatMap((category) => chosen.map((id) => ({ id, category })));
};
/** What the chart of one year has. What does not count among its level is in the table alone. */
export const drawnRows = () => {
  const descending = (left, right) => right.value - left.value || left.org_code.localeCompare(right.org_code);
  if (isLevel()) {
    const isCounted = (row) => row.level === state.level && row.standing === "counted" && row.value !== null;
    return rows.filter(isCounted).sort(descending);
  }
  const drawn = series().map((one) => find(one.id, one.category, state.to)).filter((row) => row && row.value !== null);
  return isTotal() && state.places.length ? drawn.sort(descending) : drawn;
};

/** All rows that the choice is made from: the indicator's, and single months or groups of people where they are chosen. */
export const loadChosen = async () => {
  const isKnown = indicators.has(state.indicator);
  unknown = isKnown ? "" : state.indicator;
  const wanted = isKnown ? state.indicator : index.first;
  const months = state.kind === MONTH || !index.files.includes(wanted) ? [MONTH] : [];
  const below = unique(state.places.map(levelOf)).flatMap((level) => [state.by, ...months].map((part) => `${part}.${level}`));
  const files = [wanted, ...[...months, ...below].map((part) => `${wanted}.${part}`)];
  return (await Promise.all(files.filter((file) => index.files.includes(file)).map(load))).flat();
};

/** Makes the choice one that these figures have, and says what else there is to choose from. */
export const settle = (all) => {
  const wanted = all[0].indicator;
  state.indicator = wanted;
  const offered = (column, from) => unique(from.map((row) => row[column]));
  const isOffered = (kind) => all.some((row) => row.period_kind === kind) || (kind === MONTH && index.files.includes(`${wanted}.${MONTH}`));
  const kinds = inOrder("period_kind", [...offered("period_kind", all), MONTH]).filter(isOffered);
  /* The first source whose figures are not more than a year behind another's, of what is asked for: annual reports come later
     than months, and have more groups of people. */
  const isThere = (row) => (state.level ? row.level === state.level : !state.places.length || state.places.includes(`${row.level}.${row.org_code}`));
  const isAskedFor = (row) => row.value !== null && (!state.by || row.breakdown === state.by) && isThere(row);
  const newest = (kind) => Math.max(0, ...all.filter((row) => row.period_kind === kind && isAskedFor(row)).map((row) => parseInt(row.reporting_period, 10)));
  if (!kinds.includes(state.kind)) {
    const years = kinds.filter((kind) => kind !== MONTH);
    const latest = Math.max(...years.map(newest));
    state.kind = years.find((kind) => newest(kind) >= latest - 1) ?? kinds[0];
  }
  const ofKind = all.filter((row) => row.period_kind === state.kind);
  /* Where none counts among its level, as in single months, there is no level to show. */
  const levels = offered("level", ofKind.filter((row) => row.standing === "counted"));
  if (!levels.includes(state.level)) state.level = "";
  /* A place that continues another one brings its figures along. */
  const known = unique(state.places).filter((id) => id !== ENGLAND && /^\w+\../.test(id));
  const isPart = (id) => known.some((other) => other !== id && withEarlier(other).includes(id));
  state.places = known.filter((id) => !isPart(id)).slice(0, MOST);
  ids = new Map(state.level ? [] : state.places.flatMap((id) => withEarlier(id).map((code) => [code, id])));
  const below = index.files.map((file) => file.split(".")).filter(([name, by, level]) => name === wanted && level && by !== MONTH);
  const breakdowns = inOrder("breakdown", unique([...offered("breakdown", ofKind), ...below.map(([, by]) => by)]));
  if (!breakdowns.includes(state.by) || state.level) state.by = breakdowns.includes("total") ? "total" : breakdowns[0];
  const isShown = (row) =>
    row.level === "england" || (state.level ? row.level === state.level : ids.has(`${row.level}.${row.org_code}`));
  const shown = ofKind.filter((row) => (row.breakdown === state.by || row.breakdown === "total") && isShown(row));
  settleYears(shown, offered("reporting_period", ofKind).sort());
  const order = (row) => index.categories[row.breakdown]?.indexOf(row.category) ?? -1;
  rows = shown.filter((row) => state.from <= row.reporting_period && row.reporting_period <= state.to);
  rows.sort((left, right) => order(left) - order(right));
  return { kinds, levels, breakdowns, periods: offered("reporting_period", ofKind).sort() };
};
const settleYears = (shown, periods) => {
  const main = shown.filter((row) => row.breakdown === state.by);
  const hasOthers = main.some((row) => row.level !== "england");
  const dated = main.filter((row) => row.value !== null && (!hasOthers || row.level !== "england"));
  const held = unique(dated.map((row) => row.reporting_period)).sort();
  const isOne = state.level || state.by !== "total";
  if (!periods.includes(state.to) || (isOne && !held.includes(state.to))) state.to = held[held.length - 1] ?? periods[periods.length - 1];
  if (!periods.includes(state.from)) state.from = isOne ? state.to : held[0] ?? periods[0];
  if (state.level || state.from > state.to) state.from = state.to;
};
