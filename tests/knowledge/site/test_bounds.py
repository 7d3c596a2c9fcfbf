"""Which numbers a site may move, how far, and how they get into the words of a card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from knowledge.filling import filled, in_words
from knowledge.language.files import KnowledgeError, read
from knowledge.language.schema import Criterion, Parameter
from knowledge.library import FOLDER, Library

NEVER_LESS_SENSITIVE = {
    "chart.acute": "lowest",
    "chart.pvr": "highest",
    "chart.screen": "highest",
    "chart.pvr-lookback": "lowest",
    "chart.power-lookback": "lowest",
    "chart.temperature-lookback": "lowest",
    "chart.mri-clock": "highest",
    "chart.urgent-mri-clock": "highest",
    "chart.fever": "highest",
    "chart.crp-raised": "highest",
    "chart.esr-raised": "highest",
}
"""Numbers that a site may move one way only: the other way would lose emergencies."""

SITES = (
    *NEVER_LESS_SENSITIVE,
    "chart.fever", "chart.adult", "chart.hba1c-lookback", "chart.b12-lookback",
    "chart.folate-lookback", "diabetic-neuropathy.uncontrolled",
)  # fmt: skip
"""Numbers that the criteria leave to a site (section 7 of criteria.md)."""


def parameter(**more: Any) -> Parameter:
    plain = {"value": 8, "unit": "%", "basis": "local-choice", "step": 1}
    return Parameter.model_validate(plain | more)


@pytest.mark.parametrize("place", SITES)
def test_a_number_that_is_left_to_a_site_has_bounds(library: Library, place: str) -> None:
    file, name = place.split(".")
    assert library.tables()[file][name].bounds is not None


@pytest.mark.parametrize(("place", "end"), NEVER_LESS_SENSITIVE.items())
def test_no_site_can_lose_an_emergency_by_a_number(library: Library, place: str, end: str) -> None:
    file, name = place.split(".")
    number = library.tables()[file][name]
    assert getattr(number.bounds, end) == number.value


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"bounds": {"lowest": 9, "highest": 10}}, "do not hold 8"),
        ({"bounds": {"lowest": 8, "highest": 8}}, "do not hold 8"),
        ({"bounds": {"lowest": 7, "highest": 9},
          "or_in": [{"value": 64, "unit": "mmol/mol"}]}, "bounds need the units of or_in"),
        ({"or_in": [{"value": 64, "unit": "mmol/mol"}],
          "bounds": {"lowest": 7, "highest": 9,
                     "or_in": [{"lowest": 70, "highest": 75, "unit": "mmol/mol"}]}},
         "the bounds in mmol/mol do not hold 64"),
    ],
)  # fmt: skip
def test_bounds_that_do_not_hold_the_number_are_a_fault(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        parameter(**more)


def test_a_number_in_words_has_all_its_units() -> None:
    several = parameter(or_in=[{"value": 64, "unit": "mmol/mol"}])
    assert in_words(several) == "8 % or 64 mmol/mol"


def test_a_place_in_the_words_that_is_no_number_is_a_fault(library: Library) -> None:
    one = library.criteria["saddle-anaesthesia"]
    tier = one.tiers[0]
    card = tier.card.model_copy(update={"mind": ("Within {acut} at most.",)})
    wrong = one.model_copy(update={"tiers": (tier.model_copy(update={"card": card}),)})
    with pytest.raises(KnowledgeError) as caught:
        fill(wrong, library)
    (fault,) = caught.value.faults
    assert fault.where == "tiers.0.card"
    assert fault.what == "{acut} is no parameter"
    assert fault.line > 1


def test_what_a_card_fills_in_for_its_patient_is_left(library: Library) -> None:
    one = library.criteria["saddle-anaesthesia"]
    tier = one.tiers[0]
    card = tier.card.model_copy(update={"mind": ("{clock}, {where}, {acute}",)})
    changed = one.model_copy(update={"tiers": (tier.model_copy(update={"card": card}),)})
    (told,) = fill(changed, library).tiers[0].card.mind
    assert told == "{clock}, {where}, 14 days"


def fill(one: Criterion, library: Library) -> Criterion:
    document = read(Path(FOLDER) / "criteria" / f"{one.id}.yaml")
    return filled({one.id: one}, {one.id: document}, library.parameter)[one.id]
