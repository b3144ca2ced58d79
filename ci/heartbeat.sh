#!/usr/bin/env bash
# GitHub switches a schedule off after 60 days without a commit. Enabling it anew begins the days again, and needs no commit,
# so a protected main branch does not stop it.
#   REPOSITORY  owner/name
#   WORKFLOW    the file of the workflow (default: scheduled.yml)
#   GH_TOKEN    a token that may write to actions
set -euo pipefail
gh api --silent --method PUT "repos/${REPOSITORY:?owner/name}/actions/workflows/${WORKFLOW:-scheduled.yml}/enable"
echo "heartbeat: ${WORKFLOW:-scheduled.yml} is enabled"
