"""Prints the dashboard's queries as rules, so that promtool can check them: dashboard-rules.py DASHBOARD"""

import json
import pathlib
import sys

import yaml

VARIABLES = {"$job": ".*", "$database": ".*", "$__rate_interval": "5m"}

panels = json.loads(pathlib.Path(sys.argv[1]).read_text())["panels"]
rules = []
for panel in panels:
    for target in panel["targets"]:
        query = target["expr"]
        for name, value in VARIABLES.items():
            query = query.replace(name, value)
        rules.append({"record": f"dashboard:panel{panel['id']}", "expr": query})
yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout, sort_keys=False)
