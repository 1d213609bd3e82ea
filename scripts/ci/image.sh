#!/usr/bin/env bash
# Builds the image and runs it as a cluster would: without root, without a writable file system, without
# capabilities, in 256 MiB. Needs Docker (DOCKER_STAND_IN: images.sh), Node and Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/ci/tools.sh
. scripts/ci/images.sh

LARGEST_IMAGE=$((200 * 1000 * 1000))
GRACE=60
export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox-secret-key
net=archiver-image-$$
log=$(mktemp -d)
trap 'docker rm --force --volumes "$net-store" "$net-scalingo" "$net-run" >/dev/null 2>&1; docker network rm "$net" >/dev/null 2>&1; rm -r "$log"' EXIT

step "hadolint, every finding an error"
have_node_modules
have_python_tools
hadolint --config .hadolint.yaml Dockerfile test/image/seaweedfs.Dockerfile

step 'build'
have_engine
have_images

of_image() { docker image inspect --format "$1" backup-archiver; }
step 'the image: numeric user, exec-form entry point, labels, size'
user=$(of_image '{{.Config.User}}')
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || die "the user is $user"
entrypoint=$(of_image '{{json .Config.Entrypoint}}')
[[ $entrypoint == '["/usr/local/bin/node",'* ]] || die "the entry point is $entrypoint"
for label in title description licenses version revision created; do
  [ -n "$(of_image "{{index .Config.Labels \"org.opencontainers.image.$label\"}}")" ] || die "no label $label"
done
[ "$(of_image '{{index .Config.Labels "org.opencontainers.image.version"}}')" = "$(node -p 'require("./package.json").version')" ] ||
  die 'the label has another version'
size=$(of_image '{{.Size}}')
printf 'figure: the image has %d MB\n' $((size / 1000000))
printf 'user %s, entry point %s\n' "$user" "$entrypoint"
[ "$size" -le "$LARGEST_IMAGE" ] || die "the image has $size bytes"

# As the chart runs it.
confined=(--read-only --cap-drop ALL --security-opt no-new-privileges --memory 256m --memory-swap 256m)

step 'it starts, and says its version, in both ways'
version=$(node -p 'require("./package.json").version')
[ "$(docker run --rm "${confined[@]}" --network none backup-archiver --version)" = "$version" ] || die 'version'
[ "$(docker run --rm "${confined[@]}" --network none --entrypoint backup-archiver backup-archiver --version)" = "$version" ] ||
  die 'version of the command inside'

step 'a simulated Scalingo and SeaweedFS'
docker network create "$net" >/dev/null
docker run --detach --name "$net-scalingo" --network "$net" --network-alias scalingo "${confined[@]}" \
  --env SCALINGO_API_TOKEN=tk-us-token-of-the-sandbox --env SANDBOX_HOST=scalingo \
  --env SANDBOX_DATABASES=whole=2048,cut=2048@20 backup-archiver-sandbox >/dev/null
docker run --detach --name "$net-store" --network "$net" --network-alias seaweedfs --publish 127.0.0.1::8333 \
  --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --entrypoint weed "chrislusf/seaweedfs:$SEAWEEDFS" \
  server -dir=/data -ip=seaweedfs -ip.bind=0.0.0.0 -s3 -master.volumeSizeLimitMB=1024 -volume.max=100 >/dev/null
wait_for 60 'SeaweedFS' docker exec "$net-store" wget -q -O /dev/null http://127.0.0.1:8333/healthz
docker exec "$net-store" sh -c "echo 's3.bucket.create -name backups' | weed shell -master=seaweedfs:9333 -filer=seaweedfs:8888" >/dev/null 2>&1

# Starts the archiver for one database, and leaves it running: start NAME
start() {
  docker rm --force "$net-run" >/dev/null 2>&1 || true
  docker run --detach --name "$net-run" --network "$net" "${confined[@]}" \
    --env SCALINGO_API_TOKEN=tk-us-token-of-the-sandbox --env SCALINGO_AUTH_URL=http://scalingo:8001 \
    --env SCALINGO_API_URL=http://scalingo:8002 --env DB_API_URL=http://scalingo:8003 \
    --env DATABASE_NAME="$1" --env SCALINGO_APP="$1" --env DATABASE_ID="ad-$1" --env BACKUP_POLL_INTERVAL=500ms \
    --env S3_ENDPOINT=http://seaweedfs:8333 --env S3_BUCKET=backups --env AWS_ACCESS_KEY_ID \
    --env AWS_SECRET_ACCESS_KEY backup-archiver run >/dev/null
}
# Waits for it; its exit code is printed, its log goes to $log/WHAT: finish WHAT
finish() {
  docker wait "$net-run"
  docker logs "$net-run" >"$log/$1" 2>&1
  [ "$(docker inspect --format '{{.State.OOMKilled}}' "$net-run")" = false ] || die "$1: out of memory"
}
said() { docker logs "$net-run" 2>&1 | grep -q "\"event\":\"$1\""; }
count() { grep -c "\"event\":\"$2\"" "$log/$1" || true; }

step 'archives 2 GiB in 256 MiB of memory'
start whole
SECONDS=0
code=$(finish whole)
[ "$code" = 0 ] || { tail -n 5 "$log/whole"; die "exit code $code"; }
printf 'figure: 2 GiB in a container of 256 MiB take %d s\n' "$SECONDS"

step "SIGTERM in the middle of a copy: it ends within $GRACE s, and the next start finishes the job"
start cut
wait_for 60 'progress of the copy' said archive.progress
SECONDS=0
docker stop --time "$GRACE" "$net-run" >/dev/null
code=$(finish first)
printf 'figure: SIGTERM in the middle of a copy: ended with %s after %d s\n' "$code" "$SECONDS"
[ "$code" = 143 ] || { tail -n 5 "$log/first"; die "exit code $code, wanted 143"; }
[ "$(count first shutdown.completed)" = 1 ] || die 'the shutdown was not completed'
start cut
code=$(finish second)
[ "$code" = 0 ] || { tail -n 5 "$log/second"; die "exit code $code"; }
created=$(($(count first backup.created) + $(count second backup.created)))
[ "$created" = 1 ] || die "$created backups were created"
[ "$(count second archive.resumed)" -ge 1 ] || die 'the second start began from scratch'

step 'the bucket holds what was sent, byte for byte'
port=$(docker port "$net-store" 8333/tcp | head -n 1 | sed 's/.*://')
node test/image/compare-archives.ts "http://127.0.0.1:$port" backups whole=2048 cut=2048

step "the image with the databases' clients"
have_base node:24-trixie-slim
docker build --quiet --network host --tag backup-archiver-tools --target tools --build-arg VERSION="$version" .
in_tools() { docker run --rm "${confined[@]}" --network none "$@"; }
[ "$(in_tools backup-archiver-tools --version)" = "$version" ] || die 'version'
for client in psql pg_restore mariadb; do
  in_tools --entrypoint "$client" backup-archiver-tools --version
done
user=$(docker image inspect --format '{{.Config.User}}' backup-archiver-tools)
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || die "the user is $user"
printf 'figure: the image with the clients has %d MB\n' $(($(docker image inspect --format '{{.Size}}' backup-archiver-tools) / 1000000))
