#!/usr/bin/env bash
# Whole months of archivers, by the seed of the day: test/simulation.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm run simulate -- --nights 100000 --budget 150s
