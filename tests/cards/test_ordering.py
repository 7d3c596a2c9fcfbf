"""Draft orders judged: whole requests as an EHR sends them, and what may not happen to one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml
from fhir.resources.R4B.servicerequest import ServiceRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cards.ordering import compose_orders
from knowledge.chart.decode import read_values
from knowledge.evaluation import Evaluation
from knowledge.language.schema import Criterion
from knowledge.library import Library, load_library
from service.supplied import types_supplied
from tests.cards.builders import REASSURING, every_text
from tests.cards.test_hl7 import holes
from tests.conftest import ROOT

FOLDER = ROOT / "knowledge" / "patients" / "orders"
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=ZoneInfo("UTC"))
HOOKS = ("order-select", "order-sign")
ENOUGH = 8
LONGEST = 139
Json = dict[str, Any]


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """What the only card has to be."""

    indicator: str
    topic: str


class Becomes(msgspec.Struct, forbid_unknown_fields=True):
    """What the first draft that is changed becomes."""

    priority: str
    code: str


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One request and what it gets."""

    file: str
    hook: str
    title: str
    why: str
    card: Card | None = None
    says: list[str] = []
    actions: list[str] = []
    becomes: Becomes | None = None


EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
ENTRIES = msgspec.convert(EXPECTED["drafts"], list[Entry])


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def evaluated(library: Library, request: Json) -> Evaluation:
    decoded = read_values(request["prefetch"])
    return library.judge(
        decoded,
        patient_id=request["context"]["patientId"],
        now=NOW,
        supplied=types_supplied(decoded),
    )


def answered(library: Library, request: Json, **context: Any) -> list[Json]:
    """The cards for a request, its context changed."""
    told = request["context"] | context
    return compose_orders(
        evaluated(library, request),
        library,
        told["draftOrders"],
        told.get("selections", ()),
        patient_id=told["patientId"],
        encounter_id=None,
        now=NOW,
        base_url="https://cds.example.org",
    )


def asked(name: str) -> Json:
    found: Json = json.loads((FOLDER / f"{name}.request.json").read_text(encoding="utf-8"))
    return found


def named(entry: Entry) -> str:
    return entry.file.split(".")[0]


@pytest.fixture(params=ENTRIES, ids=named)
def entry(request: pytest.FixtureRequest) -> Entry:
    found: Entry = request.param
    return found


@pytest.fixture
def cards(entry: Entry, library: Library) -> list[Json]:
    return answered(library, asked(named(entry)))


def updates(cards: list[Json]) -> list[Json]:
    return [one["resource"] for one in actions(cards) if one["type"] == "update"]


def actions(cards: list[Json]) -> list[Json]:
    return [
        one
        for card in cards
        for suggestion in card.get("suggestions", ())
        for one in suggestion["actions"]
    ]


def test_every_example_is_told_and_every_file_is_there() -> None:
    assert sorted(one.file for one in ENTRIES) == sorted(one.name for one in FOLDER.glob("*.json"))


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_has_its_scenarios_from_both_sides(hook: str) -> None:
    own = [one for one in ENTRIES if one.hook == hook]
    assert len(own) >= ENOUGH
    assert len([one for one in own if one.card]) >= ENOUGH / 2
    assert len([one for one in own if not one.card]) >= ENOUGH / 2
    assert all(asked(named(one))["hook"] == hook for one in own)


def test_the_drafts_get_the_card_that_a_clinician_expects(entry: Entry, cards: list[Json]) -> None:
    got = [Card(card["indicator"], card["source"]["topic"]["code"]) for card in cards]
    assert got == ([entry.card] if entry.card else [])


def test_the_card_says_what_it_has_to_say(entry: Entry, cards: list[Json]) -> None:
    text = "\n".join(card["summary"] + "\n" + card["detail"] for card in cards)
    assert [words for words in entry.says if words not in text] == []


def test_the_suggestions_are_the_right_ones(entry: Entry, cards: list[Json]) -> None:
    assert [one["type"] for one in actions(cards)] == entry.actions
    changed = updates(cards)
    if entry.becomes:
        codes = [one["code"] for one in changed[0]["code"]["coding"]]
        assert Becomes(changed[0]["priority"], entry.becomes.code) == entry.becomes
        assert entry.becomes.code in codes


def test_the_first_line_fits_and_nothing_reassures(cards: list[Json]) -> None:
    for card in cards:
        assert len(card["summary"]) <= LONGEST
        assert not [text for text in every_text(card) if REASSURING.search(text)]


def test_every_card_can_be_dismissed_and_followed(cards: list[Json]) -> None:
    for card in cards:
        assert card["overrideReasons"]
        assert card["links"][0]["url"].startswith("https://cds.example.org/criteria/")
        assert ("suggestions" in card) == (card.get("selectionBehavior") == "any")
        assert all(len(one["actions"]) == 1 for one in card.get("suggestions", ()))
        assert card["source"]["topic"]["code"].isalnum()


def test_json_bytes_and_parsed_drafts_get_the_same_cards(
    entry: Entry, cards: list[Json], library: Library
) -> None:
    request = asked(named(entry))
    raw = msgspec.Raw(json.dumps(request["context"]["draftOrders"]).encode())
    again = answered(library, request, draftOrders=raw)
    assert [card["summary"] for card in again] == [card["summary"] for card in cards]


# -- what a change keeps -------------------------------------------------------------------------


def test_a_change_of_priority_changes_nothing_else(library: Library) -> None:
    request = asked("select-routine-mri-for-saddle-numbness")
    (draft,) = [one["resource"] for one in request["context"]["draftOrders"]["entry"]]
    (changed,) = updates(answered(library, request))
    assert changed == draft | {"priority": "stat"}


def test_a_changed_order_keeps_its_id_and_all_that_does_not_contradict_it(library: Library) -> None:
    request = asked("select-xray-for-saddle-numbness")
    draft = request["context"]["draftOrders"]["entry"][1]["resource"]
    (changed,) = updates(answered(library, request))
    kept = {key: one for key, one in draft.items() if key not in ("bodySite", "code")}
    assert kept.items() <= changed.items()
    assert "bodySite" not in changed
    ServiceRequest.model_validate(changed)


def test_a_change_never_slows_an_order_down(library: Library) -> None:
    request = asked("sign-lumbar-mri-for-fever-and-injected-drugs")
    request["context"]["draftOrders"]["entry"][0]["resource"]["priority"] = "stat"
    (changed,) = updates(answered(library, request))
    assert changed["priority"] == "stat"


def nested(levels: int) -> object:
    found: object = "deep"
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    "strange",
    [float("nan"), "\ud800", float("inf"), nested(480)],
    ids=["nan", "half", "inf", "deep"],
)
def test_a_draft_that_cannot_be_sent_back_is_not_changed_but_replaced(
    library: Library, strange: object
) -> None:
    request = asked("select-xray-for-saddle-numbness")
    request["context"]["draftOrders"]["entry"][1]["resource"]["quantityQuantity"] = strange
    cards = answered(library, request)
    assert [one["type"] for one in actions(cards)] == ["create", "create"]
    msgspec.json.encode(cards)


def test_what_is_null_or_empty_in_a_draft_is_not_sent_back(library: Library) -> None:
    request = asked("select-xray-for-saddle-numbness")
    draft = request["context"]["draftOrders"]["entry"][1]["resource"]
    draft |= {"performer": [], "occurrenceDateTime": None, "patientInstruction": ""}
    draft |= {"bodySite": [{}], "note": [{"text": "keep"}, None, {"text": ""}]}
    (changed,) = updates(answered(library, request))
    assert not {"performer", "occurrenceDateTime", "patientInstruction"} & changed.keys()
    assert "bodySite" not in changed
    assert changed["note"] == [{"text": "keep"}]


def test_a_priority_of_the_ehr_s_own_is_left_as_it_is(library: Library) -> None:
    request = asked("sign-contrast-for-saddle-numbness")
    right = asked("select-emergency-mri-for-saddle-numbness")["context"]["draftOrders"]["entry"]
    drafts = request["context"]["draftOrders"]["entry"]
    drafts[0]["resource"]["priority"] = "Emergent"
    drafts += [entry | {"resource": entry["resource"] | {"id": "right"}} for entry in right]
    for entry in drafts:
        entry["resource"]["subject"] = drafts[0]["resource"]["subject"]
    (changed,) = updates(answered(library, request))
    assert changed["id"] == "scan"
    assert changed["priority"] == "Emergent"


# -- which drafts are judged ---------------------------------------------------------------------

WRONG = "select-xray-for-saddle-numbness"


@pytest.mark.parametrize(
    "selections",
    [
        ["ServiceRequest/scan"],
        ["scan"],
        ["https://ehr.example.org/fhir/ServiceRequest/scan"],
        ["ServiceRequest/scan/_history/2"],
        ["MedicationRequest/paracetamol", "ServiceRequest/scan"],
        ["ServiceRequest/unheard-of"],
        [],
    ],
)
def test_a_selection_names_its_draft_in_many_ways(library: Library, selections: list[str]) -> None:
    assert answered(library, asked(WRONG), selections=selections)


@pytest.mark.parametrize("status", ["revoked", "entered-in-error", "completed"])
def test_a_draft_that_is_over_is_none(library: Library, status: str) -> None:
    request = asked(WRONG)
    request["context"]["draftOrders"]["entry"][1]["resource"]["status"] = status
    assert answered(library, request) == []


def test_what_is_not_to_be_done_is_no_draft(library: Library) -> None:
    request = asked(WRONG)
    request["context"]["draftOrders"]["entry"][1]["resource"]["doNotPerform"] = True
    assert answered(library, request) == []


@pytest.mark.parametrize(
    "sent",
    [
        None, b"", b"null", b"{", "text", 7, [], {}, [[[]]], {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": None}, {"resourceType": "Bundle", "entry": "none"},
        {"resourceType": "Bundle", "entry": [None, 1, {}, {"resource": None}, {"resource": []}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "ServiceRequest"}}]},
        {"resourceType": "ServiceRequest", "code": {"coding": {"code": 7}, "text": ["MRI"]}},
        b'{"resourceType": "Bundle", "entry": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)  # fmt: skip
def test_drafts_that_are_none_get_no_card_and_break_nothing(library: Library, sent: object) -> None:
    assert answered(library, asked(WRONG), draftOrders=sent) == []


def test_a_single_resource_and_a_list_are_read_like_a_bundle(library: Library) -> None:
    draft = asked(WRONG)["context"]["draftOrders"]["entry"][1]["resource"]
    assert answered(library, asked(WRONG), draftOrders=draft)
    assert answered(library, asked(WRONG), draftOrders=[draft])


def test_an_mri_without_a_region_is_asked_for_it(library: Library) -> None:
    (card,) = answered(library, asked(WRONG), draftOrders=mri("MRI spine", "stat"))
    assert card["indicator"] == "warning"
    assert "names no region" in card["summary"]


def test_a_body_site_names_the_region(library: Library) -> None:
    draft = mri("Magnetic resonance imaging", "stat") | {"bodySite": [{"text": "Lumbar spine"}]}
    assert answered(library, asked(WRONG), draftOrders=draft) == []


def test_three_regions_together_are_the_whole_spine(library: Library) -> None:
    name = "select-lumbar-mri-for-cancer-and-weak-legs"
    parts = [mri(f"MRI {part} spine", "stat") for part in ("cervical", "thoracic", "lumbar")]
    assert answered(library, asked(name), draftOrders=parts, selections=[]) == []
    (card,) = answered(library, asked(name), draftOrders=parts[1:], selections=[])
    assert card["indicator"] == "critical"


def test_each_of_three_slow_regions_is_hastened(library: Library) -> None:
    name = "select-lumbar-mri-for-cancer-and-weak-legs"
    parts = [mri(f"MRI {part} spine", "routine") for part in ("cervical", "thoracic", "lumbar")]
    sent = [one | {"id": f"d{place}"} for place, one in enumerate(parts)]
    cards = answered(library, asked(name), draftOrders=sent, selections=[])
    assert [one["priority"] for one in updates(cards)] == ["stat", "stat", "stat"]


def test_a_draft_with_a_reason_of_its_own_is_left_alone(library: Library) -> None:
    name = "select-xray-for-a-strain"
    request = asked(name)
    draft = request["context"]["draftOrders"]["entry"][0]["resource"]
    draft["reasonCode"] = [{"text": "Low back pain"}]
    assert answered(library, request)
    draft["reasonCode"] = [{"text": "Fall from a ladder"}]
    assert answered(library, request) == []


def test_an_emergency_scan_is_not_advised_against(library: Library) -> None:
    request = asked("sign-mri-for-a-strain")
    request["context"]["draftOrders"]["entry"][0]["resource"]["priority"] = "stat"
    assert answered(library, request) == []


def test_a_ct_is_no_mri_unless_an_implant_is_on_record(library: Library) -> None:
    draft = mri("CT lumbar spine", "stat")
    (card,) = answered(library, asked(WRONG), draftOrders=draft)
    assert card["indicator"] == "critical"
    name = "sign-myelogram-with-a-pacemaker"
    assert answered(library, asked(name), draftOrders=draft) == []


def test_the_lumbar_scan_that_answers_the_first_of_two_emergencies_is_only_too_little(
    library: Library,
) -> None:
    request = asked(WRONG)
    both = {
        "resourceType": "Condition", "id": "both", "onsetDateTime": "2026-10-31",
        "subject": {"reference": f"Patient/{request['context']['patientId']}"},
        "code": {"text": "Numbness of both legs"},
    }  # fmt: skip
    request["prefetch"]["conditions"]["entry"].append({"resource": both})
    (card,) = answered(library, request, draftOrders=mri("MRI lumbar spine", "stat"))
    assert card["indicator"] == "warning"
    assert "whole-spine MRI" in card["summary"]
    assert "not the drafted lumbar MRI alone" in card["summary"]


def test_for_a_myelopathy_that_is_not_new_the_lumbar_spine_can_be_left_out(
    library: Library,
) -> None:
    request = asked("sign-mri-for-a-strain")
    patient = request["context"]["patientId"]
    (entry,) = request["prefetch"]["conditions"]["entry"]
    entry["resource"] |= {
        "subject": {"reference": f"Patient/{patient}"}, "onsetDateTime": "2026-09-20",
        "code": {"text": "Cervical spondylotic myelopathy"},
    }  # fmt: skip
    parts = [mri(f"MRI {part} spine", "urgent") for part in ("cervical", "thoracic")]
    assert answered(library, request, draftOrders=parts) == []
    (card,) = answered(library, request, draftOrders=mri("MRI lumbar spine", "urgent"))
    assert card["source"]["topic"]["code"] == "cordcompressionmyelopathy"


def test_no_card_holds_anything_null_or_empty(cards: list[Json]) -> None:
    assert cards == [] or holes(cards, "$") == []


def test_a_child_in_an_emergency_gets_the_card_with_whom_to_ask(library: Library) -> None:
    request = asked(WRONG)
    request["prefetch"]["patient"]["birthDate"] = "2013-03-14"
    (card,) = answered(library, request)
    assert card["indicator"] == "critical"
    assert library.words.mind.child in card["detail"]


def test_a_scan_that_is_overdue_is_not_replaced_by_a_slow_draft(library: Library) -> None:
    request = asked("sign-xray-while-the-mri-is-under-way")
    (entry,) = request["prefetch"]["serviceRequests"]["entry"]
    entry["resource"]["authoredOn"] = "2026-11-01T02:00:00Z"
    (card,) = answered(library, request)
    assert "do not wait for the drafted spine X-ray" in card["summary"]
    assert "escalate" in card["detail"] or "overdue" in card["detail"]
    assert actions([card]) == []


def test_the_right_order_outside_a_hospital_is_not_doubled(library: Library) -> None:
    request = asked("sign-xray-while-the-mri-is-under-way")
    request["prefetch"]["encounters"].pop("entry")
    (card,) = answered(library, request)
    assert card["indicator"] == "critical"
    assert [one["resource"]["code"]["text"] for one in actions([card])] == [
        "Referral to the emergency department"
    ]


def test_a_broken_sentence_costs_no_emergency_its_card(library: Library) -> None:
    fit = library.order_checks.file.fit
    kind = fit.kind.model_copy(update={"emergency": "{nothing}"})
    file = library.order_checks.file.model_copy(
        update={"fit": fit.model_copy(update={"kind": kind})}
    )
    broken = replace(library, order_checks=replace(library.order_checks, file=file))
    (card,) = answered(broken, asked(WRONG))
    assert card["indicator"] == "critical"
    assert card["source"]["topic"]["code"] == "caudaequinasyndrome"


def mri(text: str, priority: str) -> Json:
    return {
        "resourceType": "ServiceRequest", "id": "scan", "status": "draft", "intent": "order",
        "priority": priority, "code": {"text": text},
    }  # fmt: skip


# -- words ---------------------------------------------------------------------------------------


def scans(library: Library, one: Criterion) -> Iterator[str]:
    for tier in one.tiers:
        for name in tier.card.order:
            scan = library.orders[name].scan
            if scan and str(tier.urgency) in ("emergency", "urgent"):
                yield scan


def test_every_first_line_fits_whatever_was_drafted(library: Library) -> None:
    checks = library.order_checks.file
    now = max(library.words.work_up.now, library.words.work_up.now_in_hospital, key=len)
    drafts = [one.words for one in checks.kinds]
    for one, draft in product(library.criteria.values(), drafts):
        told = {"title": one.title, "draft": draft, "now": now, "priority": "routine"}
        texts = [checks.contrast.summary.format(**told), checks.fit.slow.format(**told)]
        texts += [checks.fit.priority.emergency.format(**told)]
        for scan in scans(library, one):
            filled = told | {"scan": checks.scans[scan]}
            wrong = (checks.fit.kind, checks.fit.region, checks.fit.beside, checks.fit.unnamed)
            texts += [way.emergency.format(**filled) for way in wrong]
            texts += [way.urgent.format(**filled) for way in wrong]
        assert max(map(len, texts)) <= LONGEST, max(texts, key=len)


def test_the_topics_of_their_own_are_no_criterions(library: Library) -> None:
    checks = library.order_checks.file
    own = {checks.contrast.topic.code, checks.safety.topic.code, checks.needless.topic.code}
    assert len(own) == 3
    assert not own & {name.replace("-", "") for name in library.criteria}


# -- whatever is sent ----------------------------------------------------------------------------

PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
ANY = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner)
)
FIELDS = ("id", "status", "priority", "code", "subject", "bodySite", "orderDetail", "reasonCode",
          "contained", "doNotPerform", "note", "encounter")  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(field=st.sampled_from(FIELDS), value=ANY, inside=st.booleans())
def test_no_field_of_a_draft_breaks_the_answer(
    library: Library, field: str, value: Any, inside: bool
) -> None:
    request = asked(WRONG)
    draft = request["context"]["draftOrders"]["entry"][1]["resource"]
    draft[field] = {"coding": [{"display": value}], "text": value} if inside else value
    msgspec.json.encode(answered(library, request))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=ANY, selections=st.lists(st.text(max_size=20), max_size=3))
def test_no_drafts_break_the_answer(library: Library, sent: Any, selections: list[str]) -> None:
    sent = {"resourceType": "Bundle", "entry": sent}
    assert answered(library, asked(WRONG), draftOrders=sent, selections=selections) == []
