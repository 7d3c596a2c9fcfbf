from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.chart import decode
from knowledge.chart.decode import Decoded, NotJson, read_body, read_values
from knowledge.chart.fhir import CodeableConcept, Resource

CONDITION: dict[str, Any] = {
    "resourceType": "Condition",
    "id": "c1",
    "meta": {"lastUpdated": "2026-10-31T08:40:00Z"},
    "clinicalStatus": {"coding": [{"system": "http://x", "code": "active"}]},
    "category": [{"coding": [{"code": "problem-list-item"}]}],
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "449813001"}], "text": "t"},
    "bodySite": [{"text": "saddle"}],
    "subject": {"reference": "Patient/p1"},
    "onsetDateTime": "2026-10-30",
    "note": [{"text": "since yesterday"}],
}
OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "category": [{"text": "exam"}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-10-30T08:00:00+02:00",
    "valueQuantity": {"value": 38.5, "unit": "C", "system": "http://unitsofmeasure.org"},
    "bodySite": {"text": "leg"},
    "component": [{"code": {"text": "power"}, "valueInteger": 3}],
    "referenceRange": [{"low": {"value": 36}}],
}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "p1", "birthDate": "1966-11-22"}
ENCOUNTER: dict[str, Any] = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "in-progress",
    "class": {"system": "http://x", "code": "EMER"},
    "type": [{"text": "visit"}],
    "period": {"start": "2026-10-30"},
}
PLAIN = (CONDITION, OBSERVATION, PATIENT, ENCOUNTER)


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    entry = [{"fullUrl": f"urn:uuid:{n}", "resource": one} for n, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entry, **more}


def read(document: Any) -> Decoded:
    return read_body(json.dumps(document).encode())


def one(document: Any) -> decode.Entry:
    decoded = read(document)
    assert decoded.unreadable == []
    (entry,) = decoded.entries
    return entry


def why(document: Any) -> str:
    decoded = read(document)
    assert decoded.entries == []
    (unreadable,) = decoded.unreadable
    return unreadable.why


def refusal(reading: Callable[[bytes], object], body: bytes) -> str | None:
    try:
        reading(body)
    except NotJson as error:
        return str(error)
    return None


def with_field(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which one (nested) field has another value."""
    changed = copy.deepcopy(document)
    *way, last = path.split(".")
    inner: Any = changed
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    inner[int(last) if last.isdigit() else last] = value
    return changed


# Reading what is right


def test_the_fields_of_a_condition_are_read() -> None:
    resource = one(CONDITION).resource
    assert resource.resource_type == "Condition"
    assert resource.code is not None
    assert resource.code.coding[0].code == "449813001"
    assert resource.body_sites == (CodeableConcept(text="saddle"),)
    assert resource.onset_date_time == "2026-10-30"
    assert resource.about is not None
    assert resource.about.reference == "Patient/p1"
    assert resource.meta is not None
    assert resource.meta.last_updated == "2026-10-31T08:40:00Z"


def test_the_one_body_site_of_an_observation_is_a_list_of_one() -> None:
    resource = one(OBSERVATION).resource
    assert resource.body_sites == (CodeableConcept(text="leg"),)
    assert resource.component[0].value_integer == 3
    assert resource.has_value


def test_an_encounter_has_its_class_as_a_coding_or_as_concepts() -> None:
    as_concepts = with_field(ENCOUNTER, "class", [{"coding": [{"code": "EMER"}]}])
    as_text = with_field(ENCOUNTER, "class", "EMER")
    for document in (ENCOUNTER, as_concepts, as_text):
        entry = one(document)
        assert [coding.code for coding in entry.resource.classes] == ["EMER"]
        assert entry.partly == ()


def test_a_type_is_a_concept_several_or_a_plain_code() -> None:
    assert one(ENCOUNTER).resource.types == (CodeableConcept(text="visit"),)
    device = {"resourceType": "Device", "type": {"text": "pacemaker"}}
    assert one(device).resource.types == (CodeableConcept(text="pacemaker"),)
    allergy = {"resourceType": "AllergyIntolerance", "type": "allergy", "category": ["food"]}
    assert one(allergy).resource.types == ()
    assert one(allergy).resource.categories == ()


def test_a_priority_is_a_code_and_a_total_a_number() -> None:
    order = {"resourceType": "ServiceRequest", "priority": "stat"}
    claim = {
        "resourceType": "Claim",
        "priority": {"coding": [{"code": "normal"}]},
        "total": {"value": 5, "currency": "EUR"},
    }
    assert one(order).resource.priority == "stat"
    entry = one(claim)
    assert (entry.resource.priority, entry.resource.total) == ("normal", None)
    assert entry.partly == ()


def test_dosages_are_found_wherever_the_type_has_them() -> None:
    request = {"resourceType": "MedicationRequest", "dosageInstruction": [{"text": "daily"}]}
    given_once = {"resourceType": "MedicationAdministration", "dosage": {"dose": {"value": 5}}}
    assert one(request).resource.dosages[0].text == "daily"
    dose = one(given_once).resource.dosages[0].dose
    assert dose is not None
    assert dose.value == 5


def test_a_contained_resource_is_found_by_its_reference() -> None:
    request = {
        "resourceType": "MedicationRequest",
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "warfarin"}}],
        "medicationReference": {"reference": "#m"},
    }
    resource = one(request).resource
    assert resource.medication_reference is not None
    found = resource.find_contained(resource.medication_reference.reference)
    assert found is not None
    assert found.code == CodeableConcept(text="warfarin")
    assert resource.find_contained("#x") is None
    assert resource.find_contained("Medication/m") is None
    assert resource.find_contained(None) is None


@pytest.mark.parametrize(
    "field",
    [
        {"_valueBoolean": {"extension": [{"url": "x", "valueCode": "unknown"}]}},
        {"valueSampledData": {"data": "1 2 3"}},
        {"valueAttachment": {}},
    ],
)
def test_an_answer_that_cannot_be_read_is_not_a_missing_answer(field: dict[str, Any]) -> None:
    document = {"resourceType": "Observation", "code": {"text": "saddle numbness"}, **field}
    resource = one(document).resource
    assert not resource.has_value
    assert resource.has_unread_value
    assert not one({"resourceType": "Observation"}).resource.has_unread_value
    assert one({"resourceType": "Observation", "valueBoolean": False}).resource.has_value


# Documents


def test_a_bundle_is_read_with_its_own_words() -> None:
    links = [{"relation": "self", "url": "s"}, {"relation": "next", "url": "n"}]
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}
    decoded = read(bundle(*PLAIN, outcome, total=5, link=links))
    assert len(decoded.entries) == 5
    assert decoded.entries[0].full_url == "urn:uuid:0"
    (info,) = decoded.bundles
    assert (info.type, info.total, info.self_link, info.next_link) == ("searchset", 5, "s", "n")
    assert info.types == {"Condition", "Observation", "Patient", "Encounter", "OperationOutcome"}
    assert info.outcomes == ("information",)


def test_a_broken_resource_changes_nothing_in_what_is_said_of_the_bundle() -> None:
    links = [{"relation": "next", "url": "n"}]
    whole = read(bundle(*PLAIN, total=5, link=links))
    broken = with_field(OBSERVATION, "valueQuantity", "x")
    torn = read(bundle(*PLAIN, broken, total=5, link=links))
    assert torn.bundles == whole.bundles
    assert torn.entries == whole.entries
    assert [item.why for item in torn.unreadable] == ["not valid FHIR: valueQuantity"]


def test_nested_bundles_are_opened() -> None:
    nested = bundle(bundle(bundle(CONDITION)), OBSERVATION)
    kinds = ["Condition", "Observation"]
    assert [entry.resource.resource_type for entry in read(nested).entries] == kinds
    broken = with_field(CONDITION, "code", 5)
    decoded = read(bundle(bundle(bundle(CONDITION, broken)), OBSERVATION))
    assert [entry.resource.resource_type for entry in decoded.entries] == kinds
    assert len(decoded.unreadable) == 1
    assert len(decoded.bundles) == len(read(nested).bundles) == 3


def test_values_keep_their_keys_and_a_null_is_not_an_empty_list() -> None:
    raw = msgspec.json.encode
    decoded = read_values(
        {
            "patient": msgspec.Raw(raw(PATIENT)),
            "conditions": raw(bundle(CONDITION)),
            "none": b"null",
            "empty": raw({"resourceType": "Bundle", "total": 0}),
            "text": b'"x"',
            "object": b"{}",
            "parsed": bundle(OBSERVATION),
            "parsed-null": None,
            "torn": b"{",
        }
    )
    assert [entry.key for entry in decoded.entries] == ["patient", "conditions", "parsed"]
    assert decoded.nulls == {"none", "parsed-null"}
    assert decoded.not_fhir == {"text", "object"}
    assert [info.key for info in decoded.bundles] == ["conditions", "empty", "parsed"]
    assert [(item.reference, item.why) for item in decoded.unreadable] == [("torn", "not JSON")]


def test_an_operation_outcome_instead_of_data_is_known_by_its_severities() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}, {}]}
    assert read_values({"k": outcome}).outcomes == {"k": ("error", "")}
    assert read_values({"k": json.dumps(outcome).encode()}).outcomes == {"k": ("error", "")}


def test_entries_without_a_resource_are_skipped() -> None:
    deletion = {"request": {"method": "DELETE", "url": "Condition/1"}}
    rows = {"resourceType": "Bundle", "entry": [deletion, {"resource": None}, {}]}
    broken = {**rows, "entry": [*rows["entry"], "x"]}
    assert read(rows).unreadable == []
    assert [item.reference for item in read(broken).unreadable] == ["entry[3]"]


@pytest.mark.parametrize("resource", ["x", 5, [], True, {}, {"id": "x"}, {"resourceType": 5}])
def test_an_entry_that_holds_no_resource_is_unreadable_alone(resource: Any) -> None:
    decoded = read(bundle(CONDITION, resource, OBSERVATION))
    assert len(decoded.entries) == 2
    (unreadable,) = decoded.unreadable
    assert unreadable.reference == "entry[1]"
    assert unreadable.resource_type is None


@pytest.mark.parametrize("document", [[], "x", 5, {}, {"a": 1}, [CONDITION], {"resourceType": ""}])
def test_what_has_no_resource_type_is_not_fhir(document: Any) -> None:
    decoded = read(document)
    assert decoded.not_fhir == {""}
    assert decoded.entries == []


@pytest.mark.parametrize("body", [b"", b"{", b"Saddle", b"\xff\xfe\x00", b'{"a": Saddle}'])
def test_what_is_not_json_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(NotJson) as caught:
        read_body(body)
    assert str(caught.value) == "not JSON"
    assert caught.value.__context__ is None


# Repairing what is not quite right


@pytest.mark.parametrize(
    ("document", "path", "value", "expected"),
    [
        (CONDITION, "code.coding", {"code": "449813001"}, lambda r: r.code.coding[0].code),
        (CONDITION, "category", {"text": "x"}, lambda r: r.categories[0].text),
        (CONDITION, "code", [{"text": "x"}], lambda r: r.code.text),
        (CONDITION, "note", {"text": "x"}, lambda r: r.note[0].text),
        (CONDITION, "note", ["x"], lambda r: r.note[0].text),
        (CONDITION, "code", "x", lambda r: r.code.text),
        (CONDITION, "clinicalStatus", "resolved", lambda r: r.clinical_status.coding[0].code),
        (CONDITION, "subject", "Patient/p1", lambda r: r.subject.reference),
        (CONDITION, "id", 5, lambda r: r.id),
        (CONDITION, "id", True, lambda r: r.id),
        (CONDITION, "code.coding.0.code", 449813001, lambda r: r.code.coding[0].code),
        (CONDITION, "onsetDateTime", 2026, lambda r: r.onset_date_time),
        (CONDITION, "bodySite", "saddle", lambda r: r.body_sites[0].text),
        (OBSERVATION, "valueQuantity.value", "38.5", lambda r: r.value_quantity.value),
        (OBSERVATION, "valueBoolean", "true", lambda r: r.value_boolean),
        (OBSERVATION, "valueString", 4.5, lambda r: r.value_string),
        (OBSERVATION, "component", {"valueInteger": "3"}, lambda r: r.component[0].value_integer),
        (OBSERVATION, "category", None, lambda r: r.categories == ()),
        (OBSERVATION, "code.coding", [None, {"code": "x"}], lambda r: r.code.coding[0].code),
    ],
)
def test_another_spelling_of_the_same_is_repaired_without_loss(
    document: dict[str, Any], path: str, value: Any, expected: Callable[[Any], Any]
) -> None:
    decoded = read(bundle(with_field(document, path, value), CONDITION))
    assert decoded.unreadable == []
    assert decoded.entries[0].partly == ()
    found = expected(decoded.entries[0].resource)
    flat = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    assert found is True or str(found) in flat or str(found) == flat.lower()


@pytest.mark.parametrize("bad", [{"a": 1}, [[], []], True, [{}, 5]])
@pytest.mark.parametrize(
    ("document", "field"),
    [
        (CONDITION, "onsetDateTime"),
        (CONDITION, "recordedDate"),
        (OBSERVATION, "effectiveDateTime"),
        (OBSERVATION, "issued"),
        (PATIENT, "birthDate"),
        (PATIENT, "deceasedDateTime"),
    ],
)
def test_a_bad_date_is_dropped_and_named(document: dict[str, Any], field: str, bad: Any) -> None:
    assert one({**document, field: bad}).partly == (field,)


@pytest.mark.parametrize(
    "field", ["note", "meta", "encounter", "category", "severity", "evidence", "contained"]
)
def test_what_decides_nothing_is_dropped_and_named(field: str) -> None:
    assert one({**CONDITION, field: 5.5}).partly == (field,)


def test_a_version_of_a_code_is_dropped_with_its_path() -> None:
    entry = one(with_field(CONDITION, "code.coding.0.version", {"x": 1}))
    assert entry.partly == ("code.coding[0].version",)


def test_a_patient_loses_a_field_rather_than_the_chart_its_patient() -> None:
    entry = one({**PATIENT, "deceasedBoolean": "maybe", "gender": {}})
    assert entry.resource.id == "p1"
    assert set(entry.partly) == {"deceasedBoolean", "gender"}


@pytest.mark.parametrize(
    ("document", "path", "value", "field"),
    [
        (OBSERVATION, "valueQuantity", "x", "valueQuantity"),
        (OBSERVATION, "valueQuantity", [], "valueQuantity"),
        (OBSERVATION, "valueQuantity.value", "high", "valueQuantity.value"),
        (OBSERVATION, "valueQuantity.value", True, "valueQuantity.value"),
        (OBSERVATION, "valueBoolean", "perhaps", "valueBoolean"),
        (OBSERVATION, "valueBoolean", 1, "valueBoolean"),
        (OBSERVATION, "status", {}, "status"),
        (OBSERVATION, "code.coding.0.code", 724.2, "code.coding[0].code"),
        (OBSERVATION, "code.coding", [{"code": "x"}, 5], "code.coding[1]"),
        (OBSERVATION, "component.0.valueInteger", 3.5, "component[0].valueInteger"),
        (OBSERVATION, "component.0.valueInteger", 1e300, "component[0].valueInteger"),
        (OBSERVATION, "component.0.valueInteger", 10**30, "component[0].valueInteger"),
        (OBSERVATION, "dataAbsentReason", 5, "dataAbsentReason"),
        (CONDITION, "verificationStatus", 5, "verificationStatus"),
        (CONDITION, "abatementDateTime", {}, "abatementDateTime"),
        (CONDITION, "subject", 5, "subject"),
        (CONDITION, "id", {}, "id"),
    ],
)
def test_what_could_turn_a_yes_into_a_no_makes_the_resource_unreadable(
    document: dict[str, Any], path: str, value: Any, field: str
) -> None:
    changed = with_field(document, path, value)
    decoded = read(bundle(changed, PATIENT))
    assert len(decoded.entries) == 1
    (unreadable,) = decoded.unreadable
    assert unreadable.why == f"not valid FHIR: {field}"
    assert unreadable.resource_type == document["resourceType"]
    assert why(changed) == unreadable.why


def test_a_resource_is_named_by_its_id_only_where_that_is_one() -> None:
    broken = {**OBSERVATION, "valueQuantity": 5}
    names = ["o1", "Jane Doe", "x" * 1000, None]
    decoded = read(bundle(*({**broken, "id": name} for name in names)))
    references = [item.reference for item in decoded.unreadable]
    assert references == ["Observation/o1", "entry[1]", "entry[2]", "entry[3]"]


def test_a_type_that_the_chart_does_not_read_is_never_unreadable() -> None:
    claim = {"resourceType": "ExplanationOfBenefit", "id": "x", "total": [{}], "status": {}}
    decoded = read(bundle(claim, CONDITION))
    assert decoded.unreadable == []
    assert len(decoded.entries) == 2


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "9" * 5000, "1e999999999"])
def test_a_number_that_is_none_spoils_its_own_resource_only(number: str) -> None:
    text = json.dumps(bundle(OBSERVATION, CONDITION)).replace("38.5", number)
    decoded = read_body(text.encode())
    assert [entry.resource.resource_type for entry in decoded.entries] == ["Condition"]
    assert decoded.unreadable[0].why == "not valid FHIR: valueQuantity.value"


def test_a_number_that_is_none_in_a_field_that_nobody_reads_spoils_nothing() -> None:
    text = json.dumps(bundle({**OBSERVATION, "extra": 1.25}, CONDITION)).replace("1.25", "1e400")
    decoded = read_body(text.encode())
    assert decoded.unreadable == []
    assert len(decoded.entries) == 2


def test_a_lone_surrogate_is_replaced() -> None:
    text = json.dumps(bundle(CONDITION, OBSERVATION)).replace("since", "\\ud83d since")
    decoded = read_body(text.encode())
    assert decoded.unreadable == []
    note = decoded.entries[0].resource.note[0].text
    assert note == "\ufffd since yesterday"
    msgspec.json.encode(decoded.entries[0].resource)


def test_a_byte_of_another_encoding_is_replaced() -> None:
    body = json.dumps(bundle(CONDITION)).encode().replace(b"since", b"d\xe9j\xe0")
    assert read_body(body).entries[0].resource.note[0].text == "d\ufffdj\ufffd yesterday"
    assert read_body(b"\xef\xbb\xbf" + json.dumps(CONDITION).encode()).entries


@pytest.mark.parametrize("depth", [500, 10_000, 1_000_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_depth_bomb_never_escapes(depth: int, opening: str, closing: str) -> None:
    bomb = (opening * depth + "1" + closing * depth).encode()
    body = b'{"resourceType":"Observation","x":' + bomb + b"}"
    decoded = read_values({"bomb": body, "sound": json.dumps(CONDITION).encode()})
    assert decoded.entries[-1].key == "sound"
    assert [item.why for item in decoded.unreadable] in ([], ["nested too deeply"])
    assert refusal(read_body, body) in (None, "nested too deeply")


@pytest.mark.parametrize("depth", [50, 200, 400])
def test_one_resource_nested_too_deeply_does_not_spoil_the_others(depth: int) -> None:
    head, tail = '{"resourceType":"Medication","contained":[', "]}"
    deep = head * depth + '{"resourceType":"Medication","contained":7}' + tail * depth
    body = json.dumps(bundle(CONDITION, {"deep": 0}, OBSERVATION)).replace('{"deep": 0}', deep)
    decoded = read_body(body.encode())
    assert decoded.entries[0].resource.id == "c1"
    assert decoded.entries[-1].resource.id == "o1"
    assert len(decoded.entries) + len(decoded.unreadable) == 3


def test_bundles_nested_too_deeply_are_unreadable_and_not_half_read() -> None:
    head, tail = '{"resourceType":"Bundle","entry":[{"resource":', "}]}"
    text = head * 300 + json.dumps({**CONDITION, "code": 5}) + tail * 300
    decoded = read_values({"k": text.encode()})
    assert decoded.entries == []
    assert len(decoded.unreadable) == 1


def test_a_megabyte_of_text_is_read() -> None:
    long = "x" * 1_000_000
    assert one({**CONDITION, "note": [{"text": long}]}).resource.note[0].text == long
    assert one({**CONDITION, "note": long}).resource.note[0].text == long
    assert why({**OBSERVATION, "valueQuantity": long}) == "not valid FHIR: valueQuantity"


# Whatever comes

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.just(1e300),
    st.text(max_size=5),
    st.just("\ud800"),
    st.sampled_from(["Bundle", "Observation", "Condition", "2026-10-31", "true", "5"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["resourceType", "entry", "resource", "coding", "code", "value", "x"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    steps = list(value.items()) if isinstance(value, dict) else []
    steps += list(enumerate(value)) if isinstance(value, list) else []
    for step, inner in steps:
        found += places(inner, (*path, step))
    return found


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A resource in which some fields were dropped or have another value."""
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(PLAIN)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(document)))
        inner: Any = document
        for step in way:
            inner = inner[step]
        if draw(st.booleans()):
            inner[last] = draw(ANYTHING)
        else:
            del inner[last]
        if not places(document):
            break
    return document


def check(decoded: Decoded) -> None:
    for entry in decoded.entries:
        assert isinstance(entry.resource, Resource)
        assert entry.resource.resource_type
        for answer in (entry.resource, *entry.resource.component):
            quantity = answer.value_quantity
            assert quantity is None or quantity.value is None or math.isfinite(quantity.value)
        msgspec.json.encode(entry.resource)


@given(damaged())
@settings(max_examples=200, deadline=None)
def test_damage_to_one_resource_never_spoils_the_others(document: dict[str, Any]) -> None:
    body = json.dumps(bundle(CONDITION, document, OBSERVATION)).encode()
    for decoded in (read_body(body), read_values({"k": json.loads(body)})):
        check(decoded)
        assert decoded.entries[0].resource.id == "c1"
        assert decoded.entries[-1].resource.id == "o1"
        assert len(decoded.entries) + len(decoded.unreadable) + len(decoded.bundles) >= 4 or (
            document.get("resourceType") == "Bundle"
        )


@given(damaged(), st.sampled_from(["Observation/secret", "secret"]))
@settings(max_examples=50, deadline=None)
def test_no_reason_repeats_what_was_sent(document: dict[str, Any], secret: str) -> None:
    for path in ("valueQuantity", "status", "subject"):
        decoded = read({**document, "resourceType": "Observation", path: {secret: [secret]}})
        assert "secret" not in repr(decoded.unreadable)


@given(ANYTHING)
@settings(max_examples=150, deadline=None)
def test_no_json_ever_raises(document: Any) -> None:
    body = json.dumps(document).encode()
    check(read_body(body))
    check(read_values({"a": body, "b": document, "c": bundle(document, CONDITION)}))


@given(st.binary(max_size=50))
def test_no_bytes_raise_anything_but_not_json(body: bytes) -> None:
    check(read_values({"k": body}))
    known = (None, "not JSON", "not an object", "nested too deeply")
    assert refusal(read_body, body) in known
