"""Prints the rules of the PrometheusRule in a rendered chart, as promtool reads them: extract-rules.py MANIFEST"""

import pathlib
import sys

import yaml

manifests = filter(None, yaml.safe_load_all(pathlib.Path(sys.argv[1]).read_text()))
(rule,) = [manifest for manifest in manifests if manifest["kind"] == "PrometheusRule"]
yaml.safe_dump(rule["spec"], sys.stdout, sort_keys=False)
