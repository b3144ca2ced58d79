#!/usr/bin/env bash
# Puts a change of the published figures on the branch `data` and opens a pull request for it, or brings the one that is open up
# to date: ci/review.sh FOLDER, with change.patch and body.md in it. A change that is there already is left alone once a pull
# request has been opened for it, also where somebody has closed that since.
#   REPOSITORY  owner/name
#   GH_TOKEN    a token that may write to contents, pull requests and actions
#   BRANCH      the branch (default: data)
set -euo pipefail
folder=$(realpath "${1:?the folder with change.patch and body.md}")
cd "${CHECKOUT:-$(dirname "$0")/..}"
branch=${BRANCH:-data}
remote=${REMOTE:-https://x-access-token:${GH_TOKEN:?}@github.com/${REPOSITORY:?owner/name}}
base=$(git rev-parse --abbrev-ref HEAD)
git switch --quiet --force-create "$branch"
git apply --index "$folder/change.patch"
git -c user.name="scheduled run" -c user.email="scheduled@users.noreply.github.com" \
  commit --quiet --message "Published figures have changed"
if git fetch --quiet --depth 1 "$remote" "$branch" 2>/dev/null && git diff --quiet FETCH_HEAD HEAD; then
  echo "review: $branch has this change already"
  proposed=$(gh pr list --repo "$REPOSITORY" --head "$branch" --state all --json headRefOid --jq '.[].headRefOid')
  ! grep --quiet --line-regexp "$(git rev-parse FETCH_HEAD)" <<<"$proposed" || exit 0
else
  git push --quiet --force "$remote" "$branch"
fi
if [ -n "$(gh pr list --repo "$REPOSITORY" --head "$branch" --state open --json number --jq '.[].number')" ]; then
  gh pr edit "$branch" --repo "$REPOSITORY" --body-file "$folder/body.md"
else
  gh pr create --repo "$REPOSITORY" --base "$base" --head "$branch" --title "Published figures have changed" --body-file "$folder/body.md"
fi
# What a job proposes starts no workflow by itself.
gh workflow run change.yml --repo "$REPOSITORY" --ref "$branch"
