// What can be said of the pages without a browser: links and anchors resolve, sizes hold, the HTML is valid.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { gzipSync } from "node:zlib";
import { HtmlValidate, FileSystemConfigLoader } from "html-validate";

const PAGE_LIMIT = 250_000;
const INDEX_LIMIT = 100_000;
const COMPARE_RAW_LIMIT = 400_000;

const unescape = (text) => text.replace(/&amp;/g, "&").replace(/&quot;/g, '"')
  .replace(/&#x27;/g, "'").replace(/&lt;/g, "<").replace(/&gt;/g, ">");

/** Links that lead nowhere, in every page of the site. */
export function links(folder, files, complain) {
  const known = new Set(files);
  const pages = files.filter((file) => file.endsWith(".html"));
  const texts = new Map(pages.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
  const anchors = new Map([...texts].map(([file, text]) => {
    const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map((match) => unescape(match[1]));
    for (const id of ids.filter((id, index) => ids.indexOf(id) !== index)) complain(`${file}: the id "${id}" stands twice`);
    return [file, new Set(ids)];
  }));
  let count = 0;
  for (const [file, text] of texts) {
    for (const [, written] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      const target = unescape(written);
      if (/^(https?:|data:|mailto:)/.test(target)) continue;
      count += 1;
      const [path, anchor] = target.replace(/\?[^#]*/, "").split("#");
      const found = path ? posix.normalize(posix.join(posix.dirname(file), decodeURI(path))) : file;
      if (!known.has(found)) complain(`${file}: ${target} is not there`);
      else if (anchor && !anchors.get(found)?.has(decodeURIComponent(anchor))) complain(`${file}: ${target} has no such anchor`);
    }
  }
  return count;
}

/** Pages that are too large, compressed; those that compare areas also as they are. */
export function sizes(folder, files, complain) {
  let largest = [0, ""];
  for (const file of files.filter((file) => file.endsWith(".html"))) {
    const page = readFileSync(join(folder, file));
    if (file.startsWith("compare-areas") && page.length > COMPARE_RAW_LIMIT) {
      complain(`${file}: ${page.length} bytes of HTML, the limit is ${COMPARE_RAW_LIMIT}`);
    }
    const bytes = gzipSync(page).length;
    const limit = file === "index.html" ? INDEX_LIMIT : PAGE_LIMIT;
    if (bytes > limit) complain(`${file}: ${bytes} bytes compressed, the limit is ${limit}`);
    if (bytes > largest[0]) largest = [bytes, file];
  }
  return largest;
}

/** HTML that is not valid. */
export async function validate(folder, pages, complain) {
  const config = JSON.parse(readFileSync(new URL("htmlvalidate.json", import.meta.url), "utf8"));
  const validator = new HtmlValidate(new FileSystemConfigLoader(config));
  for (const file of pages) {
    const report = await validator.validateString(readFileSync(join(folder, file), "utf8"), config);
    for (const message of report.results.flatMap((result) => result.messages).slice(0, 20)) {
      complain(`${file}:${message.line}:${message.column}: ${message.message} (${message.ruleId})`);
    }
  }
}
