# shellcheck shell=bash
# The engine and the images of the checks here. Sourced, after tools.sh.

# A program that brings a Docker engine and an image of the name that it is given, where none can be pulled.
DOCKER_STAND_IN=${DOCKER_STAND_IN:-../shared/tools/local-docker.sh}

have_engine() {
  have_base node:24-bookworm-slim
  docker version --format 'Docker Engine {{.Server.Version}}'
}

# have_base NAME:TAG
have_base() {
  local base=$1
  if ! docker image inspect "$base" >/dev/null 2>&1; then
    if [ -x "$DOCKER_STAND_IN" ]; then
      # It takes the machine's own npm along, and must not find the project's Node before it. The engine outlives this
      # run, and must not depend on a folder that ends with it.
      env -u TMPDIR PATH="${PATH//"$PWD/node_modules/.bin:"/}" "$DOCKER_STAND_IN" "$base" >&2
    else
      docker pull --quiet "$base" >&2
    fi
  fi
}

# The two images of the Dockerfile, and SeaweedFS: pulled, or its stand-in under the same name.
have_images() {
  docker build --quiet --network host --tag backup-archiver \
    --build-arg VERSION="$(node -p 'require("./package.json").version')" \
    --build-arg REVISION="$(git rev-parse HEAD)" --build-arg CREATED="$(date -u +%Y-%m-%dT%H:%M:%SZ)" .
  docker build --quiet --network host --tag backup-archiver-sandbox --target sandbox .
  local store=chrislusf/seaweedfs:$SEAWEEDFS
  docker image inspect "$store" >/dev/null 2>&1 || docker pull --quiet "$store" 2>/dev/null || stand_in_for_seaweedfs "$store"
}

stand_in_for_seaweedfs() {
  have_weed
  local context
  context=$(mktemp -d)
  cp "$TOOLS/bin/weed" "$context/weed"
  cp test/image/seaweedfs.Dockerfile "$context/Dockerfile"
  docker build --quiet --network host --tag "$1" "$context"
  rm -r "$context"
}

# Waits until a command succeeds: wait_for SECONDS WHAT COMMAND…
wait_for() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || die "$what did not come about in time"
    sleep 0.5
  done
}
