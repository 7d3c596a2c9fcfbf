"""What a site's folder does: a number, a criterion, a code, a word and a signature count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.chart.decode import read_values
from knowledge.evaluation import Evaluation, Judged
from knowledge.library import Library, load_library
from knowledge.site.folder import SiteError
from tests.knowledge.site.conftest import EXAMPLE
from tests.service.fakes import raw

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 10, 31, 9, tzinfo=UTC)
CES = "cauda-equina-syndrome"
SUPPLIED = frozenset(("Condition", "Observation"))
OWN = "https://ehr.st-elsewhere.example"
FLOWSHEET = {"system": "urn:oid:1.2.840.114350.1.13.999.2.7.2.707679", "code": "304550"}
STANDARD = {"system": "http://loinc.org", "code": "69388-7"}


def sciatica() -> dict[str, Any]:
    return {
        "resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"},
        "clinicalStatus": {"coding": [{"code": "active"}]}, "onsetDateTime": "2026-10-20",
        "code": {"text": "Low back pain with sciatica"},
    }  # fmt: skip


def observed(coding: dict[str, str], **answer: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": "o1", "subject": {"reference": "Patient/p1"},
        "status": "final", "code": {"coding": [coding]},
        "effectiveDateTime": "2026-10-31T08:00:00Z", **answer,
    }  # fmt: skip


def residual(value: int, coding: dict[str, str]) -> dict[str, Any]:
    ucum = {"unit": "mL", "system": "http://unitsofmeasure.org", "code": "mL"}
    return observed(coding, valueQuantity={"value": value, **ucum})


def evaluated(library: Library, *resources: dict[str, Any]) -> Evaluation:
    decoded = read_values({str(place): raw(one) for place, one in enumerate(resources)})
    return library.judge(decoded, patient_id="p1", now=NOW, supplied=SUPPLIED)


def judged(evaluation: Evaluation, name: str) -> Judged:
    (one,) = (one for one in evaluation.criteria if one.criterion.id == name)
    return one


def set_up(tmp_path: Path, text: str, **files: str) -> Library:
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    return load_library(site=tmp_path, today=TODAY)


@pytest.fixture(scope="module")
def example() -> Library:
    return load_library(site=EXAMPLE, today=TODAY)


def test_a_threshold_moved_meets_a_criterion_that_the_default_leaves(
    library: Library, example: Library
) -> None:
    chart = (sciatica(), residual(180, STANDARD))
    assert not judged(evaluated(library, *chart), CES).met
    met = judged(evaluated(example, *chart), CES)
    assert met.urgency == "emergency"
    assert "over 150 mL" in [item.note for item in met.evidence]


def test_the_moved_number_stands_in_the_words_of_the_card(
    library: Library, example: Library
) -> None:
    chart = (sciatica(), residual(480, STANDARD))
    for one, number in ((library, "200 mL"), (example, "150 mL")):
        words = judged(evaluated(one, *chart), CES).words
        assert words is not None
        assert any(number in text for text in words.mind)


def test_a_change_is_told_of_every_criterion_that_uses_the_number(example: Library) -> None:
    using = {name for name in example.criteria if example.changes(name)}
    assert using >= {CES, "bladder-bowel-dysfunction", "diabetic-neuropathy"}
    assert "herpes-zoster" not in using
    (moved,) = example.changes(CES)
    assert (moved.place, moved.was.value, moved.now.value) == ("chart.pvr", 200, 150)


def test_a_number_that_stays_as_it_is_is_no_change(tmp_path: Path) -> None:
    why = "why: Written down here for the auditors."
    same = f"site: Us\nparameters:\n  chart.pvr: {{value: 200, unit: mL, {why[:3]}: {why[5:]}}}\n"
    assert set_up(tmp_path, same).changes(CES) == ()


def test_a_local_code_is_read_as_what_it_stands_for(library: Library, example: Library) -> None:
    chart = (sciatica(), residual(480, FLOWSHEET))
    assert not judged(evaluated(library, *chart), CES).met
    evidence = judged(evaluated(example, *chart), CES).evidence
    assert ("obs-post-void-residual", "code") in {
        (item.value_set, item.matched_by) for item in evidence
    }


def test_a_local_code_of_an_answer_is_read_too(library: Library, example: Library) -> None:
    answer = {"coding": [{"system": f"{OWN}/answers", "code": "0"}]}
    pinprick = {"system": f"{OWN}/codes", "code": "NEURO-S345-PINPRICK"}
    chart = (sciatica(), observed(pinprick, valueCodeableConcept=answer))
    assert not evaluated(library, *chart).emergency
    assert judged(evaluated(example, *chart), "saddle-anaesthesia").urgency == "emergency"


def test_a_criterion_that_is_off_is_not_met_and_says_why(tmp_path: Path, library: Library) -> None:
    off = f"site: Us\nswitched_off:\n  - criterion: {CES}\n    why: Judged by the triage system.\n"
    chart = (sciatica(), residual(480, STANDARD))
    assert judged(evaluated(library, *chart), CES).met
    without = evaluated(set_up(tmp_path, off), *chart)
    one = judged(without, CES)
    assert (one.outcome, one.held_back_by) == ("not-met", ("site",))
    assert one.reasons == ("switched off at this site: Judged by the triage system.",)
    assert judged(without, "bladder-bowel-dysfunction").urgency == "emergency"


def test_a_criterion_that_is_off_suppresses_no_other(tmp_path: Path, library: Library) -> None:
    names = [name for name, one in library.criteria.items() if one.most_urgent == "emergency"]
    lines = (f"  - {{criterion: {name}, why: This is for a test alone.}}\n" for name in names)
    quiet = set_up(tmp_path, f"site: Us\nswitched_off:\n{''.join(lines)}")
    chart = (sciatica(), residual(480, STANDARD))
    cause = "disc-herniation-radiculopathy"
    assert "is met" in " ".join(judged(evaluated(library, *chart), cause).reasons)
    assert "is met" not in " ".join(judged(evaluated(quiet, *chart), cause).reasons)
    assert not evaluated(quiet, *chart).emergency


def test_a_sign_off_counts_for_the_version_that_it_names_and_no_other(
    folder: Path, library: Library
) -> None:
    signed = load_library(site=folder, today=TODAY)
    found = signed.sign_off(CES)
    assert found is not None
    assert found.role == "lead consultant of the spinal unit"
    newer = signed.criteria[CES].model_copy(update={"version": found.version + 1})
    assert isinstance(signed.criteria, dict)
    signed.criteria[CES] = newer
    assert signed.sign_off(CES) is None
    assert signed.site is not None
    assert found in signed.site.sign_offs
    assert library.sign_off(CES) is None


def test_of_two_sign_offs_the_newest_is_told(tmp_path: Path, library: Library) -> None:
    version = library.criteria[CES].version
    lines = (
        f"  - {{criterion: {CES}, version: {version}, who: {who}, role: doctor, date: {day}}}\n"
        for who, day in (("First", "2026-01-01"), ("Last", "2026-10-01"), ("Mid", "2026-05-01"))
    )
    both = set_up(tmp_path, "site: Us\n", **{"sign-offs": f"sign_offs:\n{''.join(lines)}"})
    found = both.sign_off(CES)
    assert found is not None
    assert found.who == "Last"


@pytest.mark.parametrize(("er", "article"), [("ED", "an ED"), ("Casualty", "a Casualty")])
def test_the_sites_word_stands_wherever_a_card_says_er(
    tmp_path: Path, er: str, article: str
) -> None:
    named = set_up(tmp_path, f"site: Us\ner: {er}\n")
    order = named.orders["refer-emergency"]
    assert order.label == f"Refer to the {er} now"
    assert order.description.startswith(f"Refer to {article} with MRI")
    assert named.words.settings.classes["EMER"] == f"in the {er}"
    cards = [one.card for criterion in named.criteria.values() for one in criterion.tiers]
    told = [named.words.model_dump_json(), named.orders.model_dump_json(), *map(str, cards)]
    assert not [text for text in told if " ER " in text or "ER of" in text or "ER:" in text]


def test_a_name_for_the_er_that_fits_on_no_line_is_refused(tmp_path: Path) -> None:
    long = "Emergency Department of the Old Hospital on the Hill, Entrance C"
    with pytest.raises(SiteError, match=r"site\.yaml:2: er: makes a summary of \S+ \d+ characters"):
        set_up(tmp_path, f"site: Us\ner: {long}\n")


def test_a_site_changes_nothing_of_what_is_shipped(library: Library, example: Library) -> None:
    assert example.parameter("chart", "pvr").value == 150
    assert library.parameter("chart", "pvr").value == 200
    assert library.site is None
    assert library.switched_off("transverse-myelitis") is None
    assert not library.valuesets.sets(FLOWSHEET["system"], FLOWSHEET["code"])
