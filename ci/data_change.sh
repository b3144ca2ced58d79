#!/usr/bin/env bash
# Says which published figures differ from those that are committed, as Markdown, on standard output; nothing where none
# do. This is the text of the pull request that a scheduled run opens.
#   FOLDER  the folder of the pages (default: reports/published)
set -euo pipefail
cd "${CHECKOUT:-$(dirname "$0")/..}"
folder=${FOLDER:-reports/published}
git add --intent-to-add -- "$folder"
git diff --quiet -- "$folder" && exit 0
echo "The published figures have changed."
echo
echo "| table | lines added | lines removed |"
echo "|---|---|---|"
git diff --numstat -- "$folder" | while read -r added removed path; do
  case $path in *.csv) echo "| ${path#"$folder"/} | $added | $removed |" ;; esac
done
echo
echo "First differences:"
echo
echo '```diff'
# Lines of figures only, at most forty, so that the text stays readable.
git diff --unified=0 -- "$folder/*.csv" | { grep -E '^[+-][^+-]' || true; } | awk 'NR <= 40'
echo '```'
