"""Alerts, dashboard and the operators' page speak of figures that the running service shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service import metrics
from tests.deploy.tools import PROMTOOL, ROOT, need, run
from tests.service.test_serving import PATIENCE, SERVICE, Server

PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTS = PROMETHEUS / "alerts.yaml"
TESTS = sorted(PROMETHEUS.glob("*_test.yaml"))
DASHBOARD = ROOT / "deploy" / "grafana" / "backflag.json"
OPERATE = ROOT / "docs" / "operate.md"
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
SCRAPED = {"job", "instance"}
"""Labels that Prometheus adds itself."""

FAMILY = re.compile(r"\bbackflag_[a-z_]+")
SELECTED = re.compile(r"\b(backflag_[a-z_]+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
Json = dict[str, Any]


@cache
def rules() -> list[Json]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


def dashboard() -> Json:
    found: Json = json.loads(DASHBOARD.read_text())
    return found


def targets() -> Iterator[tuple[str, str]]:
    """The title of each panel with each of its queries."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def queries() -> dict[str, str]:
    found = {one["alert"]: one["expr"] for one in rules()}
    return found | {f"{title}: {query}": query for title, query in targets()}


@pytest.fixture(scope="module", params=[1, 2], ids=["alone", "two workers"])
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[str]]:
    """Every figure of a running service with its labels; of those that are counted all values."""
    database = tmp_path_factory.mktemp("figures") / "store.db"
    server = Server(request.param, {"BACKFLAG_DATABASE_URL": f"sqlite:///{database}"})
    server.start()
    try:
        body = json.loads(EXAMPLE.read_text())
        card = server.call(SERVICE, json.dumps(body).encode())[1]["cards"][0]["uuid"]
        told = {
            "feedback": [
                {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-27T09:00:00Z"}
            ]
        }
        assert server.call(f"{SERVICE}/feedback", json.dumps(told).encode()) == (200, {})
        nowhere = body | {"prefetch": {}, "fhirServer": "http://127.0.0.1:1/fhir"}
        server.call(SERVICE, json.dumps(nowhere).encode())
        with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=PATIENCE) as response:
            text = response.read().decode()
    finally:
        server.stop()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return {name: labels for name, labels in found.items() if name.startswith("backflag_")}


def test_every_query_speaks_of_figures_and_labels_that_are_shown(
    shown: dict[str, set[str]],
) -> None:
    for name, query in queries().items():
        labels: set[str] = set()
        for figure, selector in SELECTED.findall(query):
            assert figure in shown, f"{name}: {figure}"
            asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
            assert asked <= shown[figure] | SCRAPED, f"{name}: {figure}{{{selector}}}"
            labels |= shown[figure]
        grouped = {one.strip() for part in GROUPED.findall(query) for one in part.split(",")}
        assert grouped <= labels | SCRAPED, f"{name}: by {grouped}"


def test_every_value_that_a_query_names_can_come(shown: dict[str, set[str]]) -> None:
    known = {value for _, values in metrics.RARE for value in values} | {
        "hook", "feedback", "insights", "sent", "absent", "fetched", "yes", "no", "ok",
    }  # fmt: skip
    for name, query in queries().items():
        for figure, selector in SELECTED.findall(query):
            for label, value in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', selector):
                if label not in {*SCRAPED, "status", "why"}:
                    assert set(value.split("|")) <= known, f"{name}: {figure}{{{selector}}}"


def test_every_figure_stands_in_the_page_for_operators(shown: dict[str, set[str]]) -> None:
    text = OPERATE.read_text()
    table = set(re.findall(r"^\| `(backflag_[a-z_]+)` \|", text, re.MULTILINE))
    assert {_family(name) for name in shown} == table
    assert {_family(one) for one in FAMILY.findall(text)} <= table


def test_every_figure_is_on_the_dashboard(shown: dict[str, set[str]]) -> None:
    drawn = {_family(one) for _, query in targets() for one in FAMILY.findall(query)}
    assert drawn == {_family(name) for name in shown}


def test_every_alert_is_explained_and_nothing_else() -> None:
    section = OPERATE.read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^### (\w+)\n\n\*(\w+)\.\*", section, re.MULTILINE))
    assert told == {one["alert"]: one["labels"]["severity"] for one in rules()}


def test_every_alert_leads_to_its_explanation() -> None:
    for one in rules():
        assert one["annotations"]["runbook"] == f"docs/operate.md#{one['alert'].lower()}"
        assert {"summary", "description"} <= one["annotations"].keys()


def test_every_alert_is_tried_out() -> None:
    tried = "".join(path.read_text() for path in TESTS)
    assert {one["alert"] for one in rules() if one["alert"] not in tried} == set()


def test_the_alerts_fire_when_they_are_to() -> None:
    need(PROMTOOL)
    for command in (
        ["check", "rules", ALERTS.name],
        ["test", "rules", *(one.name for one in TESTS)],
    ):
        done = run(PROMTOOL, *command, at=PROMETHEUS)
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    need(PROMTOOL)
    expressions = [
        query.replace("$__rate_interval", "5m").replace("$job", "backflag")
        for _, query in targets()
    ]
    assert not [one for one in expressions if "$" in one]
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(expressions)]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = run(PROMTOOL, "check", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_finds_no_fault_in_the_figures() -> None:
    need(PROMTOOL)
    body, _ = metrics.exposition()
    done = run(PROMTOOL, "check", "metrics", told=body.decode())
    faults = [line for line in done.stderr.splitlines() if line.startswith("backflag_")]
    assert not faults


def test_the_dashboard_is_whole() -> None:
    found = dashboard()
    ids = [panel["id"] for panel in found["panels"]]
    assert len(ids) == len(set(ids))
    for panel in found["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        if panel["type"] != "row":
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    names = {one["name"] for one in found["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(found))) - {"__rate_interval", "__all"}
    assert used == names


def _family(name: str) -> str:
    """A histogram's figures go by one name."""
    return re.sub(r"(_duration_seconds)_(bucket|count|sum|created)$", r"\1", name)
