// What a real Chromium says of the site: node check.mjs FOLDER [CHROMIUM]
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { filesOf, pageTypes, serve } from "./site.mjs";
import { links, sizes, validate } from "./files.mjs";

// Limits: how far down a phone's screen the title may begin, in px, and how many desktop screens a page may have.
const TITLE_LIMIT = 320;
const SCREENS_LIMIT = 8;

const [folderGiven, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
if (!folderGiven) {
  console.error("usage: node check.mjs FOLDER [CHROMIUM]");
  process.exit(2);
}
const folder = resolve(folderGiven);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problems = [];
const complain = (problem) => { problems.push(problem); console.error(`browser: ${problem}`); };
const started = Date.now();
const say = (what) => console.log(`browser: ${what} (${((Date.now() - started) / 1000).toFixed(0)} s)`);

const files = filesOf(folder);
const pages = pageTypes(folder, files);
say(`${files.length} files, ${pages.length} pages stand for all types`);
say(`${links(folder, files, complain)} links and anchors followed`);
const [bytes, largest] = sizes(folder, files, complain);
say(`largest page compressed: ${largest}, ${bytes} bytes`);
await validate(folder, pages, complain);
say("HTML validated");

const site = await serve(folder);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});

/** A page that reports errors of its console and whatever it asks of others than the site. */
async function open(context, path) {
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") complain(`${path}: console: ${message.text()}`); });
  page.on("pageerror", (error) => complain(`${path}: ${error.message}`));
  page.on("requestfailed", (request) => complain(`${path}: ${request.url()} failed`));
  await page.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(`${site.origin}/`) || url.startsWith("data:")) return route.continue();
    complain(`${path}: asked for ${url}`);
    return route.abort();
  });
  await page.goto(`${site.origin}/${path}`, { waitUntil: "load" });
  return page;
}

/** Violations that axe finds. In the dark the page is the same but for its colours, so only their rules run again. */
async function accessibility(page, path, scheme) {
  const only = scheme === "dark" ? { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } } : {};
  const results = await page.evaluate(async ([source, only]) => {
    // The policy of the page forbids inline scripts, so axe comes in through the debugger and not as an element.
    if (!window.axe) (0, eval)(source);
    return window.axe.run(document, { resultTypes: ["violations"], ...only });
  }, [axe, only]);
  for (const violation of results.violations) {
    const where = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
    complain(`${path} (${scheme}): ${violation.id}: ${violation.help}: ${where}`);
  }
}

for (const scheme of ["light", "dark"]) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1200, height: 900 }, bypassCSP: true });
  for (const path of pages) {
    const page = await open(context, path);
    await accessibility(page, path, scheme);
    await page.close();
  }
  await context.close();
  say(`axe has looked at ${pages.length} pages in ${scheme}`);
}

const wide = (page) => page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);
const phone = await browser.newContext({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
for (const path of pages) {
  const page = await open(phone, path);
  const over = await wide(page);
  if (over > 0) complain(`${path}: at 360 px the page scrolls sideways by ${over} px`);
  const top = (await page.locator("main h1").boundingBox()).y;
  if (top > TITLE_LIMIT) complain(`${path}: on a phone the title is at ${top.toFixed(0)} px, the limit is ${TITLE_LIMIT}`);
  await page.close();
}
await phone.close();
say("no page scrolls sideways at 360 px, every title is on the first screen");

const desk = await browser.newContext({ viewport: { width: 1280, height: 800 } });
let longest = [0, ""];
for (const path of pages) {
  const page = await open(desk, path);
  const [height, lines] = await page.evaluate(() => {
    const title = document.querySelector("main h1");
    const line = parseFloat(getComputedStyle(title).lineHeight);
    return [document.documentElement.scrollHeight, Math.round(title.getBoundingClientRect().height / line)];
  });
  const screens = height / 800;
  if (screens > longest[0]) longest = [screens, path];
  if (screens > SCREENS_LIMIT) complain(`${path}: ${screens.toFixed(1)} screens, the limit is ${SCREENS_LIMIT}`);
  if (lines > 2) complain(`${path}: the title has ${lines} lines at 1280 px`);
  await page.close();
}
await desk.close();
say(`the longest page is ${longest[1]}, ${longest[0].toFixed(1)} screens; no title is over two lines`);

// A4 less its margins is 180 mm, which is 680 px.
const paper = await browser.newContext({ viewport: { width: 680, height: 1000 } });
for (const path of pages) {
  const page = await open(paper, path);
  await page.emulateMedia({ media: "print" });
  const over = await wide(page);
  if (over > 0) complain(`${path}: in print ${over} px are cut`);
  await page.close();
}
await paper.close();
say("nothing is cut in print");

// Every board, and the smallest and the largest page of the other levels, prints as one sheet.
const sheets = [...new Set([...files.filter((file) => /^areas\/icb\/.*\.html$/.test(file)), ...pages.filter((path) => path.startsWith("areas/"))])];
for (const path of sheets) {
  const page = await open(browser, path);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  const count = pdf.toString("latin1").match(/\/Type ?\/Page\b/g)?.length ?? 0;
  if (count !== 1) complain(`${path}: prints on ${count} sheets of A4`);
  await page.close();
}
say(`${sheets.length} places print on one sheet each`);

const bare = await browser.newContext({ javaScriptEnabled: false });
for (const path of pages) {
  const page = await bare.newPage();
  await page.goto(`${site.origin}/${path}`);
  if (!(await page.locator("main h1").isVisible())) complain(`${path}: has no heading without scripts`);
  for (const id of ["find"]) if (await page.locator(`#${id}`).count()) complain(`${path}: #${id} is there without scripts`);
  await page.close();
}
await bare.close();
say("every page stands without scripts");

/** Tab to an element, as a reader without a mouse would. */
async function tabTo(page, selector, most) {
  for (let presses = 0; presses < most; presses += 1) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return true;
    await page.keyboard.press("Tab");
  }
  return false;
}

async function keyboard() {
  const areas = JSON.parse(readFileSync(join(folder, "assets/areas.js"), "utf8").replace(/^[^[]*/, "").replace(/;\s*$/, ""));
  const path = "compare-areas.html";
  const page = await open(await browser.newContext({ viewport: { width: 1200, height: 900 } }), path);
  const drawn = await page.evaluate(() => document.querySelector("figure [data-code]")?.dataset.code);
  const mine = areas.find((area) => area.code === drawn);
  if (!mine) return complain(`${path}: no chart has an organisation of the search index`);
  if (!(await tabTo(page, "#find", 30))) return complain(`${path}: the search cannot be reached by keyboard`);
  await page.keyboard.type(mine.name);
  await page.waitForSelector("#find-list [role=option]");
  await page.keyboard.press("ArrowDown");
  const active = await page.getAttribute("#find", "aria-activedescendant");
  if (!active) complain(`${path}: the arrow key does not choose an organisation`);
  await Promise.all([page.waitForURL(`**/${mine.page}`), page.keyboard.press("Enter")]);
  await page.goto(`${site.origin}/${path}`);
  await page.waitForSelector("figure .mine");
  const marked = await page.locator("figure .mine").count();
  const said = await page.textContent(".said");
  if (!said.includes(mine.name)) complain(`${path}: the choice is not said: "${said}"`);
  await page.goto(`${site.origin}/${mine.page}`);
  const former = areas.find((area) => area.also.length && area.also[0].length > 3);
  if (former) {
    if (!(await tabTo(page, "#find", 30))) return complain(`${mine.page}: the search cannot be reached by keyboard`);
    await page.fill("#find", "");
    await page.keyboard.type(former.also[0]);
    await page.waitForSelector("#find-list [role=option]");
    const texts = await page.locator("#find-list [role=option]").allTextContents();
    if (!texts.some((text) => text.includes(former.code))) complain(`"${former.also[0]}" does not find ${former.code}`);
  }
  say(`by keyboard alone: ${mine.name} found, its page opened, marked ${marked} times, a former name found`);
  await page.goto(`${site.origin}/areas.html`);
  const cells = () => page.locator("table >> nth=0 >> tbody tr th").allTextContents();
  const before = await cells();
  if (!(await tabTo(page, ".sort", 60))) return complain("areas.html: no table can be sorted by keyboard");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  const after = await cells();
  if (before.join() === after.join() || [...before].sort().join() !== [...after].sort().join()) {
    complain("areas.html: sorting does not order the rows anew");
  }
  await page.goto(`${site.origin}/compare-areas-side-by-side.html?areas=QOX`);
  const england = () => page.locator("#pick tbody tr td:last-child").allTextContents();
  const beside = await england();
  await page.locator("main table:has(tr[data-code=QOX]) .sort").first().click();
  await page.locator("#pick .picked button").click();
  await page.fill("#pick-area", "QOX");
  await page.press("#pick-area", "Enter");
  if (!beside.length || beside.join() !== (await england()).join()) complain("side by side: England is another row once the table is sorted");
  await page.goto(`${site.origin}/${mine.page}`);
  if (!(await tabTo(page, ".drawing", 60))) return complain(`${mine.page}: no chart can be reached by keyboard`);
  await page.keyboard.press("ArrowRight");
  if (!(await page.locator(".tip").isVisible())) complain(`${mine.page}: the arrow key shows no tooltip`);
  say("tables sort and tooltips open by keyboard");
}
await keyboard();

/** What readers type, and where Enter takes them; a postcode is answered with what can be searched. */
async function searches() {
  const page = await open(await browser.newContext({ viewport: { width: 1200, height: 900 } }), "index.html");
  const expected = [
    ["Bristol", "areas/icb/QUY.html"], ["BNSSG", "areas/icb/QUY.html"], ["Brisol", "areas/icb/QUY.html"],
    ["Talk Liverpool", "areas/provider/RW4.html"], ["RX4", "areas/provider/RX4.html"], ["Northumb", "areas/provider/NO204.html"],
    ["NHS Talking Therapies Leeds", "areas/provider/RY6.html"], ["iCope", "areas/provider/G6V2S.html"],
    ["Steps 2 Wellbeing", "areas/provider/RDY.html"], ["Steps to Wellbeing", "areas/provider/RDY.html"],
  ];
  for (const [typed, target] of expected) {
    await page.goto(`${site.origin}/index.html`);
    await page.fill("#find", typed);
    await page.waitForSelector("#find-list [role=option]");
    await page.press("#find", "Enter");
    try {
      await page.waitForURL(`**/${target}`, { timeout: 5000 });
    } catch {
      complain(`"${typed}" leads to ${new URL(page.url()).pathname} and not to ${target}`);
    }
  }
  await page.goto(`${site.origin}/index.html`);
  await page.fill("#find", "BS1");
  await page.press("#find", "Enter");
  await page.waitForFunction(() => document.querySelector(".said")?.textContent.includes("postcode"), null, { timeout: 5000 })
    .catch(() => complain("\"BS1\" is not answered with what can be searched"));
  say(`${expected.length} searches lead where they should`);
}
await searches();

/** An address that a page had before leads on, and takes the part of the page along. */
async function moves() {
  const page = await open(await browser.newContext(), "index.html");
  const old = files.filter((file) => /^[^/]+\.html$/.test(file) && readFileSync(join(folder, file), "utf8").includes('http-equiv="refresh"'));
  for (const file of old) {
    await page.goto(`${site.origin}/${file}#limits`).catch(() => {});
    await page.waitForURL((url) => !url.pathname.endsWith(`/${file}`), { timeout: 5000 }).catch(() => complain(`${file} does not lead on`));
    if (new URL(page.url()).hash !== "#limits") complain(`${file} loses the part of the page that was asked for`);
  }
  say(`${old.length} earlier addresses lead on`);
}
await moves();

/** The sign beside a flagged number leads to its finding, and the finding is shown where its table is folded. */
async function flags() {
  const path = "compare-areas.html";
  const page = await open(await browser.newContext(), path);
  const targets = await page.locator("a.flag").evaluateAll((signs) => signs.map((sign) => sign.getAttribute("href")));
  if (!targets.length) return complain(`${path}: no number is flagged`);
  await page.goto(`${site.origin}/${targets[0]}`);
  const finding = page.locator("tr:target");
  if (!(await finding.isVisible())) complain(`${targets[0]}: the finding is not shown`);
  say(`${targets.length} flagged numbers; the first leads to its finding`);
}
await flags();

await browser.close();
site.close();
if (problems.length) {
  console.error(`browser: ${problems.length} problems`);
  process.exit(1);
}
say("no problem");
