"""Kubernetes' manifests: built by kustomize, held against the schemas of Kubernetes and of its operators."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).parents[2]
CRDS = ROOT / "tests" / "data" / "crds"

Manifest = dict[str, Any]


class MissingKustomizeError(Exception):
    """There is no kustomize; the message says what to do."""


def built(folder: Path) -> list[Manifest]:
    """The manifests of a kustomization. Raises `MissingKustomizeError`."""
    done = subprocess.run([*_kustomize(), folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return list(yaml.load_all(done.stdout, yaml.CSafeLoader))


def _kustomize() -> list[str]:
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            return command
    raise MissingKustomizeError(
        "These tests need kustomize 5: put `kubectl` (1.27 or later) or `kustomize` on the PATH, from kubernetes.io."
    )


def judge(manifest: Manifest, version: str) -> None:
    """Raises `jsonschema.ValidationError` where Kubernetes of that version, or the operator, has another form for it.

    A member that the schema does not have is an error. Rules in CEL are not judged.
    """
    if (schema := _operators().get((manifest["apiVersion"], manifest["kind"]))) is not None:
        jsonschema.validate(manifest, schema)
    else:
        kubernetes_validate.validate(manifest, version, strict=True)


@cache
def _operators() -> dict[tuple[str, str], Any]:
    """The schema of each kind that an operator has brought."""
    found = {}
    for path in sorted(CRDS.glob("*.yaml")):
        spec = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["spec"]
        for version in spec["versions"]:
            schema = _strict(version["schema"]["openAPIV3Schema"])
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return found


def _strict(schema: Any) -> Any:
    """The schema, without room for members that it does not name."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(each) for name, each in schema.items()}
    if isinstance(pattern := schema.get("pattern"), str):
        strict["pattern"] = pattern.replace("^(?i)", "(?i)^")  # as Python spells it
    if isinstance(schema.get("properties"), dict) and "x-kubernetes-preserve-unknown-fields" not in schema:
        strict.setdefault("additionalProperties", schema.get("type") != "object")
    return strict
