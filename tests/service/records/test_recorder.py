from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import UUID

import pytest

from service.records.heard import Heard
from service.records.making import Site
from service.records.patient_keys import PatientKey, PatientKeys
from service.records.recall import Recall
from service.records.recorder import NoRecords, Recorder
from service.records.spool import Spool
from service.store.dismissals import Dismissals
from service.store.store import open_store

NOW = datetime(2026, 10, 31, 9, tzinfo=UTC)


def heard() -> Heard:
    return Heard("service", "main", None, "p1", None, perf_counter())


def site() -> Site:
    return Site(PatientKeys((PatientKey(b"k" * 32),)), "2026.11.0", None, "live")


def fails(records: NoRecords) -> bool:
    return records.fails


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    store = open_store(f"sqlite:///{tmp_path}/b.db")
    recall = Recall(store, Dismissals(store, 1, ["service"], {}))
    return Recorder(Spool(tmp_path / "spool", 1000), site(), recall)


def test_it_fails_until_a_call_could_be_recorded_again(recorder: Recorder, tmp_path: Path) -> None:
    assert not fails(NoRecords())
    recorder.ended(heard(), NOW, 503, "busy")
    assert not fails(recorder)
    for _ in range(3):
        recorder.ended(heard(), NOW, 503, "busy")
    assert fails(recorder)
    recorder.spool.seal()
    for segment in recorder.spool.sealed():
        recorder.spool.remove(segment)
    recorder.ended(heard(), NOW, 503, "busy")
    assert not fails(recorder)
    recorder.spool.close()


def test_no_two_records_have_one_name() -> None:
    """Nor those of two processes: the database keeps the first of a name, and drops the other."""
    names = [one.new_id() for one in (site(), site()) for _ in range(1000)]
    assert len(set(names)) == len(names)
    assert {UUID(one).version for one in names} == {4}


def test_no_patient_is_shown_where_a_call_is(recorder: Recorder) -> None:
    assert "p1" not in repr(heard())
    assert "kkk" not in repr(recorder)
