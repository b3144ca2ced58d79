/* What all parts of the page that explores share: what the site gives, words of columns, places. */
export const { root, make, areas, combobox, copying, figureName, own, remembered, sortable, tooltips } = window.iapt;
export const index = window.iaptExplore;

/** How many places can be compared. */
export const MOST = 8;
export const ENGLAND = "england.All";
export const narrow = window.matchMedia("(max-width: 40rem)");

const byName = (list, key = "name") => new Map(list.map((one) => [one[key], one]));
export const indicators = byName(index.indicators, "indicator");
const marks = byName(index.marks, "status");
const words = Object.fromEntries(Object.entries(index.words).map(([column, list]) => [column, byName(list)]));

/** A word of a column as readers see it: in a list, and inside a sentence. */
const plain = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
export const label = (column, name) => words[column].get(name)?.label ?? plain(name);
export const inside = (column, name) => words[column].get(name)?.inside || label(column, name).toLowerCase();
/** Some values of a column in the order of its words, those without a word after them. */
export const inOrder = (column, names) => {
  const known = index.words[column].map((one) => one.name);
  return [...known.filter((one) => names.includes(one)), ...unique(names).filter((one) => !known.includes(one)).sort()];
};
/** The sign in place of a number, and what it means. */
export const sign = (status) => (marks.get(status) ?? marks.get("not_in_figures")).sign;
export const meaning = (status) => marks.get(status)?.meaning ?? status;

export const unique = (list) => [...new Set(list)];
export const listed = (list) => (list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} and ${list[list.length - 1]}`);
export const lower = (text) => (/^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);
export const some = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/* Places by level and code: `icb.QUY`. */
let places = [];
export const readPlaces = async () => {
  places = (await areas()).map((area) => ({ ...area, id: idOfArea(area) }));
  return places;
};
export const idOfArea = (area) => `${area.page.split("/")[1]}.${area.code}`;
export const levelOf = (id) => id.slice(0, id.indexOf("."));
export const codeOf = (id) => id.slice(id.indexOf(".") + 1);
const place = (id) => places.find((one) => one.id === id);
export const name = (id) => (id === ENGLAND ? "England" : place(id)?.name ?? codeOf(id));
/** The place and those that it continues as they were. */
export const withEarlier = (id) => [id, ...(index.earlier[id] ?? []).map((code) => `${levelOf(id)}.${code}`)];
/** The page of a place; empty without one. */
export const pageOf = (id) => place(id)?.page ?? "";
