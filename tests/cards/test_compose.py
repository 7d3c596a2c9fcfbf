from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest

from knowledge.language.schema import CardWords, Urgency
from tests.cards.builders import (
    BOTH_LEGS,
    CES,
    DISC,
    NEUROPATHY,
    REASSURING,
    RESIDUAL_FOUND,
    SADDLE,
    SADDLE_FOUND,
    WEAKNESS,
    card,
    cards,
    criterion,
    evaluation,
    every_text,
    labels,
    met,
)

EMERGENCY = met(CES, Urgency.EMERGENCY, SADDLE_FOUND, RESIDUAL_FOUND, clock="4 h")
ALSO = met(SADDLE, Urgency.EMERGENCY, SADDLE_FOUND)
URGENT = met(WEAKNESS, Urgency.URGENT, clock="14 days")
CAUSE = met(DISC, Urgency.SOON)
ROUTINE = met(NEUROPATHY, Urgency.ROUTINE)
MISSING: dict[str, Any] = {
    "anchors": (replace(SADDLE_FOUND, finding="numbness-anchor", display="Numb back"),),
    "screen_missing": ("saddle-numbness", "urinary-retention", "leg-power"),
}


def indicators(found: list[dict[str, Any]]) -> list[str]:
    return [one["indicator"] for one in found]


def test_nothing_met_and_nothing_missing_gives_no_card() -> None:
    assert cards(evaluation()) == []


def test_a_deceased_patient_gets_no_card() -> None:
    assert cards(evaluation(EMERGENCY, deceased=True, **MISSING)) == []


def test_an_emergency_is_one_critical_card_that_names_every_criterion() -> None:
    found = card(evaluation(ALSO, EMERGENCY, URGENT))
    assert found["indicator"] == "critical"
    assert found["summary"] == "Suspected cauda equina syndrome: ER now, emergency MRI"
    assert "**Also met**: Saddle anaesthesia; Acute leg weakness gait." in found["detail"]


def test_the_most_urgent_leads_even_where_another_would_by_number() -> None:
    found = card(evaluation(met(CES, Urgency.URGENT), met(WEAKNESS, Urgency.EMERGENCY)))
    assert found["summary"] == "Leg weakness: spinal team today"
    assert found["source"]["topic"]["code"] == "acutelegweaknessgait"


def test_beside_an_emergency_a_cause_is_nothing_to_attribute_it_to() -> None:
    found = card(evaluation(EMERGENCY, CAUSE, ROUTINE, **MISSING))
    line = "**Do not attribute to**: Disc herniation radiculopathy; Diabetic neuropathy."
    assert line in found["detail"]


def test_urgent_is_a_warning_and_what_can_wait_a_card_of_its_own() -> None:
    found = cards(evaluation(CAUSE, ROUTINE, URGENT, **MISSING))
    assert indicators(found) == ["warning", "info"]
    assert "**Also met**: Diabetic neuropathy." in found[1]["detail"]
    assert "saddle sensation" in found[0]["detail"]
    assert "saddle sensation" not in found[1]["detail"]


def test_the_second_card_repeats_no_order_that_the_first_one_covers() -> None:
    first, second = cards(evaluation(CAUSE, URGENT))
    assert labels(first) == ["Refer to the spinal team today", "Order urgent MRI, lumbosacral"]
    assert labels(second) == ["Order standing X-ray, lumbar"]


def test_what_is_not_documented_is_asked_where_there_is_an_anchor() -> None:
    found = card(evaluation(**MISSING))
    assert found["indicator"] == "info"
    assert found["summary"] == "Back or leg numbness: cauda equina screen not recorded"
    assert "suggestions" not in found
    assert found["source"]["topic"]["code"] == "caudaequinascreen"


def test_without_an_anchor_nothing_is_asked() -> None:
    assert cards(evaluation(screen_missing=("saddle-numbness",))) == []


def test_the_cause_and_what_is_missing_are_two_cards_and_ask_nothing_twice() -> None:
    asking = replace(CAUSE, ask=("saddle-numbness", "sexual-dysfunction"))
    found = cards(evaluation(asking, **MISSING))
    assert indicators(found) == ["info", "info"]
    assert "**Ask and record**: sexual function." in found[0]["detail"]
    assert "saddle sensation; bladder; power in both legs." in found[1]["detail"]


def test_beside_an_emergency_or_urgent_card_the_questions_stand_on_that_card() -> None:
    for judged in (EMERGENCY, URGENT):
        found = card(evaluation(judged, **MISSING))
        assert "**Ask and record**: saddle sensation; bladder" in found["detail"] or (
            judged is EMERGENCY and "**Ask and record**: bladder" in found["detail"]
        )


def test_a_child_gets_emergencies_alone_with_words_of_its_own() -> None:
    assert cards(evaluation(URGENT, CAUSE, age=9.0, paediatric=True)) == []
    found = card(evaluation(EMERGENCY, URGENT, age=9.0, paediatric=True))
    assert "Discuss with paediatric spinal surgery or neurology" in found["detail"]
    assert "leg weakness" not in found["detail"]


def test_in_hospital_nobody_is_sent_to_the_er() -> None:
    where = {"setting": "EMER", "setting_since": "2026-11-01T09:10:00+00:00"}
    found = card(evaluation(EMERGENCY, **where))
    assert found["summary"] == (
        "Suspected cauda equina syndrome: emergency MRI now (patient is in the ER since 09:10)"
    )
    assert labels(found) == ["Order emergency MRI, lumbosacral"]
    assert "ER with MRI" not in found["detail"]
    assert "already-in-er" not in [one["code"] for one in found["overrideReasons"]]


def test_where_the_summary_does_not_say_where_the_patient_is_the_detail_does() -> None:
    found = card(evaluation(URGENT, setting="IMP", setting_since="2026-10-30"))
    assert found["detail"].startswith("Patient is in hospital since 30 Oct 2026.")


def test_a_class_of_encounter_that_we_have_no_words_for_is_a_hospital() -> None:
    found = card(evaluation(URGENT, setting="FLD"))
    assert found["detail"].startswith("Patient is in hospital.")


def test_a_summary_stays_under_140_characters_whatever_is_filled_in() -> None:
    long = criterion("long", CardWords(summary="x" * 132 + "{clock}"))
    found = card(evaluation(met(long, Urgency.EMERGENCY, clock="4 h")))
    assert len(found["summary"]) <= 139
    many = tuple(replace(SADDLE_FOUND, finding=name) for name in MANY_ANCHORS)
    found = card(evaluation(anchors=many, screen_missing=("leg-power",)))
    assert found["summary"] == "Back complaint: cauda equina screen not recorded"


MANY_ANCHORS = (
    "numbness", "back-pain", "radicular-leg-pain", "radicular-pain", "disc-herniation",
    "spinal-stenosis", "spondylolisthesis", "spinal-fracture",
)  # fmt: skip


def test_an_anchor_without_words_of_its_own_is_a_back_complaint() -> None:
    odd = replace(SADDLE_FOUND, finding="something-new")
    found = card(evaluation(anchors=(odd,), screen_missing=("leg-power",)))
    assert found["summary"] == "Back complaint: cauda equina screen not recorded"


def test_the_source_is_the_guideline_that_the_leading_criterion_stands_on() -> None:
    found = card(evaluation(EMERGENCY))
    assert found["source"] == {
        "label": "Backflag",
        "url": "https://example.org/pathway",
        "topic": {
            "system": "https://backflag.org/fhir/CodeSystem/topic",
            "code": "caudaequinasyndrome",
            "display": "Cauda equina syndrome",
        },
    }


def test_every_topic_is_alphanumeric_and_silences_no_other() -> None:
    all_found = [
        *cards(evaluation(EMERGENCY)),
        *cards(evaluation(CAUSE, URGENT)),
        *cards(evaluation(**MISSING)),
    ]
    codes = [one["source"]["topic"]["code"] for one in all_found]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z0-9]{1,100}", code) for code in codes)


def test_every_uuid_is_a_lower_case_version_4_and_its_own() -> None:
    found = cards(evaluation(CAUSE, URGENT)) + cards(evaluation(CAUSE, URGENT))
    names = [one["uuid"] for one in found]
    names += [said["uuid"] for one in found for said in one.get("suggestions", ())]
    assert len(set(names)) == len(names) > 2
    assert all(str(uuid.UUID(name)) == name and uuid.UUID(name).version == 4 for name in names)


def test_override_reasons_fit_the_occasion_and_have_code_system_and_display() -> None:
    critical = card(evaluation(EMERGENCY))["overrideReasons"]
    assert [one["display"] for one in critical] == [
        "Already in the ER",
        "Already ordered or arranged",
        "MRI done after the onset",
        "Already under the spinal team",
        "Long-standing and unchanged",
        "Finding on record is wrong",
        "Patient declines",
        "Not clinically relevant now",
    ]
    missing = card(evaluation(**MISSING))["overrideReasons"]
    assert "Asked, recorded elsewhere" in [one["display"] for one in missing]
    assert all(set(one) == {"code", "system", "display"} for one in critical + missing)


@pytest.mark.parametrize(
    "judged",
    [
        evaluation(EMERGENCY, ALSO, CAUSE, **MISSING),
        evaluation(URGENT, ROUTINE, age=None, incomplete=("2 Observations could not be read",)),
        evaluation(CAUSE, **MISSING),
        evaluation(EMERGENCY, setting="EMER"),
    ],
)
def test_no_card_reassures(judged: Any) -> None:
    for one in cards(judged):
        assert not [text for text in every_text(one) if REASSURING.search(text)]


@pytest.mark.parametrize("urgency", [Urgency.SOON, Urgency.ROUTINE])
def test_what_can_wait_is_info(urgency: Urgency) -> None:
    assert card(evaluation(met(DISC, urgency)))["indicator"] == "info"


def test_both_legs_with_cauda_equina_signs_offer_both_scans() -> None:
    found = card(evaluation(EMERGENCY, met(BOTH_LEGS, Urgency.EMERGENCY)))
    assert labels(found) == [
        "Refer to the ER now",
        "Order emergency MRI, lumbosacral",
        "Order emergency MRI, whole spine",
    ]
