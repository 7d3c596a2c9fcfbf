"""What later says that a suspicion was right: only what is sure, and it changes nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge.evaluation import as_json
from knowledge.language.schema import Urgency
from knowledge.library import Library, load_library
from tests.knowledge.site.test_effects import evaluated, set_up
from tests.knowledge.test_apart import breaks

CES = "cauda-equina-syndrome"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def dated(kind: str, day: str, **more: Any) -> Json:
    when = {"Condition": "onsetDateTime", "Procedure": "performedDateTime"}
    subject = {"reference": "Patient/p1"}
    return {"resourceType": kind, "id": "x1", "subject": subject,
            when.get(kind, "effectiveDateTime"): day, **more}  # fmt: skip


def diagnosis(day: str = "2026-10-29", status: str = "confirmed") -> Json:
    active, certain = {"coding": [{"code": "active"}]}, {"coding": [{"code": status}]}
    return dated(
        "Condition", day, clinicalStatus=active, verificationStatus=certain,
        code={"text": "Cauda equina syndrome"},
    )  # fmt: skip


def report(status: str = "final", conclusion: str = "Compression of the cauda equina.") -> Json:
    return dated(
        "DiagnosticReport", "2026-10-30", status=status, conclusion=conclusion,
        code={"text": "MRI lumbar spine"},
    )  # fmt: skip


def operation(day: str = "2026-10-30", status: str = "completed") -> Json:
    return dated("Procedure", day, status=status, code={"text": "L4/5 laminectomy"})


@pytest.mark.parametrize(
    "resource", [diagnosis(), report(), operation()], ids=["diagnosis", "report", "operation"]
)
def test_a_diagnosis_a_report_or_an_operation_confirms(library: Library, resource: Json) -> None:
    assert CES in evaluated(library, resource).confirmed


@pytest.mark.parametrize(
    "resource",
    [
        diagnosis(status="provisional"),
        diagnosis(status="refuted"),
        diagnosis(day="2025-01-01"),
        diagnosis(day="2026"),
        report(status="preliminary"),
        report(conclusion="No compression of the cauda equina."),
        operation(day="2024-05-01"),
        operation(status="not-done"),
    ],
    ids=["suspected", "refuted", "long ago", "vaguely dated", "preliminary", "denied",
         "an old operation", "not done"],
)  # fmt: skip
def test_what_is_not_sure_or_not_new_confirms_nothing(library: Library, resource: Json) -> None:
    assert evaluated(library, resource).confirmed == ()


def test_it_is_told_of_the_criterion_and_of_no_other(library: Library) -> None:
    found = evaluated(library, diagnosis())
    body: Any = as_json(found, [])
    told = {one["id"] for one in body["criteria"] if one.get("confirmed") is True}
    assert told == set(found.confirmed)
    assert told == {CES, "saddle-anaesthesia", "bladder-bowel-dysfunction", "mscc",
                    "acute-leg-weakness-gait", "bilateral-or-sudden-severe-numbness",
                    "trauma-numbness"}  # fmt: skip
    assert list(found.confirmed) == [name for name in library.criteria if name in told]


def test_it_changes_no_answer(library: Library) -> None:
    without = replace(
        library, compiled=tuple(replace(one, confirmed=None) for one in library.compiled)
    )
    for resource in (diagnosis(), report(), operation()):
        before, now = evaluated(without, resource), evaluated(library, resource)
        assert before.confirmed == ()
        assert before == replace(now, confirmed=())


def test_one_that_breaks_costs_itself_alone(library: Library) -> None:
    damaged = replace(
        library,
        compiled=tuple(
            replace(one, confirmed=breaks) if one.criterion.id == CES else one
            for one in library.compiled
        ),
    )
    whole, found = evaluated(library, diagnosis()), evaluated(damaged, diagnosis())
    assert found.criteria == whole.criteria
    assert set(whole.confirmed) - set(found.confirmed) == {CES}
    assert [(one.id, one.needed) for one in found.failed] == [(CES, False)]
    assert found.complete


def test_what_is_switched_off_is_not_confirmed_and_what_is_silent_is(tmp_path: Path) -> None:
    why = f"criterion: {CES}\n    why: This is for a test alone.\n"
    (tmp_path / "off").mkdir()
    (tmp_path / "silent").mkdir()
    off = set_up(tmp_path / "off", f"site: Us\nswitched_off:\n  - {why}")
    silent = set_up(tmp_path / "silent", f"site: Us\nsilent:\n  - {why}")
    assert CES not in evaluated(off, diagnosis()).confirmed
    assert CES in evaluated(silent, diagnosis()).confirmed


def test_every_criterion_that_can_be_an_emergency_says_what_confirms_it(library: Library) -> None:
    for one in library.criteria.values():
        assert (one.confirmed_by is not None) == (one.most_urgent is Urgency.EMERGENCY), one.id
