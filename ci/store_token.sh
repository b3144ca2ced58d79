#!/usr/bin/env bash
# Asks GitHub for a token that says which job this is, for a store that lets that job in (OpenID Connect), and keeps it in a
# file that no one else can read: ci/store_token.sh FILE. The store gives keys for it that end with the job.
#   STORE_AUDIENCE  whom the token is for (default: sts.amazonaws.com)
set -euo pipefail
file=${1:?the file that the token goes to}
: "${ACTIONS_ID_TOKEN_REQUEST_URL:?not in a job with the permission id-token: write}"
umask 077
curl --silent --show-error --fail --retry 3 \
  --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
  "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${STORE_AUDIENCE:-sts.amazonaws.com}" \
  | python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin)["value"])' >"$file"
