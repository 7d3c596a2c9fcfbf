"""Checks the chart: Helm's own lint, and every manifest of every example against its schema.

`deploy/helm/tools` gets what it needs. `.cache/chart/venv/bin/python deploy/helm/check.py` prints a
line for each finding and ends with 1 where there is one; `[CHART [VALUES…]]` are others than ours.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

HERE = Path(__file__).parent
HELM = HERE.parents[1] / ".cache" / "chart" / "helm"
EXAMPLES = sorted((HERE / "examples").glob("*.yaml"))
VERSIONS = ("1.27", "1.32", "1.37")
"""Of Kubernetes: the oldest that the chart takes, one between, and the newest known here."""

TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}


def _closed(required: str, **properties: Any) -> dict[str, Any]:
    shape = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**shape, "required": required.split()}


_TEXT = {"type": "string", "minLength": 1}
_SELECTOR = _closed("matchLabels", matchLabels={**TEXTS, "minProperties": 1})
_ENDPOINT = _closed("port path interval", port=_TEXT, path=_TEXT, interval=_TEXT)
_RULE = _closed(
    "alert expr labels annotations",
    alert=_TEXT, expr=_TEXT, labels=TEXTS, annotations=TEXTS,
    **{"for": {"type": "string", "pattern": "^[0-9]+(s|m|h|d)$"}},
)  # fmt: skip
_GROUP = _closed("name rules", name=_TEXT, rules={"type": "array", "minItems": 1, "items": _RULE})
SHAPES = {
    "ServiceMonitor": _closed(
        "selector endpoints",
        jobLabel=_TEXT,
        selector=_SELECTOR,
        namespaceSelector=_closed("matchNames", matchNames={"type": "array", "items": _TEXT}),
        endpoints={"type": "array", "minItems": 1, "items": _ENDPOINT},
    ),
    "PrometheusRule": _closed("groups", groups={"type": "array", "minItems": 1, "items": _GROUP}),
}
"""The specs of the Prometheus operator's kinds, as far as the chart uses them."""


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would keep the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """A mapping with each key once."""
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"twice: {key}", node.start_mark
                )
        return super().construct_mapping(node, deep)


def helm(*args: str) -> "subprocess.CompletedProcess[str]":
    """What Helm makes of it."""
    return subprocess.run([HELM, *args], capture_output=True, text=True, check=False)


def check(chart: Path, examples: list[Path]) -> Iterator[str]:
    """Every finding, with the example that shows it."""
    for example in examples:
        for finding in _check_with(str(chart), example):
            yield f"{example.name}: {finding}"


def _check_with(chart: str, example: Path) -> Iterator[str]:
    linted = helm("lint", "--strict", chart, "--values", str(example))
    if linted.returncode:
        yield f"lint: {linted.stdout}{linted.stderr}"
        return
    for version in VERSIONS:
        kube = ("--kube-version", version)
        made = helm("template", "cds", chart, "--values", str(example), *kube)
        if made.returncode:
            yield f"template: {made.stderr}"
            return
        yield from (
            f"{finding} (Kubernetes {version})" for finding in _findings(made.stdout, version)
        )


def _findings(text: str, version: str) -> Iterator[str]:
    try:
        documents = [one for one in yaml.load_all(text, Strict) if one]
    except yaml.YAMLError as error:
        yield f"no YAML: {error}"
        return
    names = [(one["kind"], one["metadata"]["name"]) for one in documents]
    yield from {
        f"{kind} {name} is there twice" for kind, name in names if names.count((kind, name)) > 1
    }
    for one in documents:
        for fault in _faults(one, version):
            yield f"{one['kind']} {one['metadata']['name']}: {fault}"


def _faults(document: Any, version: str) -> Iterator[str]:
    shape = SHAPES.get(document["kind"])
    try:
        if shape is None:
            kubernetes_validate.validate(document, version, strict=True)
        else:
            jsonschema.validate(document["spec"], shape)
    except jsonschema.ValidationError as error:
        yield f"{'.'.join(map(str, error.path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        yield error.message


def main(chart: str = str(HERE / "backflag"), *given: str) -> int:
    """Print what is wrong."""
    examples = [Path(one) for one in given] or EXAMPLES
    findings = list(check(Path(chart), examples))
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"chart: {len(examples)} examples, {len(findings)} findings\n")
    return 1 if findings or not examples else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
