"""A short form of what `python -m tests.records_proofs outage` does for minutes."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest

from tests.records_proofs.load import Ledger, Load
from tests.records_proofs.outage import HANGING, STOPPED, go_without
from tests.records_proofs.place import in_postgresql
from tests.service.store.conftest import Cluster
from tests.service.test_serving import Server

SEED = 5
SECONDS = {STOPPED: 8.0, HANGING: 12.0}
"""Feedback is told after 10 s to come again where the database hangs."""

THERE = 4.0
"""Seconds before and after."""

SLOWER = 1.5
"""So many times as long may a call take without the database: on a busy machine, and briefly."""


@pytest.mark.parametrize("how", [STOPPED, HANGING])
def test_calls_go_on_without_the_database_and_nothing_is_lost(
    cluster: Cluster, tmp_path: Path, how: str
) -> None:
    place = in_postgresql(tmp_path, cluster)
    report = go_without(place, how, SECONDS[how], SEED, turns=1, there=THERE)
    assert not report.faults, str(report)
    assert report.refused > 0
    assert report.waited > 0
    assert report.told > 0
    for there, away in report.medians.values():
        assert away <= SLOWER * there, str(report)


def test_what_waits_outlasts_kills_and_starts_without_the_database(
    cluster: Cluster, tmp_path: Path
) -> None:
    place, ledger = in_postgresql(tmp_path, cluster), Ledger()
    place.make_ready()
    cluster.stop()
    try:
        for number in range(2):
            server = Server(1, place.settings, apart=True)
            server.start()
            load = Load(server.port, ledger, [f"{SEED}-{number}"], tells=0.2).start()
            load.wait_for(20)
            server.kill()
            load.stop()
    finally:
        cluster.start()
    assert {one.status for one in ledger.answers if one.kind != "feedback"} == {HTTPStatus.OK}
    assert not ledger.told
    assert place.spooled_calls() >= ledger.calls
    server = Server(1, place.settings)
    server.start()
    place.wait_until_carried()
    server.stop()
    kept = place.kept()
    assert kept.calls.keys() >= ledger.calls
    assert max(kept.calls.values()) == 1
    assert kept.cards.keys() >= ledger.cards
    assert kept.unknown == kept.counted
