/* Charts: SVG in the classes of all charts here, drawn for a wide or a narrow screen. */
import { ENGLAND, figureName, name, narrow, remembered, unique } from "./page.js";
import { find, idOf, indicator, isLevel, isTotal, rows, state, years } from "./choice.js";
import { called, flagOf, isLong, isPercent, tooltip, valueOf, verdictOf } from "./words.js";

const WIDE = 832;
const NARROW = 350;

export const svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  const text = (value) => (typeof value === "number" ? +value.toFixed(2) : value);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, text(value));
  element.append(...children);
  return element;
};
const text = (x, y, words, kind = "") => svg("text", { x, y, class: kind }, words);
const path = (...parts) => parts.map((part) => (typeof part === "number" ? `${+part.toFixed(2)} ` : part)).join("").trim();

/* About as wide as a letter is in the fonts that browsers have. */
const LETTER = 7.2;
const cut = (words, width) => (words.length * LETTER <= width ? words : `${words.slice(0, Math.floor(width / LETTER) - 1).trim()}…`);
/** Words in at most two lines. */
export const wrap = (words, width) => {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (longer.length * LETTER * 1.08 <= width) lines[lines.length - 1] = longer;
    else if (lines.length < 2 && lines[0]) lines.push(word);
    else {
      lines[lines.length - 1] = `${cut(longer, width - 3 * LETTER).replace(/…$/, "")}…`;
      break;
    }
  }
  return lines;
};

/** Round numbers around those that are drawn. */
const ticksOf = (drawn, wanted) => {
  const numbers = drawn.flatMap((row) => [row.value, row.interval_low, row.interval_high]).filter((value) => value !== null && value !== undefined);
  const [low, high] = numbers.length ? [Math.min(...numbers), Math.max(...numbers)] : [0, 1];
  const least = Math.max(high - low, Math.abs(high) / 100, 0.01) / wanted;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= least);
  const first = Math.floor(low / step) * step;
  const ticks = [];
  for (let at = 0; at < 3 * wanted && (at === 0 || ticks[at - 1] < high); at += 1) ticks.push(+(first + at * step).toFixed(6));
  return ticks;
};
const tickText = (tick) => `${+tick.toFixed(2)}${isPercent() ? "%" : ""}`;
const scale = (ticks, from, to) => {
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  return (value) => from + ((value - low) / (high - low || 1)) * (to - from);
};
const isHollow = (row) => row.is_small || flagOf(row);
const marked = (row) => {
  const kind = `own ${verdictOf(row) ?? "plain"}${isHollow(row) ? " flagged" : ""}`;
  return svg("g", { class: kind, "data-code": row.org_code, "data-figure": figureName.of(row) }, svg("title", {}, tooltip(row)));
};

/** Both give the drawing, its width and height, and where its scale begins. Over years: a panel for each place or group, all to one scale, the others pale behind it. */
export const panels = (all) => {
  const periods = years();
  const width = narrow.matches ? NARROW : WIDE;
  const columns = narrow.matches ? 1 : Math.max(1, Math.min(all.length, all.length > 4 ? 3 : 2));
  const inner = width / columns;
  const names = all.map((one) => wrap(called(one.id, one.category), inner - 24));
  const top = 20 + 16 * Math.max(1, ...names.map((lines) => lines.length));
  const high = top + (columns === 1 && !narrow.matches ? 270 : columns === 2 ? 200 : 160);
  const [left, right, base] = [44, inner - 62, high - 26];
  const ticks = ticksOf(rows.filter((row) => row.breakdown === state.by), 4);
  const y = scale(ticks, base, top);
  const x = (period) => left + (periods.length < 2 ? 0.5 : periods.indexOf(period) / (periods.length - 1)) * (right - left);
  const every = Math.ceil(periods.length / Math.max(2, Math.floor((right - left) / 62)));
  const drawn = svg("g", {});

  const frame = (panel, lines) => {
    for (const tick of ticks) {
      panel.append(svg("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }));
      panel.append(text(left - 6, y(tick) + 4, tickText(tick), "tiny muted end"));
    }
    periods.forEach((period, at) => {
      const back = periods.length - 1 - at;
      if (back % every === 0 || (at === 0 && back % every > every / 2)) panel.append(text(x(period), high - 8, period, "tiny muted middle"));
    });
    for (const { first_period: first } of indicator().series_breaks) {
      const at = periods.indexOf(first);
      if (at < 1) continue;
      const middle = (x(first) + x(periods[at - 1])) / 2;
      panel.append(svg("line", { class: "break", x1: middle, x2: middle, y1: top - 4, y2: base }));
    }
    lines.forEach((words, at) => panel.append(text(0, 14 + 16 * at, words, "strong")));
  };
  /* Nothing joins two years across one that has no figure. */
  const line = (panel, id, category, kind) => {
    const points = periods.map((period) => find(id, category, period));
    const has = (row) => row && row.value !== null;
    const steps = points.flatMap((row, at) => (has(row) ? [has(points[at - 1]) ? "L" : "M", x(row.reporting_period), y(row.value)] : []));
    if (steps.length) panel.append(svg("path", { class: kind, d: path(...steps), fill: "none" }));
    return points.filter(has);
  };

  all.forEach((one, at) => {
    const panel = svg("g", { transform: `translate(${path((at % columns) * inner, Math.floor(at / columns) * (high + 14))})` });
    frame(panel, names[at]);
    for (const other of all) if (other !== one) line(panel, other.id, other.category, "peers");
    /* A group in England stands beside everyone there, a place beside the same group of England. */
    const isGroup = one.id === ENGLAND && !isTotal();
    const england = one.id === ENGLAND && !isGroup ? [] : line(panel, ENGLAND, isGroup ? "All" : one.category, "england");
    const points = line(panel, one.id, one.category, "own-line");
    for (const row of points) {
      const mark = marked(row);
      const [cx, cy] = [x(row.reporting_period), y(row.value)];
      if (row.interval_low !== null) {
        mark.append(svg("path", { class: "own-interval", d: path("M", cx, y(row.interval_low), "V", y(row.interval_high)) }));
      }
      mark.append(svg("circle", { class: isHollow(row) ? "hollow" : "point", cx, cy, r: 3.5 }));
      panel.append(mark);
    }
    const [last, end] = [points[points.length - 1], england[england.length - 1]];
    const isNear = last && end && Math.abs(y(last.value) - y(end.value)) < 24;
    const isOver = isNear && last.value >= end.value;
    const ended = (row, apart, words, kind) =>
      panel.append(text(x(row.reporting_period) + 8, y(row.value) + 4 + (isNear ? apart : 0), words, `${kind} halo`));
    if (last) ended(last, isOver ? -8 : 10, valueOf(last), "strong-blue figures");
    else panel.append(text((left + right) / 2, (top + base) / 2, "no figures of these years", "muted middle"));
    if (end) ended(end, isOver ? 12 : -12, isGroup ? "Everyone" : "England", "strong-orange");
    drawn.append(panel);
  });
  return [drawn, width, Math.ceil(all.length / columns) * (high + 14), ticks[0]];
};

/** In one year: a row for each place or group, with England beside it. Many rows have no names; their tooltips have them. */
export const lines = (all) => {
  const width = narrow.matches ? NARROW : WIDE;
  const isDense = isLong(all);
  const isStacked = narrow.matches && !isDense;
  const isSplit = !isTotal() && state.places.length > 1;
  const height = isDense ? 8 : isStacked ? 38 : 26;
  const [left, right, top] = [isDense || isStacked ? 16 : 330, width - 66, 46];
  const england = find(ENGLAND, "All", state.to);
  const target = isTotal() ? indicator().target : null;
  const beside = rows.filter((row) => row.level === "england");
  const ticks = ticksOf([...all, ...beside, ...(target === null ? [] : [{ value: target }])], narrow.matches ? 4 : 6);
  const x = scale(ticks, left, right);
  const heads = isSplit ? unique(all.map((row) => row.category)).length : 0;
  const bottom = top + all.length * height + heads * 26 + 6;
  const drawn = svg("g", {});
  const upright = (at, kind) => drawn.append(svg("line", { class: kind, x1: x(at), x2: x(at), y1: top - 6, y2: bottom }));
  for (const tick of ticks) {
    upright(tick, "grid");
    drawn.append(text(x(tick), top - 12, tickText(tick), "tiny muted middle"));
  }
  if (target !== null) {
    upright(target, "goal");
    drawn.append(text(x(target), bottom + 14, `national standard ${tickText(target)}`, "small muted middle"));
  }
  /* One figure of England is a line through all rows; where each group has its own, it is a stroke in each row. */
  const isOne = isTotal() || !state.places.length;
  if (isOne && england && england.value !== null) {
    upright(england.value, "england");
    drawn.append(text(x(england.value), 14, `England${isTotal() ? "" : ", everyone"} ${valueOf(england)}`, "strong-orange middle"));
  }
  let y = top + height / 2;
  let before = "";
  all.forEach((row, at) => {
    if (isSplit && row.category !== before) {
      drawn.append(text(0, y + 8, cut(row.category, 320), "strong"));
      y += 26;
      before = row.category;
    }
    const mark = marked(row);
    const isMine = row.org_code === remembered.read();
    if (isMine) mark.classList.add("mine");
    const base = isStacked ? y + 9 : y;
    if (row.interval_low !== null) {
      mark.append(svg("path", { class: "interval", d: path("M", x(row.interval_low), base, "H", x(row.interval_high)) }));
    }
    const shape = { higher: "M0-5.5L5.2 4L-5.2 4Z", lower: "M0 5.5L5.2-4L-5.2-4Z" }[verdictOf(row)];
    if (shape && !isDense) mark.append(svg("path", { class: "mark", transform: `translate(${path(x(row.value), base)})`, d: shape }));
    else mark.append(svg("circle", { class: "mark", cx: x(row.value), cy: base, r: isDense ? 3 : 4.2 }));
    const same = isOne ? null : find(ENGLAND, row.category, row.reporting_period);
    if (same && same.value !== null) mark.append(svg("path", { class: "england", d: path("M", x(same.value), base - 8, "V", base + 8) }));
    const words = isSplit || isTotal() || isLevel() ? name(idOf(row)) : row.category;
    if (!isDense) {
      mark.append(text(isSplit ? 14 : 0, isStacked ? y - 6 : y + 4, cut(words, isStacked ? 340 : left - 24), isStacked ? "halo" : ""));
      mark.append(text(width, isStacked ? y + 13 : y + 4, valueOf(row), "figures end"));
    } else if (at === 0 || at === all.length - 1 || isMine) {
      const isLeft = x(row.value) >= width / 2;
      const end = (isLeft ? row.interval_low : row.interval_high) ?? row.value;
      mark.append(text(x(end) + (isLeft ? -8 : 8), base + 4, `${cut(words, width / 2 - 90)} ${valueOf(row)}`, `small halo${isLeft ? " end" : ""}`));
    }
    drawn.append(mark);
    y += height;
  });
  return [drawn, width, bottom + 20, ticks[0]];
};
