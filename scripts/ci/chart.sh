#!/usr/bin/env bash
# Checks the Helm chart; needs Node, Go and Python, and installs the rest (tools.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/ci/tools.sh
chart=helm/backup-archiver
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step "tools: helm $HELM, helm-unittest $HELM_UNITTEST, promtool, $PYTHON_TOOLS"
have_node_modules
have_helm
have_helm_unittest
have_pod_security
have_promtool
have_python_tools
helm version --short

step 'the schema of the values and the README follow from values.yaml and the program'
node scripts/chart/generate.ts --check

step 'helm lint --strict, with the default values and every example'
helm lint --strict "$chart" --quiet
for values in "$chart"/ci/*-values.yaml; do
  helm lint --strict "$chart" --quiet --values "$values"
  name=$(basename "$values" -values.yaml)
  helm template archiver "$chart" --namespace backups --values "$values" >"$work/$name.yaml"
done

step 'helm-unittest'
helm-unittest --strict --file 'tests/*_test.yaml' "$chart"

step 'the program reads what the chart renders'
HELM=$(command -v helm) vitest run --config test/helm/vitest.config.ts

step "manifests against the schemas of Kubernetes, and of the Prometheus operator $PROMETHEUS_OPERATOR"
crds=$(module github.com/prometheus-operator/prometheus-operator "$PROMETHEUS_OPERATOR")/example/prometheus-operator-crd
python scripts/ci/validate-manifests.py "$crds" "$work"/*.yaml
sed 's/concurrencyPolicy:/concurencyPolicy:/' "$work/cronjob-all.yaml" >"$work/broken"
if python scripts/ci/validate-manifests.py "$crds" "$work/broken" 2>/dev/null; then
  die 'the validation accepts a manifest that is wrong'
fi

step 'Pod Security "restricted", judged by Kubernetes itself'
pod-security "$work"/*.yaml
sed 's/allowPrivilegeEscalation: false/allowPrivilegeEscalation: true/' "$work/daemon.yaml" >"$work/broken"
if pod-security "$work/broken" 2>/dev/null; then die 'a pod that is not restricted is accepted'; fi

step 'checkov: with every value set nothing is skipped, elsewhere what .checkov.yaml explains'
checkov --framework kubernetes --skip-download --quiet --compact --file "$work/daemon-full.yaml"
checkov --config-file .checkov.yaml --file "$work"/*.yaml

step 'promtool: the alerts, and the queries of the dashboard'
mkdir "$work/rules"
for pair in daemon:daemon-full cronjob:cronjob-all per-database:cronjob-per-database; do
  python scripts/ci/extract-rules.py "$work/${pair#*:}.yaml" >"$work/rules/${pair%%:*}.rules.yaml"
done
python scripts/ci/dashboard-rules.py "$chart/files/dashboard.json" >"$work/rules/dashboard.rules.yaml"
cp test/helm/rules/*.test.yaml "$work/rules"
promtool check rules "$work"/rules/*.rules.yaml
promtool test rules "$work"/rules/*.test.yaml
