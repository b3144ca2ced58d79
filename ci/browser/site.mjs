// The built site as the checks see it: its files, a server for them, and the pages that stand for all others.
import { createServer } from "node:http";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize, relative, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
  ".csv": "text/csv", ".json": "application/json", ".xml": "application/xml", ".parquet": "application/octet-stream",
};

/** Every file below a folder, relative to it, with forward slashes. */
export function filesOf(folder) {
  const files = [];
  const walk = (at) => {
    for (const name of readdirSync(at).sort()) {
      const path = join(at, name);
      if (statSync(path).isDirectory()) walk(path);
      else files.push(relative(folder, path).split(sep).join("/"));
    }
  };
  walk(folder);
  return files;
}

/** Serves a folder on loopback; gives back its origin and a function that stops it. */
export function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://site").pathname)).replace(/^[/\\]+/, "");
    try {
      const bytes = readFileSync(join(folder, path || "index.html"));
      response.writeHead(200, { "content-type": TYPES[extname(path) || ".html"] ?? "application/octet-stream" });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => server.close(),
  })));
}

/** One page of every type: all at the root, and on each level the longest and the shortest page of an organisation. */
export function pageTypes(folder, files) {
  // A page that has moved leads on before anything could be said of it.
  const leadsOn = (file) => readFileSync(join(folder, file), "utf8").includes('http-equiv="refresh"');
  const pages = files.filter((file) => /^[^/]+\.html$/.test(file) && !leadsOn(file));
  const levels = new Map();
  for (const file of files.filter((file) => /^areas\/.*\.html$/.test(file))) {
    const level = file.split("/")[1];
    levels.set(level, [...(levels.get(level) ?? []), [statSync(join(folder, file)).size, file]]);
  }
  for (const sized of levels.values()) {
    sized.sort((left, right) => left[0] - right[0]);
    pages.push(...new Set([sized[0][1], sized[sized.length - 1][1]]));
  }
  return pages;
}
