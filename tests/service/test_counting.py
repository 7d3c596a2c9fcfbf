"""What is counted of judgements and charts, by names that no request can choose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.discovery import PREFETCH
from tests.service.fakes import bundle, condition, hook_request
from tests.service.test_serving import MARKER, PATIENCE, ROOT, SERVICE, Server

EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
CALLS = 6
Figures = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture(scope="module", params=[1, 2], ids=["alone", "two workers"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    database = tmp_path_factory.mktemp("counting") / "store.db"
    one = Server(request.param, {"BACKFLAG_DATABASE_URL": f"sqlite:///{database}"})
    one.start()
    emergency = json.loads(EXAMPLE.read_text())
    for _ in range(CALLS):
        one.call(SERVICE, json.dumps(emergency).encode())
    one.call("/explain/back-numbness-patient-view", json.dumps(emergency).encode())
    one.call(SERVICE, json.dumps(hook_request(strange())).encode())
    yield one
    one.stop()


def strange() -> dict[str, Any]:
    """A chart that has a marker wherever a client may write what it likes."""
    return {
        MARKER: bundle(condition(code={"text": MARKER}, category=[{"text": MARKER}])),
        "observations": bundle({"resourceType": MARKER, "id": MARKER}),
    }


def exposed(server: Server) -> str:
    with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=PATIENCE) as response:
        text: str = response.read().decode()
    return text


def figures(server: Server) -> Figures:
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(exposed(server))
        for sample in family.samples
    }


def of(found: Figures, name: str) -> dict[tuple[str, ...], float]:
    return {labels: value for (one, labels), value in found.items() if one == name}


def test_cards_are_counted_by_criterion_and_urgency(server: Server) -> None:
    cards = of(figures(server), "backflag_cards_total")
    assert cards["cauda-equina-syndrome", "yes", "emergency"] == CALLS


def test_what_the_chart_left_open_is_counted_but_not_for_an_explanation(server: Server) -> None:
    explained = server.call("/explain/back-numbness-patient-view", EXAMPLE.read_bytes())[1]
    left_open = {one["id"] for one in explained["criteria"] if one["outcome"] == "unknown"}
    assert left_open
    unknowns = of(figures(server), "backflag_unknowns_total")
    assert all(unknowns[one,] >= CALLS for one in left_open)
    assert max(unknowns.values()) <= CALLS + 1  # with the strange chart


def test_each_list_is_counted_by_where_it_came_from(server: Server) -> None:
    lists = of(figures(server), "backflag_prefetch_total")
    sent = json.loads(EXAMPLE.read_text())["prefetch"]
    for key in PREFETCH:
        assert sum(lists.get((key, source), 0) for source in ("sent", "absent", "fetched"))
    assert all(lists[key, "sent"] >= CALLS for key in sent if key in PREFETCH)


def test_the_knowledge_in_use_is_told_once_whatever_the_workers(server: Server) -> None:
    ready = server.call("/readyz")[1]
    info = of(figures(server), "backflag_knowledge_info")
    assert info == {("live", "none", ready["knowledgeVersion"]): 1}


def test_what_has_not_happened_is_there_as_nothing(server: Server) -> None:
    found = figures(server)
    assert found["backflag_criterion_failures_total", ("cauda-equina-syndrome",)] == 0
    assert found["backflag_reloads_total", ("failed",)] == 0
    assert found["backflag_records_total", ("dropped",)] == 0
    assert found["backflag_key_set_lookups_total", ("failed",)] == 0


def test_no_figure_has_a_word_of_a_client(server: Server) -> None:
    assert MARKER.lower() not in exposed(server).lower()
