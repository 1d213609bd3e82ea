#!/usr/bin/env bash
# Tries docs/compose.md as it is written: the stack archives by its schedule, the production file its own way. Needs
# Docker (DOCKER_STAND_IN: images.sh), docker-compose or docker's own, Node, Go and Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/ci/tools.sh
. scripts/ci/images.sh
. scripts/ci/pages.sh

root=$PWD
page=$root/docs/compose.md
project=archiver-compose-$$
work=$(mktemp -d)
# Port 0: any that is free.
export S3_PORT=0 ARCHIVER_PORT=0 SANDBOX_DATABASES=shop=64,crm=8
if docker compose version >/dev/null 2>&1; then compose=(command docker compose); else compose=(docker-compose); fi
trap 'take_down >/dev/null 2>&1; rm -r "$work"' EXIT
take_down() {
  (cd "$work" && docker compose --file docker-compose.production.yml down --timeout 60)
  (cd "$root" && docker compose down --volumes --timeout 60)
}

# `docker compose` as the page says it, by what this machine has.
docker() {
  if [ "$1" != compose ]; then
    command docker "$@"
  elif [ "$2 $3" = '--file docker-compose.production.yml' ]; then
    # Beside the simulated services, which stand for Scalingo and the store.
    "${compose[@]}" --project-name "$project-production" --file docker-compose.production.yml --file network.yml "${@:4}"
  else
    "${compose[@]}" --project-name "$project" "${@:2}"
  fi
}

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

container() { command docker ps --quiet --all --filter "label=com.docker.compose.project=$project$2" --filter "label=com.docker.compose.service=$1"; }
logs() { command docker logs "$(container archiver '')" 2>/dev/null; }
runs_by_schedule() {
  local name
  for name in shop crm; do
    logs | grep '"event":"archive.completed"' | grep '"trigger":"schedule"' | grep -q "\"database\":\"$name\"" || return 1
  done
}
is_healthy() { [ "$(command docker inspect --format '{{.State.Health.Status}}' "$(container archiver "$1")")" = healthy ]; }

step 'try it'
# The images are there; and no person sits at this terminal.
try 'docker compose up --build' 'docker compose up --detach --no-build'
wait_for 60 'health of the archiver' is_healthy ''
wait_for 120 'an archive of each database by the schedule' runs_by_schedule
try 'docker compose exec archiver backup-archiver list' 'docker compose exec -T archiver backup-archiver list' >"$work/list"
cat "$work/list"
for name in shop crm; do grep -q "$name" "$work/list" || die "the list lacks $name"; done
try 'docker compose logs --follow archiver' 'docker compose logs archiver' >"$work/logs"
grep -q '"event":"archive.completed"' "$work/logs" || die 'the log is another'
if logs | grep -E '"event":"(run|archive|retention)\.failed"'; then die 'something failed'; fi
address=$(command docker port "$(container archiver '')" 8080/tcp)
for path in healthz readyz metrics; do
  node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1))' "http://$address/$path" || die "/$path"
done

step 'in production: settings from .env, configuration and secrets from files'
mkdir -p "$work/config"
cp config/archiver.example.yaml "$work/config"
printf 'networks:\n  default: { external: true, name: %s_default }\n' "$project" >"$work/network.yml"
# The page's placeholders, as a person would fill them in.
secret() { try "$1" "${1/$2/$3}"; }
sudo() { "$@"; }
cd "$work"
rm .env
try 'cp config/archiver.example.yaml config/archiver.yaml'
node --input-type=module - "$root" <<'JAVASCRIPT'
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const { parseDocument } = createRequire(`${process.argv[2]}/package.json`)('yaml');
const config = parseDocument(readFileSync('config/archiver.yaml', 'utf8'));
config.deleteIn(['scalingo', 'apiToken']);
config.set('databases', [{ name: 'shop', app: 'shop', id: 'ad-shop' }]);
config.setIn(['s3', 'bucket'], 'backups');
writeFileSync('config/archiver.yaml', String(config));
JAVASCRIPT
try 'mkdir -p secrets && chmod 700 secrets'
secret "printf %s 'tk-us-…' > secrets/scalingo_api_token" 'tk-us-…' tk-us-token-of-the-sandbox
secret "printf %s 'AKIA…'   > secrets/aws_access_key_id" AKIA… sandbox
secret "printf %s '…'       > secrets/aws_secret_access_key" … sandbox-secret-key
try 'sudo chown 65532 secrets/* && sudo chmod 400 secrets/*'
try 'touch .env'
cat >.env <<'SETTINGS'
ARCHIVER_IMAGE=backup-archiver
SCALINGO_AUTH_URL=http://scalingo:8001
SCALINGO_API_URL=http://scalingo:8002
DB_API_URL=http://scalingo:8003
S3_ENDPOINT=http://seaweedfs:8333
SETTINGS
production='docker compose --file docker-compose.production.yml'
try "$production run --rm archiver --print-config" "$production run --rm -T archiver --print-config" >printed
cat printed
for line in 'apiToken: "\*\*\*"' 'secretAccessKey: "\*\*\*"' 'bucket: backups' 'port: 8080' 'name: shop'; do
  grep -q "$line" printed || die "the configuration lacks $line"
done
if grep -E 'tk-us-token|sandbox-secret' printed; then die 'a secret is shown'; fi
try "$production run --rm archiver list" "$production run --rm -T archiver list" >list
grep -q shop list || die 'the bucket was not read'
try "$production up --detach"
wait_for 90 'health of the archiver in production' is_healthy -production
command docker exec "$(container archiver -production)" backup-archiver list >/dev/null
cd "$root"

step 'it goes on where it was, and ends when asked'
id=$(container archiver '')
SECONDS=0
try 'docker compose restart archiver'
printf 'ended and started anew within %d s\n' "$SECONDS"
wait_for 60 'health of the archiver after its restart' is_healthy ''
SECONDS=0
docker compose stop archiver
code=$(command docker inspect --format '{{.State.ExitCode}}' "$id")
printf 'ended with %s after %d s\n' "$code" "$SECONDS"
# 143 where it was just at work.
[ "$code" = 0 ] || [ "$code" = 143 ] || die "exit code $code"
(cd "$work" && docker compose --file docker-compose.production.yml down)
try 'docker compose down --volumes'
[ -z "$(command docker volume ls --quiet --filter "name=${project}_")" ] || die 'the volume is still there'
all_tried
