"""The language has words for everything that it can say."""

from __future__ import annotations

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import TypeAdapter

from knowledge.checks import short
from knowledge.explaining.tree import Node, Teller, teller
from knowledge.explaining.wording import load_wording
from knowledge.language import schema
from knowledge.language.schema import (
    LIMITS,
    Amount,
    Asked,
    CardWords,
    Cited,
    Criterion,
    Finding,
    Measure,
    Parameter,
    Plausible,
    Question,
    Tier,
    Urgency,
    Way,
)
from tests.conftest import ROOT

WORDING = load_wording()
TITLES = {"other": "Another criterion"}
FINDING = Finding(
    id="numb", title="Numbness", question="Numb?", world="open", said_by=(Way(codes=("numb",)),)
)
MEASURE = Finding(
    id="residual",
    title="Residual",
    question="How much?",
    world="open",
    measure=Measure(
        codes=("residual",), units=(Plausible(unit="mL", lowest=0, highest=1),), basis="paper"
    ),
)
LIMIT = Parameter(value=14, unit="d", basis="paper", step=1)
NUMBER = Parameter(value=2, unit="1", basis="paper", step=1)


def clause(raw: Any) -> schema.Clause:
    found: schema.Clause = TypeAdapter(schema.Clause).validate_python(raw)
    return found


def telling(*lowered: str, **define: Any) -> Teller:
    made = Criterion(
        id="one",
        version=1,
        title="One",
        about="One.",
        group="cause",
        lead=1,
        sources=(Cited(id="paper", where="1", says="so"),),
        parameters={"limit": LIMIT, "two": NUMBER},
        define={name: clause(raw) for name, raw in define.items()},
        tiers=(Tier(urgency=Urgency.SOON, when=clause("numb"), card=CardWords(summary="Look")),),
    )
    findings = {one.id: one for one in (FINDING, MEASURE)}
    made = made.model_copy(
        update={
            "lowers": tuple(
                schema.Lowering(part=name, when=clause("numb"), to="none", because="so")
                for name in lowered
            )
        }
    )
    return teller(made, findings, lambda _, name: made.parameters[name], WORDING, TITLES)


def told(raw: Any, *lowered: str, **define: Any) -> Node:
    return telling(*lowered, **define).tell(clause(raw))


SAID: dict[str, tuple[Any, str]] = {
    "a finding": ("numb", "Numbness"),
    "an onset": ({"numb": {"within": "limit"}}, "Numbness: began or got worse in the last 14 days"),
    "a denial": (
        {"numb": {"answer": "absent", "recorded_within": "limit"}},
        "Numbness: documented as absent or normal, recorded in the last 14 days",
    ),
    "a measurement": (
        {"residual": {"over": "two", "recorded_within": "limit"}},
        "Residual: over 2, measured in the last 14 days",
    ),
    "a place": (
        {"numb": {"site": ["site-leg", "site-foot"], "side": "both", "site_unstated": "counts"}},
        "Numbness: at a leg or a foot, or where no site is stated, on both sides",
    ),
    "a stated onset": ({"numb": {"onset_stated": True}}, "Numbness: with a stated onset"),
    "no stated onset": ({"numb": {"onset_stated": False}}, "Numbness: without a stated onset"),
    "an order in time": (
        {"numb": {"after": "residual"}},
        "Numbness: later than the last onset or worsening of Residual",
    ),
    "an age": ({"age": {"at_least": "two"}}, "Age at least 2"),
    "an age between": ({"age": {"at_least": "two", "under": "limit"}},
                       "Age at least 2 and Age under 14 days"),
    "no other criterion": (
        {"no_criterion": {"urgency": ["emergency", "urgent"], "ids": ["other"]}},
        "No criterion is met that is an emergency or urgent or one of “Another criterion”",
    ),
    "some of several": (
        {"at_least": {"count": "two", "of": ["numb", "residual"]}},
        "At least 2 of these",
    ),
    "all": ({"all": ["numb"]}, "All of these"),
    "any": ({"any": ["numb"]}, "Any of these"),
    "not": ({"not": "numb"}, "Not"),
    "unless": ({"unless": "numb"}, "Unless it is known that"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_clause_is_said_as_people_say_it(name: str) -> None:
    raw, words = SAID[name]
    assert told(raw).text == words


def test_a_part_is_quoted_and_its_inside_asked_as_the_part_is() -> None:
    node = told({"a-part": {"within": "limit"}}, **{"a-part": {"any": ["numb", "residual"]}})
    assert node.text == "“a part”: began or got worse in the last 14 days"
    (inside,) = node.of
    assert [one.text.partition(": ")[2] for one in inside.of] == [
        "began or got worse in the last 14 days"
    ] * 2


def test_a_part_that_something_explains_away_says_so() -> None:
    assert told("a-part", "a-part", **{"a-part": "numb"}).lowered
    assert not told("a-part", **{"a-part": "numb"}).lowered


def test_programs_get_the_limit_beside_its_name() -> None:
    assert told({"numb": {"within": "limit"}}).options == {
        "within": {"parameter": "limit", "amounts": [{"value": 14.0, "unit": "d"}]}
    }


def test_every_kind_of_clause_is_told() -> None:
    said = {type(clause(raw)) for raw, _ in SAID.values()}
    union = get_args(schema.Clause)[0]
    assert {get_args(one)[0] for one in get_args(union)} == said


def values(field: Any) -> list[Any]:
    """One value of each sort that an option can have."""
    kind = field.annotation
    if get_origin(kind) in (Union, UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    if kind is bool:
        return [True]
    if get_origin(kind) is Literal:
        return [one for one in get_args(kind) if one != field.default]
    if get_origin(kind) is tuple:
        return [("mild",)] if "mild" in str(kind) else [("something",)]
    return ["limit"]


OPTIONS = [
    (name, value) for name, field in Question.model_fields.items() for value in values(field)
]


@pytest.mark.parametrize(("name", "value"), OPTIONS)
def test_every_option_of_a_question_has_words(name: str, value: Any) -> None:
    assert name in WORDING.options, f"write words for {name} into explaining/words.yaml"
    if name in ("after", "same_region_as"):
        value = "residual"
    node = telling().tell(Asked(name="numb", question=Question.model_validate({name: value})))
    words = node.text.removeprefix("Numbness: ")
    assert node.text != "Numbness"
    assert "{" not in words
    if name in LIMITS:
        assert "14 days" in words


def test_no_word_stands_for_an_option_that_there_is_not() -> None:
    known = {*Question.model_fields, "measured_within"}
    assert set(WORDING.options) <= known


def test_every_urgency_has_words() -> None:
    assert set(WORDING.urgencies) == set(Urgency)


def test_every_key_of_an_example_has_words() -> None:
    assert set(WORDING.examples) >= short._ALL


def test_every_place_of_the_body_has_words() -> None:
    places = {path.stem for path in (ROOT / "knowledge/valuesets").glob("site-*.json")}
    assert places == set(WORDING.sites)


AMOUNTS = {
    (14, "d"): "14 days",
    (1, "wk"): "1 week",
    (60, "a"): "60 years",
    (38, "Cel"): "38 °C",
    (5, "1"): "5",
    (0.33, "1"): "0.33",
    (100000, "/uL"): "100,000 /uL",
    (200, "mL"): "200 mL",
}


@pytest.mark.parametrize("amount", AMOUNTS)
def test_a_number_is_written_with_its_unit(amount: tuple[float, str]) -> None:
    value, unit = amount
    assert WORDING.amount(Amount(value=value, unit=unit)) == AMOUNTS[amount]


def test_a_limit_is_told_in_all_its_units() -> None:
    both = Parameter(
        value=8, unit="%", or_in=(Amount(value=64, unit="mmol/mol"),), basis="paper", step=1
    )
    assert WORDING.limit(both) == "8 % or 64 mmol/mol"
