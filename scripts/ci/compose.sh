#!/usr/bin/env bash
# Brings the Compose stack up and waits until it archives by its schedule. Needs Docker (DOCKER_STAND_IN: images.sh),
# docker-compose or docker's own, Node, Go and Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/ci/tools.sh
. scripts/ci/images.sh

project=archiver-compose-$$
work=$(mktemp -d)
# Port 0: any that is free.
export S3_PORT=0 ARCHIVER_PORT=0 SANDBOX_DATABASES=shop=64,crm=8
if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
compose+=(--project-name "$project")
trap '"${compose[@]}" down --volumes --timeout 60 >/dev/null 2>&1; rm -r "$work"' EXIT

step "both files are valid for today's Compose (compose-go $COMPOSE_GO)"
have_compose_go
for file in docker-compose.yml docker-compose.production.yml; do
  cp "$file" "$work/"
  : >"$work/.env"
  compose-go "$work/$file" >"$work/resolved" || die "$file"
  printf '%s is valid\n' "$file"
done
sed 's/stop_grace_period/stop_grace_peroid/' docker-compose.yml >"$work/broken.yml"
if compose-go "$work/broken.yml" >/dev/null 2>&1; then die 'the validation accepts a file that is wrong'; fi

step 'images'
have_node_modules
have_engine
have_images

step 'the production file: settings from .env, configuration and secrets from files'
(
  cd "$work"
  cp "$OLDPWD/docker-compose.production.yml" .
  mkdir -p config secrets
  printf 'databases:\n  - { name: shop, app: shop-production, id: ad-1 }\n' >config/archiver.yaml
  printf 'S3_BUCKET=offsite-backups\nS3_REGION=eu-west-3\n' >.env
  for name in scalingo_api_token aws_access_key_id aws_secret_access_key; do printf 'tk-us-%s' "$name" >"secrets/$name"; done
  chown -R 65532 secrets && chmod 400 secrets/*
  chmod 755 .
  ARCHIVER_IMAGE=backup-archiver "${compose[@]}" --file docker-compose.production.yml run --rm -T archiver --print-config |
    tee printed
  for line in 'apiToken: "\*\*\*"' 'secretAccessKey: "\*\*\*"' 'bucket: offsite-backups' 'port: 8080' 'name: shop'; do
    grep -q "$line" printed || die "the configuration lacks $line"
  done
  ARCHIVER_IMAGE=backup-archiver "${compose[@]}" --file docker-compose.production.yml down
)

container() { "${compose[@]}" ps --quiet "$1"; }
logs() { docker logs "$(container archiver)" 2>/dev/null; }
runs_by_schedule() {
  local name
  for name in shop crm; do
    logs | grep '"event":"archive.completed"' | grep '"trigger":"schedule"' | grep -q "\"database\":\"$name\"" || return 1
  done
}
is_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$(container archiver)")" = healthy ]; }

step 'docker compose up'
"${compose[@]}" up --detach --no-build
wait_for 60 'health of the archiver' is_healthy
wait_for 120 'an archive of each database by the schedule' runs_by_schedule

step 'what lies in the bucket'
docker exec "$(container archiver)" backup-archiver list
if logs | grep -E '"event":"(run|archive|retention)\.failed"'; then die 'something failed'; fi

step 'docker compose stop'
id=$(container archiver)
SECONDS=0
"${compose[@]}" stop archiver
code=$(docker inspect --format '{{.State.ExitCode}}' "$id")
printf 'ended with %s after %d s\n' "$code" "$SECONDS"
# 143 where it was just at work.
[ "$code" = 0 ] || [ "$code" = 143 ] || die "exit code $code"
