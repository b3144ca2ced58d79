#!/usr/bin/env bash
# A release: ci/release.sh [FOLDER]. An archive with the program, which needs nothing else, the pages of its manual, completions,
# licences and a bill of materials (CycloneDX) with the checksum of every crate in it; a Python wheel that carries the same
# program; and SHA256SUMS over all.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
host=$(rustc -vV | sed -n 's/^host: //p')
name=iapt-$version-$host
out=$(realpath -m "${1:-target/release-files}")
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/tools
[ -x "$tools/bin/cargo-cyclonedx" ] || cargo install --quiet --locked --root "$tools" cargo-cyclonedx@0.5.9
cargo build --locked --release -p iapt
rm -rf "$out" && mkdir -p "$out/$name"
strip -o "$out/$name/iapt" "$target/release/iapt"
"$out/$name/iapt" manual "$out/$name/manual"
cp README.md CHANGELOG.md CITATION.cff LICENSE LICENSE-APACHE LICENSE-MIT "$out/$name/"
# One moment for everything, that of the commit: the same commit and toolchain give the same bytes.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
"$tools/bin/cargo-cyclonedx" cyclonedx --manifest-path crates/iapt/Cargo.toml --format json --spec-version 1.5 \
  --target "$host" --override-filename sbom
mv crates/iapt/sbom.json "$out/$name/sbom.cdx.json"
find crates -name sbom.json -delete
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$out" -czf "$out/$name.tar.gz" "$name"
cp "$out/$name/sbom.cdx.json" "$out/$name.sbom.cdx.json"
ci/wheel.py "$out/$name/iapt" "$out"
(cd "$out" && sha256sum ./*.tar.gz ./*.whl "$name.sbom.cdx.json" "$name/iapt" > SHA256SUMS && cat SHA256SUMS)
# What somebody gets who unpacks the one or installs the other.
tried=$(mktemp -d)
trap 'rm -rf "$tried"' EXIT
tar -C "$tried" -xzf "$out/$name.tar.gz"
ci/released.sh "$tried/$name/iapt"
python3 -m venv "$tried/venv"
"$tried/venv/bin/pip" install --quiet --no-index "$out"/*.whl
cmp "$tried/venv/bin/iapt" "$tried/$name/iapt" && ls -l "$out"
