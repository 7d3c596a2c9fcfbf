"""What a draft is, by the names that order catalogues give it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from knowledge.drafts import Drafts, read_drafts
from knowledge.library import Library, load_library

NOW = datetime(2026, 11, 1, 9, tzinfo=ZoneInfo("UTC"))
LUMBAR, CONTRAST = "mri-lumbar-ordered", "mri-contrast-ordered"
WHOLE, XRAY = "mri-whole-spine-ordered", "xray-spine-ordered"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def read(library: Library, name: str, **more: object) -> Drafts:
    coding = {"system": "urn:oid:1.2.840.114350.1.13", "code": "71", "display": name}
    sent = {"resourceType": "ServiceRequest", "id": "d", "code": {"coding": [coding]}} | more
    return read_drafts(sent, library, "p", NOW)


def findings(library: Library, name: str, **more: object) -> frozenset[str]:
    return frozenset(item for one in read(library, name, **more).scans for item in one.findings)


@pytest.mark.parametrize(
    ("name", "has", "has_not"),
    [
        ("MRI LUMBAR SPINE WO CONTRAST", LUMBAR, CONTRAST),
        ("MR SPINE LUMBAR W/O CONTRAST", LUMBAR, CONTRAST),
        ("MRI LS spine no contrast", LUMBAR, CONTRAST),
        ("MRI lumbar spine, no gadolinium", LUMBAR, CONTRAST),
        ("MRI LUMBAR SPINE W & W/O CONTRAST", CONTRAST, WHOLE),
        ("MRI LUMBAR SPINE W WO CONTRAST", CONTRAST, WHOLE),
        ("MRI Spine Lumbar Without & With Contrast", CONTRAST, WHOLE),
        ("MRI L SPINE WITH IV CONTRAST", CONTRAST, WHOLE),
        ("MRI lumbar spine with/without contrast", CONTRAST, WHOLE),
        ("MRI lumbar spine pre and post contrast", CONTRAST, WHOLE),
        ("MRI cauda equina", LUMBAR, WHOLE),
        ("MRI cervical, thoracic and lumbar spine", WHOLE, CONTRAST),
        ("MRI spine complete", WHOLE, LUMBAR),
        ("MRI brain and whole spine", WHOLE, LUMBAR),
        ("XR LUMBAR SPINE 2-3 VIEWS", XRAY, LUMBAR),
        ("Lumbar spine radiograph", XRAY, LUMBAR),
        ("CT LUMBAR SPINE W/O CONTRAST", "ct-spine-ordered", "ct-myelogram-ordered"),
        ("CT Myelogram Lumbar", "ct-myelogram-ordered", "ct-spine-ordered"),
        ("CTA chest abdomen pelvis", "ct-aorta-ordered", "ct-spine-ordered"),
    ],
)
def test_a_draft_is_known_by_its_name(library: Library, name: str, has: str, has_not: str) -> None:
    found = findings(library, name)
    assert has in found
    assert has_not not in found


@pytest.mark.parametrize(
    "name",
    ["MRI knee with contrast", "XR PELVIS", "Physiotherapy for back pain", "CRP", "MRI brain"],
)
def test_what_is_no_scan_of_the_spine_is_no_draft(library: Library, name: str) -> None:
    assert read(library, name).scans == ()


def test_contrast_can_stand_among_the_details(library: Library) -> None:
    name = "MRI lumbar spine"
    assert CONTRAST in findings(library, name, orderDetail=[{"text": "With contrast"}])
    assert CONTRAST not in findings(library, name, orderDetail=[{"text": "Without contrast"}])


def test_a_note_orders_nothing(library: Library) -> None:
    note = [{"text": "If it shows nothing: MRI whole spine with contrast"}]
    assert findings(library, "X-ray lumbar spine", note=note) == {XRAY}


def test_the_priority_is_routine_unless_it_says_otherwise(library: Library) -> None:
    name = "MRI lumbar spine"
    given = [None, "STAT", "asap ", {"text": "soon"}, ""]
    told = [read(library, name, priority=one).scans[0].priority for one in given]
    assert told == ["routine", "stat", "asap", "routine", "routine"]


def test_the_reasons_are_read_as_problems_of_the_patient(library: Library) -> None:
    reasons = [{"text": "Low back pain"}, {"text": "? cauda equina syndrome, no fever"}]
    (draft,) = read(library, "MRI lumbar spine", reasonCode=reasons).scans
    assert {"back-pain", "cauda-equina-syndrome"} <= draft.reasons
    assert "fever" not in draft.reasons


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/other"},
        {"reference": "https://ehr.example.org/fhir/Patient/other"},
        {"reference": "Group/p"},
    ],
)
def test_a_draft_for_somebody_else_is_none(library: Library, subject: object) -> None:
    assert read(library, "MRI lumbar spine", subject=subject).scans == ()


@pytest.mark.parametrize(
    "subject",
    [{"reference": "Patient/p"}, {"reference": "https://ehr.example.org/fhir/Patient/p"}, None],
)
def test_a_draft_for_this_patient_counts(library: Library, subject: object) -> None:
    assert len(read(library, "MRI lumbar spine", subject=subject).scans) == 1
