from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.errors import Problem
from service.files import ALL_LISTS, read_bytes, read_file
from service.hooks import HOOK, HookRequest
from tests.service.fakes import bundle, condition, hook_request

ANN = {"resourceType": "Patient", "id": "p1"}
BOB = {"resourceType": "Patient", "id": "p2"}


def read(document: Any, patient: str | None = None) -> HookRequest:
    return read_file(json.dumps(document).encode(), patient, HOOK)


def refusal(document: Any, patient: str | None = None) -> str:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(Problem) as caught:
        read_file(raw, patient, HOOK)
    text = str(caught.value)
    assert "\n" not in text
    return text


def typed(kind: str, *resources: Any) -> dict[str, Any]:
    return bundle(*resources) | {"type": kind}


@pytest.mark.parametrize(
    "kind", ["transaction", "batch", "collection", "document", "message", "history"]
)
def test_a_bundle_that_is_no_search_is_the_whole_chart(kind: str) -> None:
    assert read(typed(kind, condition())).supplied == ALL_LISTS


def test_everything_is_the_whole_chart() -> None:
    assert read(bundle(ANN, condition())).supplied == ALL_LISTS


@pytest.mark.parametrize("document", [condition(), bundle(condition()), bundle(ANN)])
def test_one_search_or_one_resource_supplies_only_what_it_holds(document: Any) -> None:
    assert read(document, "p1").supplied is None


def test_the_only_patient_is_meant() -> None:
    assert read(typed("collection", ANN, condition())).patient_id == "p1"


def test_of_several_patients_one_has_to_be_named() -> None:
    both = typed("collection", ANN, BOB, condition())
    assert refusal(both) == "2 patients are in it; say who is meant with --patient ID"
    assert read(both, "p2").patient_id == "p2"
    assert read(both, "Patient/p2").patient_id == "p2"
    assert "not among" in refusal(both, "p3")


def test_without_a_patient_the_only_subject_is_meant() -> None:
    assert read(condition()).patient_id == "p1"
    other = condition(subject={"reference": "https://ehr.example.org/fhir/Patient/p2/_history/3"})
    assert read(other).patient_id == "p2"
    assert "2 patients" in refusal(bundle(condition(), other))


def test_without_any_patient_one_has_to_be_named() -> None:
    nobody = {"resourceType": "Condition"}
    assert "--patient" in refusal(nobody)
    assert read(nobody, "p9").patient_id == "p9"


def test_a_patient_known_by_its_full_url_alone() -> None:
    entry = {"fullUrl": "urn:uuid:abc", "resource": {"resourceType": "Patient"}}
    document = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert read(document).patient_id == "abc"


def test_a_request_is_read_as_the_hook_reads_it() -> None:
    request = read(hook_request())
    assert request.patient_id == "p1"
    assert request.supplied is None
    assert set(request.prefetch) == {"conditions", "observations"}


def test_a_request_about_somebody_else_than_was_asked_for() -> None:
    assert "another patient" in refusal(hook_request(), "p2")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "not valid JSON"),
        (b"resourceType: Patient", "not valid JSON"),
        (b"\x89PNG\r\n", "not valid JSON"),
        (b"<Bundle xmlns='http://hl7.org/fhir'/>", "XML"),
        ([1, 2], "neither"),
        ({"name": "x"}, "neither"),
        ({"resourceType": "ValueSet"}, "a single ValueSet"),
        ({"resourceType": "a b"}, "not a FHIR resource"),
        (typed("collection", {"resourceType": "ValueSet"}), "a Bundle of ValueSet"),
        (typed("collection"), "a Bundle without resources"),
        ({"resourceType": "Bundle", "entry": [5, {"resource": 5}, None]}, "without resources"),
        (b"[" * 9999, "not valid JSON"),
    ],
)
def test_what_is_no_chart_is_said_in_one_line(document: Any, why: str) -> None:
    text = refusal(document)
    assert text.startswith("no chart: ")
    assert why in text


def test_a_broken_place_does_not_make_it_unreadable() -> None:
    raw = json.dumps(typed("collection", ANN, condition(note="X"))).replace('"X"', "NaN")
    assert read_file(raw.encode(), None, HOOK).patient_id == "p1"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="No such file"):
        read_bytes(str(tmp_path / "none.json"))


def test_resources_of_bundles_in_a_bundle_are_seen() -> None:
    assert read(typed("batch-response", bundle(ANN), bundle(condition()))).patient_id == "p1"
