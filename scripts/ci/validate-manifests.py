"""Checks rendered manifests against the schemas of the last four Kubernetes versions, and objects of the
Prometheus operator against its own definitions; unknown keys are errors.

    validate-manifests.py CRD_FOLDER MANIFEST…

The Kubernetes schemas are those of the package kubernetes-validate: its newest version and the three before.
"""

import pathlib
import re
import sys

import jsonschema
import kubernetes_validate
import yaml

# YAML 1.1 has a type for a bare "=", which an enum of the CRDs holds; PyYAML cannot make one.
yaml.SafeLoader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


def last_versions(count):
    folder = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    found = {m[1] for p in folder.iterdir() if (m := re.match(r"v(\d+\.\d+)\.", p.name))}
    return sorted(found, key=lambda v: [int(n) for n in v.split(".")])[-count:]


def strict(schema):
    """The schema of a CRD, refusing what it does not name."""
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) if isinstance(value, dict) else value for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
        result["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    named = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if named and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        result["additionalProperties"] = False
    return result


def definitions(folder):
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        crd = yaml.safe_load(path.read_text())
        for version in crd["spec"]["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            found[f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]] = schema
    return found


def problems_of(manifest, versions, crds):
    kind = (manifest["apiVersion"], manifest["kind"])
    if kind in crds:
        validator = jsonschema.Draft7Validator(crds[kind])
        return [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(manifest)]
    problems = []
    for version in versions:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError as error:
            problems.append(f"Kubernetes {version}: {error.message}")
    return problems


def main(crd_folder, paths):
    versions, crds = last_versions(4), definitions(crd_folder)
    count = failed = 0
    for path in paths:
        for manifest in filter(None, yaml.safe_load_all(pathlib.Path(path).read_text())):
            count += 1
            for problem in problems_of(manifest, versions, crds):
                failed += 1
                print(f"{path}: {manifest['kind']} {manifest['metadata']['name']}: {problem}", file=sys.stderr)
    print(f"{count} objects in {len(paths)} files, Kubernetes {', '.join(versions)}: {failed} problems")
    if count == 0:
        print("nothing was checked", file=sys.stderr)
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
