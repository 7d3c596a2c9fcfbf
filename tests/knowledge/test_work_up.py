"""Rule G9 over whole charts: what an EHR sends of orders and reports, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from knowledge.chart.decode import Decoded, read_body
from knowledge.evaluation import Judged, State
from knowledge.language.schema import Urgency
from knowledge.library import Library, load_library
from knowledge.reading.reader import Chart

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
LISTS = frozenset(
    ("Condition", "Observation", "ServiceRequest", "Encounter", "DiagnosticReport", "Procedure")
)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def ago(**length: float) -> str:
    return (NOW - timedelta(**length)).isoformat()


SADDLE: Json = {
    "resourceType": "Condition", "id": "c1", "onsetDateTime": ago(days=2),
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "449813001"}]},
}  # fmt: skip
IN_THE_ER: Json = {
    "resourceType": "Encounter", "id": "e1", "status": "in-progress",
    "class": {"code": "EMER"}, "period": {"start": ago(hours=2)},
}  # fmt: skip


def order(code: Json, **more: Any) -> Json:
    fields: Json = {"status": "active", "intent": "order", "priority": "stat"}
    fields |= {"authoredOn": ago(hours=1)} | more
    return {"resourceType": "ServiceRequest", "id": "s1", "code": code} | fields


LUMBAR: Json = {"coding": [{"system": "http://loinc.org", "code": "24968-0"}]}


def decoded_of(*resources: Json) -> Decoded:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    return read_body(msgspec.json.encode(bundle))


def judged(library: Library, name: str, *resources: Json) -> Judged:
    decoded = decoded_of(*resources)
    found = library.judge(decoded, patient_id=None, now=NOW, supplied=LISTS)
    return next(one for one in found.criteria if one.criterion.id == name)


def ces(library: Library, *resources: Json) -> Judged:
    return judged(library, "cauda-equina-syndrome", SADDLE, *resources)


def state(one: Judged) -> State | None:
    return one.work_up.state if one.work_up else None


def test_our_own_orders_once_signed_answer_what_they_were_offered_for(library: Library) -> None:
    scans = [one for one in library.orders.orders if one.scan and one.code.codings]
    assert scans
    for one in scans:
        coding = one.code.codings[0]
        code = {"coding": [{"system": coding.system, "code": coding.code}]}
        wanted = library.work_up.file.scans[one.scan or ""].ordered
        found = _answers(library, code)
        assert any(set(names) <= found for names in wanted), one.id


def _answers(library: Library, code: Json) -> set[str]:
    chart = Chart(decoded_of(order(code)), None, None, LISTS)
    standing = library.reader.read(chart, NOW, ZoneInfo("UTC")).standing
    return {name for name, one in standing.items() if one.present}


def test_the_right_order_in_the_er_is_acknowledged_and_remembers_its_urgency(
    library: Library,
) -> None:
    one = ces(library, IN_THE_ER, order(LUMBAR))
    assert state(one) is State.ACKNOWLEDGED
    assert (one.urgency, one.pressing) == (Urgency.ROUTINE, Urgency.EMERGENCY)
    assert "work-up" in one.held_back_by


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"priority": "routine"}, ("priority",)),
        ({"priority": None}, ("priority",)),
        ({"status": "on-hold"}, ("status",)),
        ({"authoredOn": ago(days=3)}, ("before",)),
        ({"authoredOn": None}, ("before",)),
        ({"status": "revoked"}, ("not-in-force",)),
        ({"status": "draft"}, ("not-in-force",)),
        ({"intent": "proposal"}, ("not-in-force",)),
        ({"doNotPerform": True}, ("not-in-force",)),
        ({"code": {"text": "MRI brain"}}, ("region",)),
        ({"code": {"text": "MRI left knee"}}, ("region",)),
        ({"code": {"text": "MRI"}}, ("region",)),
    ],
)
def test_any_other_order_silences_nothing_and_says_why(
    library: Library, change: Json, why: tuple[str, ...]
) -> None:
    one = ces(library, IN_THE_ER, order(LUMBAR) | change)
    assert one.urgency is Urgency.EMERGENCY
    assert one.work_up is not None
    assert one.work_up.why == why


@pytest.mark.parametrize(
    "change",
    [
        {"status": "entered-in-error"},
        {"authoredOn": "2026-12-24"},
        {"subject": {"reference": "Patient/other"}},
    ],
)
def test_what_is_no_order_of_this_patient_is_not_mentioned(library: Library, change: Json) -> None:
    patient = {"resourceType": "Patient", "id": "own"}
    one = ces(library, patient, IN_THE_ER, order(LUMBAR) | change)
    assert one.urgency is Urgency.EMERGENCY
    assert state(one) is None


def test_a_completed_order_is_no_scan(library: Library) -> None:
    one = ces(library, IN_THE_ER, order(LUMBAR, status="completed"))
    assert one.urgency is Urgency.EMERGENCY
    assert one.work_up is not None
    assert one.work_up.why == ("status",)


def test_a_scan_that_lies_ahead_answers_nothing(library: Library) -> None:
    report = {
        "resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": LUMBAR,
        "effectiveDateTime": "2026-11-05", "conclusion": "No cauda equina compression.",
    }  # fmt: skip
    assert ces(library, IN_THE_ER, report).urgency is Urgency.EMERGENCY


def test_three_orders_of_the_three_regions_are_the_whole_spine(library: Library) -> None:
    weak = {
        "resourceType": "Condition", "id": "c2", "onsetDateTime": ago(days=1),
        "code": {"text": "Weakness of both legs"},
    }  # fmt: skip
    regions = ["cervical", "thoracic", "lumbar"]
    orders = [order({"text": f"MRI {one} spine"}) | {"id": one} for one in regions]
    name = "acute-leg-weakness-gait"
    assert state(judged(library, name, weak, IN_THE_ER, *orders)) is State.ACKNOWLEDGED
    two = judged(library, name, weak, IN_THE_ER, *orders[:2])
    assert two.urgency is Urgency.EMERGENCY
    assert state(two) is State.NOT_ENOUGH


def test_a_lumbar_order_does_not_answer_what_needs_the_whole_spine(library: Library) -> None:
    weak = {
        "resourceType": "Condition", "id": "c2", "onsetDateTime": ago(days=1),
        "code": {"text": "Weakness of both legs"},
    }  # fmt: skip
    one = judged(library, "acute-leg-weakness-gait", weak, IN_THE_ER, order(LUMBAR))
    assert one.urgency is Urgency.EMERGENCY
    assert one.work_up is not None
    assert one.work_up.why == ("region",)


def test_of_several_orders_the_one_that_is_enough_counts(library: Library) -> None:
    routine = order(LUMBAR, priority="routine", authoredOn=ago(days=20)) | {"id": "s0"}
    one = ces(library, IN_THE_ER, routine, order(LUMBAR))
    assert state(one) is State.ACKNOWLEDGED
    assert one.work_up is not None
    assert one.work_up.order.reference == "ServiceRequest/s1"


def test_what_is_in_hand_still_keeps_benign_causes_quiet(library: Library) -> None:
    strain = {"resourceType": "Condition", "id": "c3", "code": {"text": "Lumbar muscle strain"}}
    numb = {
        "resourceType": "Condition", "id": "c4", "onsetDateTime": ago(hours=10),
        "abatementDateTime": ago(hours=9), "code": {"text": "Numb leg after sitting"},
    }  # fmt: skip
    everything = (SADDLE, IN_THE_ER, order(LUMBAR), strain, numb)
    assert not judged(library, "mechanical-postural", *everything).met


def residual(amount: int, **length: float) -> Json:
    return {
        "resourceType": "Observation", "id": f"o{amount}", "status": "final",
        "code": {"text": "Post-void residual"}, "effectiveDateTime": ago(**length),
        "valueQuantity": {"value": amount, "unit": "mL"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scans", "wanted"),
    [
        ((residual(450, minutes=10),), State.NOT_ENOUGH),
        ((residual(40, hours=2), residual(450, minutes=10)), State.NOT_ENOUGH),
        ((residual(420, hours=2), residual(450, minutes=10)), State.ACKNOWLEDGED),
    ],
    ids=["first", "risen", "again"],
)
def test_a_bladder_that_was_found_full_after_the_order_is_new(
    library: Library, scans: tuple[Json, ...], wanted: State
) -> None:
    chart = (SADDLE, IN_THE_ER, order(LUMBAR), *scans)
    one = judged(library, "bladder-bowel-dysfunction", *chart)
    assert state(one) is wanted


def test_power_that_is_lost_after_the_order_is_new_and_stays_so_when_measured_again(
    library: Library,
) -> None:
    weak = {
        "resourceType": "Condition", "id": "c2", "onsetDateTime": ago(days=2),
        "code": {"text": "Weakness of both legs"},
    }  # fmt: skip
    whole = order({"text": "MRI whole spine"})
    before, after = power(4, hours=2), power(2, minutes=20)
    for chart, wanted in (
        ([before], State.ACKNOWLEDGED),
        ([before, after], State.NOT_ENOUGH),
        ([before, after, power(2, minutes=5)], State.NOT_ENOUGH),
    ):
        one = judged(library, "acute-leg-weakness-gait", weak, IN_THE_ER, whole, *chart)
        assert state(one) is wanted


def power(grade: int, **length: float) -> Json:
    when = ago(**length)
    return {
        "resourceType": "Observation", "id": f"p{when}", "status": "final",
        "code": {"text": "Right hip flexion power"}, "effectiveDateTime": when,
        "valueQuantity": {"value": grade},
    }  # fmt: skip
