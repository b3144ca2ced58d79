#!/usr/bin/env bash
# Says which published figures differ from those that are committed, as Markdown, on standard output; nothing where none
# do. This is the text of the pull request that a scheduled run opens. Whether there is a change git says, not this text.
#   FOLDER  the folder of the pages (default: reports/published)
set -euo pipefail
shopt -s inherit_errexit
cd "${CHECKOUT:-$(dirname "$0")/..}"
folder=${FOLDER:-reports/published}
git add --intent-to-add -- "$folder"
git diff --quiet -- "$folder" && exit 0
# Lines of figures only, at most forty, so that the text stays readable; of pages where no table differs.
lines() { git diff --unified=0 -- "$folder/*.$1" | { grep -E '^[+-][^+-]' || true; } | cut -c1-300 | awk 'NR <= 40'; }
body() {
  echo "The published figures have changed."
  echo
  echo "| file | lines added | lines removed |"
  echo "|---|---|---|"
  git diff --numstat -- "$folder" | while read -r added removed path; do
    case $path in *.csv | *.md) echo "| ${path#"$folder"/} | $added | $removed |" ;; esac
  done
  echo
  echo "First differences:"
  echo
  first=$(lines csv)
  [ -n "$first" ] || first=$(lines md)
  # Longer than any fence among the lines.
  echo '``````diff'
  echo "$first"
  echo '``````'
}
text=$(body)
# A pull request takes 65,536 characters.
printf '%s\n' "${text:0:60000}"
