#!/usr/bin/env bash
# Mutants of what decides: of one folder a day, because all of them take too long beside the other steps.
set -euo pipefail
cd "$(dirname "$0")/../.."
areas=(
  'src/retention/**/*.ts'
  'src/run/choose-work.ts,src/run/lease/*.ts,src/run/transfer/resume-upload.ts,src/run/transfer/discard-hopeless.ts'
  'src/integrity/**/*.ts'
  'src/model/**/*.ts'
)
area=${areas[$(($(date +%s) / 86400 % ${#areas[@]}))]}
echo "figure: mutants of $area"
npm exec --no -- stryker run --mutate "$area"
