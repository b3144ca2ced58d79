#!/usr/bin/env bash
# GitHub switches schedules off after 60 days without a commit. Enabling them anew begins the days again, and needs no commit,
# so a protected main branch does not stop it.
#   REPOSITORY  owner/name
#   GH_TOKEN    a token that may write to actions
set -euo pipefail
# Every workflow that has a schedule.
for workflow in scheduled.yml weekly.yml; do
  gh api --silent --method PUT "repos/${REPOSITORY:?owner/name}/actions/workflows/$workflow/enable"
  echo "heartbeat: $workflow is enabled"
done
