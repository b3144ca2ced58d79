// The script of the page that explores: node bundle.mjs makes reports/assets/explore.js from reports/explore and from the npm
// packages that package-lock.json pins by version and checksum; node bundle.mjs --check says whether the file is what they make.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = here("../../reports/assets/explore.js");
const locked = JSON.parse(readFileSync(here("package-lock.json"), "utf8")).packages;
const licences = ["hyparquet", "fzstd"].map((name) => {
  const { version, integrity, license } = locked[`node_modules/${name}`];
  const text = readFileSync(here(`node_modules/${name}/LICENSE`), "utf8").trim();
  return `${name} ${version} (${license}), ${integrity}\n\n${text}`;
});
// Encodings, codecs and types that our files do not have: a file with one of them is an error.
const unused = {
  name: "unused",
  setup({ onLoad }) {
    onLoad({ filter: /hyparquet\/src\/(alp|delta|geoparquet|snappy|wkb)\.js$/ }, ({ path }) => {
      const names = [...readFileSync(path, "utf8").matchAll(/export (?:async )?function (\w+)/g)].map((match) => match[1]);
      return { contents: names.map((name) => `export const ${name} = () => { throw new Error("${name} is not in this script"); };`).join("\n") };
    });
  },
};
const made = await build({
  entryPoints: [here("../../reports/explore/explore.js")],
  nodePaths: [here("node_modules")],
  plugins: [unused],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: "es2021",
  legalComments: "none",
  banner: { js: `/*\nMade by ci/browser/bundle.mjs from reports/explore, with these packages; not edited by hand.\n\n${licences.join("\n\n")}\n*/` },
});
const bytes = Buffer.from(made.outputFiles[0].contents);
const sha256 = createHash("sha256").update(bytes).digest("hex");
if (process.argv.includes("--check")) {
  if (!readFileSync(target).equals(bytes)) {
    console.error(`browser: reports/assets/explore.js is not what its sources make (sha256 ${sha256}): node ci/browser/bundle.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(target, bytes);
}
console.log(`browser: reports/assets/explore.js, ${bytes.length} bytes, sha256 ${sha256}`);
