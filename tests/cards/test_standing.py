"""What a card says of the site: who signed, which numbers were moved, whom to call."""

from __future__ import annotations

from datetime import date
from typing import Any

from cards.compose import compose
from knowledge.evaluation import Evaluation
from knowledge.language.schema import Amount, Parameter, Urgency
from knowledge.site.model import Change, OrderCode, Phone, SignOff, Site
from tests.cards.builders import CES, DISC, NOW, SADDLE, SADDLE_FOUND, Shelf, evaluation, met

SIGNED = SignOff(CES.id, 1, "Dr A. Example", "spinal *lead*", date(2026, 3, 1))
MRI = "mri-lumbosacral-emergency"


def card(shelf: Shelf, what: Evaluation | None = None) -> dict[str, Any]:
    judged = what or evaluation(met(CES, Urgency.EMERGENCY, SADDLE_FOUND))
    (only,) = compose(judged, shelf, patient_id="p1", encounter_id=None, now=NOW)
    return only


def drafts(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [suggestion["actions"][0]["resource"] for suggestion in one["suggestions"]]


def number(value: float, unit: str, *others: Amount) -> Parameter:
    return Parameter(value=value, unit=unit, or_in=others, basis="local-choice", step=1)


def moved(name: str, was: Parameter, now: Parameter) -> Change:
    return Change("chart", name, was, now, "a reason")


def test_a_signed_criterion_says_by_which_role_and_when_and_not_by_whom() -> None:
    detail = card(Shelf(signed=SIGNED))["detail"]
    said = r"signed off here for this criterion by spinal \*lead\*, 1 Mar 2026."
    assert f"Knowledge 2026.11.0, {said}" in detail
    assert "not signed off" not in detail
    assert "Dr A" not in detail


def test_the_sign_off_of_a_criterion_that_does_not_lead_is_not_the_cards() -> None:
    both = evaluation(met(SADDLE, Urgency.EMERGENCY), met(CES, Urgency.URGENT))
    assert "not signed off at this site" in card(Shelf(signed=SIGNED), both)["detail"]


def test_a_draft_says_which_of_its_criteria_are_signed_off() -> None:
    both = evaluation(met(CES, Urgency.EMERGENCY), met(SADDLE, Urgency.EMERGENCY))
    for draft in drafts(card(Shelf(signed=SIGNED), both)):
        assert draft["note"][-1]["text"] == (
            "Proposed by Backflag: cauda-equina-syndrome (version 1, signed off here), "
            "saddle-anaesthesia (version 1, not signed off here); knowledge 2026.11.0."
        )


def test_a_moved_number_is_told_with_its_default_in_all_its_units() -> None:
    changes = (
        moved("pvr", number(200, "mL"), number(150, "mL")),
        moved(
            "some-limit",
            number(8, "%", Amount(value=64, unit="mmol/mol")),
            number(8.5, "%", Amount(value=69, unit="mmol/mol")),
        ),
    )
    assert (
        "This site uses residual over 150 mL (default 200 mL); "
        "some limit 8.5 % or 69 mmol/mol (default 8 % or 64 mmol/mol)."
    ) in card(Shelf(moved=changes))["detail"]


def test_many_moved_numbers_are_counted_where_there_is_no_room() -> None:
    one = moved("pvr", number(200, "mL"), number(150, "mL"))
    assert "; and 3 more." in card(Shelf(moved=(one,) * 8))["detail"]


def test_a_card_of_another_criterion_does_not_tell_of_the_number() -> None:
    shelf = Shelf(moved=(moved("pvr", number(200, "mL"), number(150, "mL")),))
    other = evaluation(met(SADDLE, Urgency.EMERGENCY))
    assert "This site uses" not in card(shelf, other)["detail"]


def test_a_pressing_card_says_whom_to_call_in_one_line() -> None:
    phones = (
        Phone("spinal surgeons", "+44 20 7946 0000"),
        Phone("trauma team", "555", ("trauma-numbness",)),
        Phone("MSCC coordinator", "556", (CES.id,)),
    )
    lines = card(Shelf(site=Site("Us", phones=phones)))["detail"].splitlines()
    (phone,) = (line for line in lines if line.startswith("**Phone**"))
    assert phone == r"**Phone**: spinal surgeons \+44 20 7946 0000; MSCC coordinator 556."


def test_a_card_that_can_wait_names_no_phone() -> None:
    shelf = Shelf(site=Site("Us", phones=(Phone("spinal surgeons", "555"),)))
    assert "Phone" not in card(shelf, evaluation(met(DISC, Urgency.SOON)))["detail"]


def test_a_site_without_phones_says_nothing_of_them() -> None:
    assert "Phone" not in card(Shelf(site=Site("Us")))["detail"]


def test_the_sites_orderable_stands_before_the_standard_codes() -> None:
    own = OrderCode(MRI, "urn:own", "MRI-1", "MRI L-S")
    (code,) = (
        draft["code"]
        for draft in drafts(card(Shelf(site=Site("Us", orders=(own,)))))
        if draft["code"]["text"].startswith("MRI")
    )
    first, *others = code["coding"]
    assert first == {"system": "urn:own", "code": "MRI-1", "display": "MRI L-S"}
    assert {one["system"] for one in others} == {"http://loinc.org", "http://snomed.info/sct"}


def test_an_orderable_that_stands_alone_is_sent_alone() -> None:
    own = OrderCode(MRI, "urn:own", "MRI-1", "MRI L-S", alone=True)
    codes = [draft["code"] for draft in drafts(card(Shelf(site=Site("Us", orders=(own,)))))]
    assert [len(code["coding"]) for code in codes if code["text"].startswith("MRI")] == [1]
