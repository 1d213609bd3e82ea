#!/usr/bin/env bash
# Tries docs/scalingo.md as it is written, with the platform's part played here: an application is what was committed,
# installed and built as Scalingo's Node.js buildpack does, on the newest Node that `engines` allows; a container is a
# process with nothing but the application's environment. Needs Node and npm.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/ci/tools.sh
. scripts/ci/services.sh
. scripts/ci/pages.sh

NODE=26
page=$PWD/docs/scalingo.md
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT

step "tools: Node $NODE"
have_node_modules
have_node "$NODE"

step 'a simulated Scalingo and a store'
node test/support/page-servers.ts "$work/servers" &
wait_for_line() { # wait_for_line FILE REGEX
  local until=$((SECONDS + 60))
  until grep -q "$2" "$1" 2>/dev/null; do
    [ "$SECONDS" -lt "$until" ] || { tail -n 20 "$1"; die "no $2 in $1"; }
    sleep 0.2
  done
}
wait_for_line "$work/servers" .
value() { sed -n "s/^$1=//p" "$work/servers"; }

# --- the platform ------------------------------------------------------------------------------------------------

scalingo() {
  if [ "$1" = --app ]; then
    [ "$2" = my-archiver ] || die "there is no application $2"
    shift 2
  fi
  local what=$1
  shift
  case $what in
    create | env-set | run | logs) "platform_${what/-/_}" "$@" ;;
    scale) scale "${1%%:*}" "${1#*:}" ;;
    *) die "scalingo $what" ;;
  esac
}
git() { if [ "$*" = 'push scalingo main' ]; then deploy; else command git "$@"; fi; }

platform_create() { : >"$work/env"; }
platform_env_set() { printf '%s\n' "$@" >>"$work/env"; }
platform_logs() { wait_for_line "$work/worker.log" '"event":"archive.completed"'; }
platform_run() {
  if [ "$1" = --detached ]; then shift; fi
  (container "$1")
}
# Takes the place of this shell. What leads to the simulated services, which are quick, comes beside what the page sets.
container() {
  local environment
  mapfile -t environment < <(cat "$work/env"; grep -E '_URL|ENDPOINT' "$work/servers"; echo BACKUP_POLL_INTERVAL=500ms)
  cd "$work/deployed"
  exec env -i PATH="$TOOLS/node-$NODE/bin:/usr/bin:/bin" HOME="$work/deployed" NODE_ENV=production "${environment[@]}" bash -c "$1"
}
deploy() {
  grep -q '^web 0:S$' "$work/scaled" || die 'without a web container a deployment fails unless web is scaled to 0'
  rm -rf "$work/deployed"
  command git clone --quiet . "$work/deployed"
  (
    cd "$work/deployed"
    export PATH=$TOOLS/node-$NODE/bin:/usr/bin:/bin
    npm ci --no-audit --no-fund --loglevel=error
    npm run --silent build
    npm prune --omit=dev --no-audit --no-fund --loglevel=error
  )
}
scale() {
  printf '%s\n' "$1 $2" >>"$work/scaled"
  [ "$1" = worker ] || return 0
  local command
  command=$(sed -n 's/^worker: //p' "$work/deployed/Procfile")
  # The night is not waited for here.
  platform_env_set SCHEDULE_RUN_ON_START=true
  container "exec $command" >"$work/worker.log" 2>&1 &
  worker=$!
}

# --- the page ----------------------------------------------------------------------------------------------------

step 'an application of its own'
mkdir "$work/checkout"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read |
  tar --extract --directory "$work/checkout"
cd "$work/checkout"
export GIT_AUTHOR_NAME=ci GIT_AUTHOR_EMAIL=ci@localhost GIT_COMMITTER_NAME=ci GIT_COMMITTER_EMAIL=ci@localhost
git init --quiet --initial-branch main && git add --all && git commit --quiet --message 'The repository'
try 'scalingo create my-archiver'
try 'scalingo --app my-archiver scale web:0:S'
try "echo 'worker: node --max-semi-space-size=1 bin/backup-archiver.mjs daemon' > Procfile"
try "git add Procfile && git commit --message 'Run the daemon as a worker'"

step 'its environment'
settings=$(page_commands "$page" | grep 'env-set')
filled=$settings
for name in SCALINGO_API_TOKEN DATABASE_ID AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
  filled=$(sed "s|$name='[^']*…'|$name='$(value "$name")'|" <<<"$filled")
done
case $filled in *…*) die "a placeholder is left: $filled" ;; esac
try "$settings" "$filled"

step 'deployed, looked at, started'
try 'git push scalingo main'
try "scalingo --app my-archiver run 'node bin/backup-archiver.mjs list'" "scalingo --app my-archiver run 'node bin/backup-archiver.mjs list' >list"
try 'scalingo --app my-archiver scale worker:1:S'
try 'scalingo --app my-archiver logs --follow'

step 'a run by hand, and by the scheduler'
by_hand="scalingo --app my-archiver run --detached 'node --max-semi-space-size=1 bin/backup-archiver.mjs run'"
try "$by_hand" "$by_hand >by-hand.log"
page_block "$page" json jobs >cron.json
scheduled=$(node -p 'const [job] = JSON.parse(require("fs").readFileSync("cron.json", "utf8")).jobs; job.command.split(" ").slice(5).join(" ")')
(container "$scheduled") >scheduled.log
for log in by-hand.log scheduled.log; do
  grep -q '"event":"archive.completed"' "$log" || { cat "$log"; die "$log: nothing was archived"; }
done
scalingo --app my-archiver run 'node bin/backup-archiver.mjs list' >list
cat list
grep -q '^shop ' list || die 'the list is empty'

step 'the container is replaced'
kill -TERM "$worker"
code=0
wait "$worker" || code=$?
[ "$code" = 0 ] || die "exit code $code"
grep -q '"event":"shutdown.completed"' "$work/worker.log" || die 'the shutdown was not completed'
all_tried
