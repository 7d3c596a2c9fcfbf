"""Codes, their systems, and text where no code matched (chart.md "Codes", G5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.knowledge.reading.charts import (
    ICD,
    NUMB_LEG,
    SADDLE,
    SCT,
    Json,
    Read,
    coded,
    condition,
    note,
    present,
    said,
    when,
)

SYSTEMS = [
    (SCT, SADDLE, "present"),
    ("urn:oid:2.16.840.1.113883.6.96", SADDLE, "present"),
    ("2.16.840.1.113883.6.96", SADDLE, "present"),
    (f"{SCT}/", SADDLE, "present"),
    (f"{SCT}|http://snomed.info/sct/731000124108", SADDLE, "present"),
    ("https://SNOMED.info/sct", SADDLE, "present"),
    (f"{SCT}/83821000000107/version/20260401", SADDLE, "present"),
    ("http://example.org/local", SADDLE, "nothing"),
    (None, SADDLE, "nothing"),
]


@pytest.mark.parametrize(("system", "code", "expected"), SYSTEMS)
def test_systems_are_known_by_several_names(
    read: Read, system: str | None, code: str, expected: str
) -> None:
    coding = {"code": code} | ({"system": system} if system else {})
    assert said(read(condition({"coding": [coding]})), "saddle-numbness") == expected


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD, "G83.4"),
        (ICD, "G834"),
        (ICD, "g83.4"),
        ("urn:oid:2.16.840.1.113883.6.90", "G83.4"),
        ("http://hl7.org/fhir/sid/icd-10", "G83.4"),
    ],
)
def test_icd_10_codes_in_every_spelling(read: Read, system: str, code: str) -> None:
    facts = read(condition(coded(code, system=system)))
    assert said(facts, "cauda-equina-syndrome") == "present"
    assert not present(facts, "cauda-equina-syndrome").by_text


@pytest.mark.parametrize(
    "what",
    [
        {"text": "Numbness of saddle area"},
        coded("X99", "Saddle anaesthesia", "http://hl7.org/fhir/sid/icpc-2"),
        {"coding": [{"code": SADDLE, "display": "Saddle numbness"}]},
        coded("X1", "Code of ours", "http://example.org/local", text="Saddle numbness"),
    ],
)
def test_text_is_read_where_no_code_matched(read: Read, what: Json) -> None:
    assert present(read(condition(what)), "saddle-numbness").by_text


def test_a_note_is_read_beside_another_code(read: Read) -> None:
    facts = read(condition("279039007", **note("Numb around the back passage since yesterday.")))
    assert said(facts, "back-pain") == "present"
    assert present(facts, "saddle-numbness").by_text


def test_the_display_of_the_code_that_matched_is_shown(read: Read) -> None:
    what = {
        "coding": [
            {"system": ICD, "code": "R20.0", "display": "Anesthesia of skin"},
            {"system": SCT, "code": SADDLE, "display": "Numbness of saddle area"},
        ]
    }
    facts = read(condition(what))
    assert present(facts, "saddle-numbness").display == "Numbness of saddle area"
    assert present(facts, "numbness").display == "Anesthesia of skin"


CODE_AND_TEXT: list[tuple[str | None, str | None, str]] = [
    (None, None, "present"),
    ("Saddle numbness", None, "present"),
    ("No saddle numbness", None, "absent"),
    ("Saddle numbness ruled out", None, "absent"),
    ("?Saddle numbness", None, "suspected"),
    ("Saddle numbness?", None, "unknown"),
    ("History of saddle numbness", None, "past"),
    ("Mother had saddle numbness", None, "nothing"),
    ("At risk of saddle numbness", None, "nothing"),
    (None, "Denies saddle numbness.", "absent"),
    ("Saddle numbness", "Denies saddle numbness.", "absent"),
    (None, "Denied saddle numbness at first. Numb in the saddle area since Friday.", "present"),
    (None, "Mother had saddle numbness.", "present"),
    (None, "History of saddle numbness in 2019.", "present"),
    (None, "Advised to return if saddle numbness.", "present"),
    (None, "No leg weakness.", "present"),
]


@pytest.mark.parametrize(("text", "remark", "expected"), CODE_AND_TEXT)
def test_code_and_text_of_one_condition_have_to_agree(
    read: Read, text: str | None, remark: str | None, expected: str
) -> None:
    fields = note(remark) if remark else {}
    facts = read(condition(coded(SADDLE, text=text), **fields))
    assert said(facts, "saddle-numbness") == expected


@pytest.mark.parametrize(
    "remark", ["No saddle numbness.", "No numbness in the arms.", "Right leg: no numbness."]
)
def test_a_denial_elsewhere_does_not_deny_the_code(read: Read, remark: str) -> None:
    body = condition(coded("R20.2", system=ICD, text="Paraesthesia of left leg"), **note(remark))
    assert said(read(body), "numbness") == "present"


TEXTS = [
    ("Numbness of saddle area", "present"),
    ("denies saddle numbness", "absent"),
    ("no saddle numbness", "absent"),
    ("saddle numbness: no", "absent"),
    ("saddle anaesthesia - absent", "absent"),
    ("without saddle anaesthesia", "absent"),
    ("h/o saddle numbness", "past"),
    ("3-day history of saddle numbness", "present"),
    ("?saddle anaesthesia", "suspected"),
    ("query saddle anaesthesia", "suspected"),
    ("possible saddle anaesthesia", "suspected"),
    ("Saddle numbness?", "unknown"),
    ("absent perianal sensation", "present"),
    ("abnormal saddle sensation", "present"),
    ("loss of perianal sensation", "present"),
    ("perianal sensation intact", "absent"),
    ("perianal sensation not tested", "unknown"),
    ("No leg weakness but saddle numbness", "present"),
    ("FH of saddle numbness", "nothing"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_text_is_guarded(read: Read, text: str, expected: str) -> None:
    assert said(read(condition(text)), "saddle-numbness") == expected
    assert said(read(condition("Cough", **note(text))), "saddle-numbness") == expected


SITES: list[tuple[Json, set[str], set[str]]] = [
    (condition(NUMB_LEG), {"site-leg"}, set()),
    (condition("44077006", bodySite=[coded("61685007", "Lower limb structure")]),
     {"site-leg"}, set()),
    (condition("44077006", bodySite=[{"text": "left leg"}]), {"site-leg"}, {"left"}),
    (condition("44077006", bodySite=[{"text": "left leg"}, {"text": "right leg"}]),
     {"site-leg"}, {"left", "right"}),
    (condition(coded("44077006", "Numbness", text="Numbness left leg")), {"site-leg"}, {"left"}),
    (condition(coded("R20.0", "Anesthesia of skin, left leg", ICD)), {"site-leg"}, {"left"}),
    (condition("44077006", **note("Left leg since Friday.")), {"site-leg"}, {"left"}),
    (condition("Numbness of both legs"), {"site-leg"}, {"left", "right"}),
    (condition("Bilateral leg numbness"), {"site-leg"}, {"left", "right"}),
    (condition("Numbness of the left and the right leg"), {"site-leg"}, {"left", "right"}),
    (condition("Left and right leg numbness"), {"site-leg"}, {"left", "right"}),
    (condition("Numb left leg and weak right arm"), {"site-leg"}, {"left"}),
    (condition("Numb left leg, foot drop on the right"), {"site-leg"}, {"left"}),
    (condition("Numb left leg but not the right leg"), {"site-leg"}, {"left"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "sites", "sides"), SITES)
def test_site_and_side_come_from_element_display_and_text(
    read: Read, body: Json, sites: set[str], sides: set[str]
) -> None:
    facts = read(body).standing["numbness"].present
    assert {site for fact in facts for site in fact.sites} == sites
    assert {side for fact in facts for side in fact.sides} == sides


def test_a_note_adds_the_other_side(read: Read) -> None:
    body = condition(coded("R20.0", system=ICD, text="Numbness of right leg"),
                     **note("Left leg numb, too."))  # fmt: skip
    facts = read(body).standing["numbness"].present
    assert {side for fact in facts for side in fact.sides} == {"left", "right"}


DURATIONS: list[tuple[Json, str]] = [
    (condition("Saddle numbness for 3 days", recordedDate="2026-10-31T12:00:00Z"), "2026-10-28"),
    (condition("Saddle numbness 3/7", recordedDate="2026-10-31T12:00:00Z"), "2026-10-28"),
    (condition("Back pain for 10 years, saddle numb for 3 days",
               recordedDate="2026-10-31T12:00:00Z"), "2026-10-28"),
    (condition(coded(SADDLE, text="Saddle numbness for 3 days"),
               recordedDate="2026-10-31T12:00:00Z"), "2026-10-28"),
    (condition("Saddle numbness for 3 days", recordedDate="2026-10-31T12:00:00Z",
               onsetDateTime="2026-10-25"), "2026-10-25"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "day"), DURATIONS)
def test_a_duration_in_words_is_an_onset(read: Read, body: Json, day: str) -> None:
    fact = present(read(body), "saddle-numbness")
    assert fact.onset_stated
    assert fact.began is not None
    assert fact.began.start <= when(f"{day}T23:59")
    assert fact.began.end >= when(day)


NOTES: list[tuple[Json, str, str]] = [
    ({"recordedDate": "2026-10-30"}, "2026-10-30", "2026-10-31"),
    ({"onsetDateTime": "2019-01-01", "recordedDate": "2026-10-30"}, "2026-10-30", "2026-10-31"),
    ({"onsetDateTime": "2019-01-01"}, "2019-01-01", "2026-11-01T09:00"),
    ({"onsetDateTime": "2019-01-01", "recordedDate": "2019-01-05",
      "note": [{"text": "Saddle numbness.", "time": "2026-10-30"}]}, "2026-10-30", "2026-10-31"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "start", "end"), NOTES)
def test_a_finding_in_a_note_is_of_when_the_note_was_written(
    read: Read, fields: Json, start: str, end: str
) -> None:
    body = condition("279039007", **(note("Saddle numbness.") | fields))
    fact = present(read(body), "saddle-numbness")
    assert not fact.onset_stated
    assert fact.began is not None
    assert fact.began.start == when(start)
    assert fact.began.end == pytest.approx(when(end), abs=1)


QUALIFIERS = [
    ("Sudden saddle numbness", "sudden", True),
    ("Complete saddle numbness", "complete", True),
    ("Severe saddle numbness", "severity", "severe"),
    ("Saddle numbness, long-standing and unchanged", "unchanged", True),
]


@pytest.mark.parametrize(("text", "name", "expected"), QUALIFIERS)
def test_qualifiers_are_read(read: Read, text: str, name: str, expected: Any) -> None:
    assert getattr(present(read(condition(text)), "saddle-numbness"), name) == expected


def test_a_report_is_read_by_its_conclusion_and_its_conclusion_codes(read: Read) -> None:
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final",
              "code": {"text": "MRI lumbar spine"}}  # fmt: skip
    shows = read(report | {"conclusion": "Large disc compressing the cauda equina."})
    assert said(shows, "spine-imaging-shows") == "present"
    clear = read(report | {"conclusion": "No cauda equina compression."})
    assert said(clear, "spine-imaging-excludes") == "present"
    coded_only = read(report | {"conclusionCode": [{"text": "Cauda equina compression"}]})
    assert said(coded_only, "spine-imaging-shows") == "present"


def test_a_modality_belongs_to_the_description_of_a_study(read: Read) -> None:
    study = {"resourceType": "ImagingStudy", "id": "s", "status": "available",
             "modality": [{"code": "MR"}], "description": "Lumbar spine"}  # fmt: skip
    assert said(read(study), "mri-lumbar-done") == "present"
