#!/usr/bin/env bash
# Checks how a release is made, as far as that goes without GitHub: the workflows are linted, every shell script too,
# and `npm version` is tried in a clone. Needs Node and Go; installs the rest (tools.sh, services.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/ci/tools.sh
. scripts/ci/services.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step "tools: actionlint $ACTIONLINT, shellcheck"
have_node_modules
have_actionlint
have_debian shellcheck
have_helm

step 'actionlint, with shellcheck for what the workflows run'
actionlint -shellcheck "$(command -v shellcheck)"
sed 's/needs: checks/needs: cheks/' .github/workflows/release.yml >"$work/broken.yml"
if actionlint "$work/broken.yml" >/dev/null; then die 'the lint accepts a workflow that is wrong'; fi

step 'shellcheck'
shellcheck --severity=warning --external-sources .ci/run scripts/ci/*.sh docker/*.sh

step 'npm version: one command moves package, chart, image and changelog'
# What stands here, committed or not, in a repository of its own.
mkdir "$work/copy"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read |
  tar --extract --directory "$work/copy"
cp --archive --link node_modules "$work/copy"
export GIT_AUTHOR_NAME=ci GIT_AUTHOR_EMAIL=ci@localhost GIT_COMMITTER_NAME=ci GIT_COMMITTER_EMAIL=ci@localhost
(
  cd "$work/copy"
  # Something is always to be released here.
  sed -i 's/^## Unreleased$/&\n\n- A change./' CHANGELOG.md
  git init --quiet && git add --all && git commit --quiet --message 'As it stands'
  npm version 7.8.9 --silent
  node scripts/release/check-versions.ts v7.8.9
  node scripts/release/notes.ts 7.8.9 | grep -q 'A change' || die 'the notes lack what was unreleased'
  [ "$(git log -1 --format=%s v7.8.9)" = 7.8.9 ] || die 'no commit is tagged'
  # Others are not pushed by --follow-tags.
  [ "$(git cat-file -t v7.8.9)" = tag ] || die 'the tag is not annotated'
  helm package helm/backup-archiver --destination "$work"
  helm template archiver "$work/backup-archiver-7.8.9.tgz" --values helm/backup-archiver/ci/daemon-values.yaml |
    grep -q 'image: "ghcr.io/backup-archiver/backup-archiver:7.8.9"' || die 'the chart runs another version'
  if node scripts/release/check-versions.ts v7.8.8 2>/dev/null; then die 'a tag of another version is taken'; fi
  if npm version patch --silent 2>/dev/null; then die 'a release that brings nothing is made'; fi
  [ -z "$(git status --porcelain)" ] || die 'a refusal leaves something behind'
)
