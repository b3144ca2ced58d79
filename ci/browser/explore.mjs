// The page that explores, in a real Chromium, over http and from a folder: node explore.mjs FOLDER CHROMIUM IAPT DATA
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { filesOf, pageTypes, serve } from "./site.mjs";

const CHOICES = 200;
const QUERIES_AT_ONCE = 20;
const FIGURES_LIMIT = 350_000;
const SCRIPT_LIMIT = 60_000;
const FIRST_CHART_LIMIT = 1000;
const SHIFT_LIMIT = 0.02;

const [folderGiven, executablePath, iapt, data] = process.argv.slice(2);
if (!data) {
  console.error("usage: node explore.mjs FOLDER CHROMIUM IAPT DATA");
  process.exit(2);
}
const folder = resolve(folderGiven);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problems = [];
const complain = (problem) => { problems.push(problem); console.error(`explore: ${problem}`); };
const started = Date.now();
const say = (what) => console.log(`explore: ${what} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
const query = (sql) => JSON.parse(execFileSync(iapt, ["query", sql, "--data", data, "--format", "json"], { maxBuffer: 1 << 30, encoding: "utf8" }));

const files = filesOf(folder);
const read = (file) => readFileSync(join(folder, file));

// Sizes: what one indicator weighs, and what the page runs.
const figures = files.filter((file) => file.startsWith("data/figures/"));
const sized = figures.map((file) => [read(file).length, file]).sort((left, right) => right[0] - left[0]);
for (const [bytes, file] of sized) if (bytes > FIGURES_LIMIT) complain(`${file}: ${bytes} bytes, the limit is ${FIGURES_LIMIT}`);
const sum = (list) => list.reduce((total, file) => total + read(file).length, 0);
const script = read("assets/explore.js");
if (script.length > SCRIPT_LIMIT) complain(`assets/explore.js: ${script.length} bytes, the limit is ${SCRIPT_LIMIT}`);
const zipped = (file) => gzipSync(read(file)).length;
say(`${figures.length} files of figures, ${sum(figures)} bytes; the largest ${sized[0][1]}, ${sized[0][0]} bytes, ${zipped(sized[0][1])} compressed`);
say(`explore.js ${script.length} bytes, ${zipped("assets/explore.js")} compressed; script.js ${read("assets/script.js").length}, ${zipped("assets/script.js")}; lists ${read("assets/explore-index.js").length + read("assets/areas.js").length}, ${zipped("assets/explore-index.js") + zipped("assets/areas.js")}`);

const site = await serve(folder);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
const PAGE = "explore.html";
const OVER = { http: `${site.origin}/`, file: `${pathToFileURL(folder).href}/` };

/** A page in a browser of its own, which reports errors and whatever it asks of others. */
async function open(base, choice = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") complain(`${base}${choice}: console: ${message.text()}`); });
  page.on("pageerror", (error) => complain(`${base}${choice}: ${error.message}`));
  page.on("request", (request) => { if (!request.url().startsWith(base) && !request.url().startsWith("data:")) complain(`${choice}: asked for ${request.url()}`); });
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value; }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${base}${PAGE}${choice ? `#${choice}` : ""}`);
  await page.waitForFunction(() => document.documentElement.dataset.explored && document.querySelector("#explored svg"));
  return page;
}
/** Takes another choice by its address, and waits until it is shown. */
const choose = (page, choice) => page.evaluate(async (choice) => {
  delete document.documentElement.dataset.explored;
  location.hash = choice;
  while (!document.documentElement.dataset.explored) await new Promise((done) => setTimeout(done, 1));
  const table = document.querySelector("#explore-table");
  const given = new URLSearchParams(document.documentElement.dataset.explored);
  const isOneYear = given.get("from") === given.get("to");
  const cells = [...table.querySelectorAll("td[data-figure]")].map((cell) => {
    const of = (column) => cell.parentNode.querySelector(`[data-column=${column}]`)?.textContent ?? "";
    const rest = isOneYear ? ["interval", "numerator", "denominator"].map(of) : [...cell.querySelectorAll("small")].map((one) => one.textContent);
    return [cell.dataset.figure, cell.firstChild.textContent, ...rest];
  });
  return {
    choice: document.documentElement.dataset.explored,
    sql: [...document.querySelectorAll("#explore pre code")][0].textContent.replace(/^iapt query "/, "").replace(/"$/, ""),
    cells, isOneYear,
    svg: document.querySelector("#explored svg").outerHTML,
    marks: document.querySelectorAll("#explored svg [data-figure]").length,
    title: document.querySelector("#explored .finding").textContent,
  };
}, choice);

// The first chart.
for (const [way, base] of Object.entries(OVER)) {
  const times = [];
  for (let round = 0; round < 3; round += 1) {
    const page = await open(base);
    times.push(await page.evaluate(() => Math.round(performance.getEntriesByName("chart")[0].startTime)));
    const shifted = await page.evaluate(() => window.shifted);
    if (shifted > SHIFT_LIMIT) complain(`${way}: the layout shifts by ${shifted.toFixed(3)}`);
    if (round === 2) say(`${way}: first chart after ${times.join(", ")} ms, layout shift ${shifted.toFixed(4)}`);
    await page.context().close();
  }
  if (Math.min(...times) > FIRST_CHART_LIMIT) complain(`${way}: first chart after ${times.join(", ")} ms, the limit is ${FIRST_CHART_LIMIT}`);
}

// Random choices: each number that the page prints is a number of the query that it prints.
let seed = 19;
const random = (n) => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
};
const pick = (list) => list[random(list.length)];
const listIn = (file) => JSON.parse(read(file).toString().replace(/^[^=]*=\s*/, "").replace(/;\s*$/, ""));
const index = listIn("assets/explore-index.js");
const areas = listIn("assets/areas.js");
const choices = Array.from({ length: CHOICES }, () => {
  const choice = { indicator: pick(index.indicators).indicator, kind: pick(index.words.period_kind).name };
  const shape = random(4);
  if (shape === 0) choice.level = pick(["icb", "provider", "region", "sub_icb"]);
  else choice.places = Array.from({ length: random(9) }, () => pick(areas)).map((area) => `${area.page.split("/")[1]}.${area.code}`).join(",");
  if (shape === 1) choice.by = pick(index.words.breakdown).name;
  const years = [2012 + random(14), 2012 + random(14)].sort();
  [choice.from, choice.to] = years.map((year) => `${year}-${String(year + 1).slice(2)}`);
  if (random(3) === 0) delete choice.from;
  return new URLSearchParams(choice).toString();
});
const seen = {};
for (const [way, base] of Object.entries(OVER)) {
  const page = await open(base);
  seen[way] = [];
  for (const choice of choices) seen[way].push(await choose(page, choice));
  await page.context().close();
  say(`${way}: ${choices.length} random choices shown`);
}
choices.forEach((choice, at) => {
  const [http, file] = [seen.http[at], seen.file[at]];
  if (http.svg !== file.svg || JSON.stringify(http.cells) !== JSON.stringify(file.cells)) complain(`${choice}: not the same from a folder`);
});

/** Numbers written as the pages write them, by other code than the page's: exact decimals, halves to even. */
const fixed = (value, digits) => {
  const exact = value.toFixed(20 - digits);
  const [whole, rest] = exact.split(".");
  const kept = BigInt(whole.replace("-", "") + rest.slice(0, digits));
  const tail = rest.slice(digits);
  const half = `5${"0".repeat(tail.length - 1)}`;
  const up = tail > half || (tail === half && kept % 2n === 1n);
  const text = String(kept + (up ? 1n : 0n)).padStart(digits + 1, "0");
  const made = digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
  return whole.startsWith("-") && /[1-9]/.test(made) ? `-${made}` : made;
};
const commas = (value) => Number(value).toLocaleString("en-GB");
const units = new Map(index.indicators.map((one) => [one.indicator, one.unit]));
const withUnit = (value, text, unit) => {
  if (unit === "percent") return value > 0 && Number(text) === 0 ? `under ${text.includes(".") ? "0.1" : "1"}%` : `${text}%`;
  return unit === "days" ? `${text.replace(/\.0$/, "")} days`.replace(/^1 days$/, "1 day") : text;
};
const expected = (row) => {
  const isPercent = units.get(row.indicator) === "percent";
  const small = row.value_basis === "published_percentage" && row.level !== "england" ? 0 : (row.denominator ?? row.denominator_low ?? row.numerator ?? 0) >= 1000 ? 1 : 0;
  const digits = isPercent ? small : 1;
  return {
    value: row.value === null ? null : withUnit(row.value, fixed(row.value, digits), units.get(row.indicator)),
    interval: row.interval_low === null ? "" : `${fixed(row.interval_low, digits)} to ${fixed(row.interval_high, digits)}`,
    numerator: row.numerator === null ? null : commas(row.numerator),
    denominator: row.denominator === null ? null : commas(row.denominator),
  };
};
let numbers = 0;
let missing = 0;
const kinds = new Map();
for (let first = 0; first < CHOICES; first += QUERIES_AT_ONCE) {
  const part = seen.http.slice(first, first + QUERIES_AT_ONCE);
  // Which decimals a figure has follows from a bound where its denominator is withheld; the page does not ask for bounds.
  const more = "denominator_low, figure_name(indicator, reporting_period, period_kind, level, org_code, breakdown, category) AS figure";
  const asked = part.map((one, at) => `(SELECT ${at} AS choice, * FROM (${one.sql.replace(/^SELECT /, `SELECT ${more}, `).replace(/\nORDER BY[^]*$/, "")}))`);
  const rows = query(asked.join(" UNION ALL "));
  part.forEach((one, at) => {
    const own = rows.filter((row) => row.choice === at);
    const names = new Map(own.map((row) => [row.figure, row]));
    for (const row of own) kinds.set(row.figure, row.period_kind);
    const shown = new Map(one.cells.map((cell) => [cell[0], cell]));
    if (names.size !== shown.size || own.length !== names.size) complain(`${one.choice}: ${shown.size} figures on the page, ${own.length} rows of the query`);
    for (const [name, row] of names) {
      const cell = shown.get(name);
      if (!cell) { complain(`${one.choice}: ${name} is not on the page`); continue; }
      const wanted = expected(row);
      const text = cell[1].trim();
      if (wanted.value === null ? !/^\[\w\]$/.test(text) : text !== wanted.value) complain(`${one.choice}: ${name}: ${text}, the query says ${wanted.value}`);
      if (wanted.value === null) { missing += 1; continue; }
      numbers += 1;
      const rest = cell.slice(2);
      const [interval, numerator, denominator] = one.isOneYear ? rest : [wanted.interval ? rest[0] : "", ...(rest[wanted.interval ? 1 : 0] ?? "").split(" of ")];
      const same = (found, wanted) => wanted === null || found === wanted || (found ?? "") === "";
      if (interval !== wanted.interval) complain(`${one.choice}: ${name}: interval ${interval}, the query says ${wanted.interval}`);
      if (row.denominator !== null && (numerator === "" || denominator === "")) complain(`${one.choice}: ${name}: its counts are not shown`);
      if (!same(numerator, wanted.numerator) || !same(denominator, wanted.denominator)) complain(`${one.choice}: ${name}: ${numerator} of ${denominator}, the query says ${wanted.numerator} of ${wanted.denominator}`);
    }
  });
}
// What the script of all pages reads in a name is what the tables have.
{
  const page = await open(OVER.http);
  const read = await page.evaluate((names) => names.map((name) => window.iapt.figureName.parts(name).kind), [...kinds.keys()]);
  [...kinds].forEach(([name, kind], at) => { if (read[at] !== kind) complain(`${name} is of a ${kind}, and read as of a ${read[at]}`); });
  await page.context().close();
}
say(`${numbers} figures with their intervals and counts are those of iapt query, ${missing} are missing there too`);

// A permalink in a fresh browser draws the same chart.
{
  const sample = seen.http.filter((_, at) => at % 20 === 0);
  for (const one of sample) {
    const page = await open(OVER.http, one.choice);
    const svg = await page.evaluate(() => document.querySelector("#explored svg").outerHTML);
    if (svg !== one.svg) complain(`${one.choice}: the address draws another chart in a fresh browser`);
    await page.context().close();
  }
  const page = await open(OVER.http, sample[0].choice.replace(/edition=[^&]*/, "edition=2020-03.000000000000"));
  const said = await page.locator("#explore .missing:not([hidden])").textContent();
  if (!said.includes("2020-03.000000000000") || !said.includes(index.edition)) complain(`an address of another edition is not told apart: "${said}"`);
  await page.context().close();
  say(`${sample.length} addresses draw the same chart in a fresh browser; one of another edition says so`);
}

// By keyboard: recovery by ethnic group in at most three actions.
{
  const page = await open(OVER.http);
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 60; presses += 1) {
      if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return true;
      await page.keyboard.press("Tab");
    }
    complain(`${selector} cannot be reached by keyboard`);
    return false;
  };
  await tabTo("#explore-by");
  await page.keyboard.type("Ethnic group");
  await page.waitForFunction(() => document.documentElement.dataset.explored.includes("by=ethnic_group&"));
  const groups = await page.locator("#explored svg [data-figure*='.ethnic_group.']").count();
  if (groups < 5) complain(`one action shows ${groups} ethnic groups`);
  await tabTo("#explore-place");
  await page.keyboard.type("Bristol");
  await page.waitForSelector("#explore-place-list [role=option]");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset.explored.includes("places=icb.QUY"));
  const told = await page.locator("#explore .points").textContent();
  const held = index.files.includes("recovery_rate.ethnic_group.icb");
  const board = await page.locator("#explored svg [data-figure^='recovery_rate.'][data-figure*='.icb.QUY.ethnic_group.']").count();
  if (held ? board < 2 : !told.includes("has no such figures")) complain(`a board's groups are ${held ? "held and not shown" : "not held, which is not said"}`);
  await tabTo("#explored .drawing");
  await page.keyboard.press("ArrowRight");
  if (held && !(await page.locator(".tip").isVisible())) complain("the arrow key shows no tooltip");
  say(`by keyboard: England's ${groups} ethnic groups after one action, a board after two (${held ? `${board} groups` : "not held, and said"})`);
  await page.context().close();
}

// Accessibility, width, without scripts.
const LOOKED_AT = ["", "indicator=recovery_rate&level=icb", "indicator=recovery_rate&level=provider", "indicator=recovery_rate&by=ethnic_group", "indicator=recovery_rate&places=icb.QUY,icb.QOX,provider.DA1,provider.RW4", "indicator=recovery_rate&by=ethnic_group&from=2017-18&to=2024-25"];
for (const colorScheme of ["light", "dark"]) {
  for (const choice of LOOKED_AT) {
    const page = await open(OVER.http, choice, { colorScheme, bypassCSP: true });
    await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
    const results = await page.evaluate(async (source) => { (0, eval)(source); return window.axe.run(document, { resultTypes: ["violations"] }); }, axe);
    for (const found of results.violations) complain(`${choice} (${colorScheme}): ${found.id}: ${found.help}: ${found.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`);
    await page.context().close();
  }
}
for (const choice of LOOKED_AT) {
  const page = await open(OVER.http, choice, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const over = await page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) complain(`${choice}: at 360 px the page scrolls sideways by ${over} px`);
  await page.context().close();
}
{
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${OVER.http}${PAGE}`);
  if (!(await page.locator("noscript a[href='compare-areas.html'], .missing a[href='compare-areas.html']").first().isVisible())) complain("without scripts no link leads to the pages");
  await context.close();
}
say(`axe has looked at ${LOOKED_AT.length} choices in light and dark; none scrolls sideways at 360 px; without scripts there are links`);

// Every chart of the site leads to its own figures, which read there as they do here.
{
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  const page = await context.newPage();
  const links = new Map();
  let charts = 0;
  let anchors = 0;
  for (const file of pageTypes(folder, files)) {
    if (file === PAGE) continue;
    await page.goto(`${OVER.http}${file}`);
    const addressed = await page.evaluate(() => [...document.querySelectorAll("td[data-figure][id]")].map((cell) => [cell.id, window.iapt.figureName.anchor(cell.dataset.figure)]));
    for (const [id, anchor] of addressed) if (id !== anchor) complain(`${file}#${id}: the script spells ${anchor}`);
    anchors += addressed.length;
    const found = await page.evaluate(() => [...document.querySelectorAll("main figure[id]")].filter((one) => one.querySelector("svg")).map((one) => {
      const cells = [...(one.closest("section") ?? one).querySelectorAll("td[data-figure]")].map((cell) => [cell.dataset.figure, cell.firstChild.textContent.trim()]);
      const marks = [...one.querySelectorAll("svg [data-figure]")].map((mark) => mark.dataset.figure);
      return [one.id, one.querySelector("a.to-explore")?.getAttribute("href") ?? "", cells, marks];
    }));
    for (const [id, href, cells, marks] of found) {
      charts += 1;
      if (!href) complain(`${file}#${id} does not lead to ${PAGE}`);
      else links.set(href.split("#")[1], [`${file}#${id}`, new Map(cells), marks]);
    }
  }
  await context.close();
  const explore = await open(OVER.http);
  let same = 0;
  for (const [choice, [from, cells, marks]] of links) {
    const shown = await choose(explore, choice);
    const names = new Set(shown.cells.map(([name]) => name));
    if (marks.length && !marks.some((name) => names.has(name))) complain(`${from} leads to ${choice}, which shows none of its figures`);
    if (!shown.marks) complain(`${from} leads to ${choice}, which shows nothing`);
    for (const [name, text] of shown.cells) {
      if (!cells.has(name)) continue;
      if (cells.get(name) !== text.trim()) complain(`${name}: ${cells.get(name)} on ${from}, ${text.trim()} on ${PAGE}`);
      same += 1;
    }
    const away = await explore.evaluate(() => [...document.querySelectorAll("#explore a[href]")].map((link) => link.getAttribute("href").split("#")[0]));
    for (const href of away) if (href && !files.includes(decodeURI(href))) complain(`${choice}: ${href} is not there`);
  }
  await explore.context().close();
  say(`${charts} charts of ${links.size} choices lead to ${PAGE}; ${same} numbers read the same on both; ${anchors} anchors are spelled alike`);
}

// The static files hold the rows of the table.
{
  const list = JSON.parse(read("api/v1/places.json")).places;
  const described = JSON.parse(read("api/v1/openapi.json"));
  let rows = 0;
  const of = new Map();
  for (const row of query("SELECT * FROM indicators WHERE breakdown = 'total' OR level = 'england'")) {
    const part = [row.breakdown, row.period_kind === "month" && "month"].filter((one) => one && one !== "total").join(".") || "total";
    const key = `${row.level}.${row.org_code}.${part}`;
    of.set(key, [...(of.get(key) ?? []), row]);
  }
  const key = (row) => [row.dataset, row.reporting_period, row.org_name, row.category, row.indicator].join("|");
  for (const one of list) {
    for (const [part, address] of Object.entries(one.figures)) {
      const file = JSON.parse(read(`api/v1/${address}`));
      const held = file.rows.map((cells) => ({ ...file.same, ...Object.fromEntries(cells.map((cell, at) => [file.columns[at], cell])) }));
      const table = of.get(`${one.level}.${one.org_code}.${part}`) ?? [];
      const keyed = new Map(table.map((row) => [key(row), row]));
      if (held.length !== table.length) complain(`api/v1/${address}: ${held.length} rows, the table has ${table.length}`);
      for (const row of held) {
        const wanted = keyed.get(key(row));
        const differs = Object.keys(row).find((column) => wanted?.[column] !== row[column]);
        if (differs) { complain(`api/v1/${address}: ${key(row)}: ${differs}`); break; }
        rows += 1;
      }
      if (file.edition !== index.edition) complain(`api/v1/${address}: edition ${file.edition}`);
    }
  }
  const api = files.filter((file) => file.startsWith("api/"));
  const bytes = sum(api);
  for (const path of ["/latest.json", "/indicators.json", "/places.json"]) if (!described.paths[path] || !files.includes(`api/v1${path}`)) complain(`${path} is not described, or not there`);
  say(`${api.length} files of the API, ${bytes} bytes: ${list.length} places, ${rows} rows, all as in the table`);
}

await browser.close();
site.close();
if (problems.length) {
  console.error(`explore: ${problems.length} problems`);
  process.exit(1);
}
say("no problem");
