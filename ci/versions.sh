#!/usr/bin/env bash
# The Rust version that is promised (`rust-version`) is the one that everything here is built and tested with
# (rust-toolchain.toml), in every workspace: so a build that passes is the proof of the promise.
set -euo pipefail
cd "$(dirname "$0")/.."
built=$(sed -n 's/^channel = "\([0-9]*\.[0-9]*\).*"/\1/p' rust-toolchain.toml)
failed=0
complain() { echo "versions: $*" >&2; failed=1; }
rustc --version | grep -q "^rustc $built\." || complain "rustc is $(rustc --version), rust-toolchain.toml says $built"
# A variable first: the script goes on when a command inside <( ) fails.
manifests=$(git ls-files '*Cargo.toml' | xargs grep -l '^\[workspace\]') || { complain "git names no workspace"; exit 1; }
while read -r manifest; do
  promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$manifest")
  [ "$promised" = "$built" ] || complain "$manifest promises ${promised:-nothing}; write: rust-version = \"$built\""
  # Without the line that every package of the workspace inherits from, a package promises by itself.
done <<<"$manifests"
grep -q "Rust $built" README.md || complain "README.md does not say: Rust $built"
# `-H` names the file; that nothing is found is what is wanted.
loose=$(grep -HnE 'cargo (build|run|test|bench|install|clippy|doc)\b' ci/*.sh Makefile | grep -vE -- '--locked|echo|:[0-9]+: *#' || true)
[ -z "$loose" ] || complain "no --locked:
$loose"
exit "$failed"
