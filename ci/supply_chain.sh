#!/usr/bin/env bash
# What this is built from: licences, sources, bans and known vulnerabilities of every dependency of every workspace
# (deny.toml), by cargo-deny; and that no crate declares a dependency that it does not use, by cargo-machete.
#   --without-advisories   where the advisory database cannot be reached; says so
set -euo pipefail
cd "$(dirname "$0")/.."
checks=(bans licenses sources)
if [ "${1:-}" = --without-advisories ]; then
  echo "supply chain: known vulnerabilities are NOT looked up (--without-advisories)" >&2
else
  checks+=(advisories)
fi
tools=$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools
# Theirs is optimised across all crates, which takes longer than all that it looks at.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1
[ -x "$tools/bin/cargo-deny" ] || cargo install --quiet --locked --root "$tools" cargo-deny@0.20.2
[ -x "$tools/bin/cargo-machete" ] || cargo install --quiet --locked --root "$tools" cargo-machete@0.9.2
"$tools/bin/cargo-machete"
# A variable first: the script goes on when a command inside <( ) fails.
manifests=$(git ls-files '*Cargo.toml' | xargs grep -l '^\[workspace\]') || { echo "supply chain: git names no workspace" >&2; exit 1; }
while read -r manifest; do
  echo "== $manifest"
  "$tools/bin/cargo-deny" --locked --manifest-path "$manifest" --all-features --config deny.toml check --hide-inclusion-graph "${checks[@]}"
done <<<"$manifests"
