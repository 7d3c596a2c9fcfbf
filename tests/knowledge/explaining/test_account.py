"""The account of every criterion that is shipped is whole, faithful and readable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from knowledge.explaining.account import Explainer
from knowledge.explaining.shapes import Account
from knowledge.explaining.tree import Node
from knowledge.language.criteria import findings_of
from knowledge.language.schema import Clause, Criterion
from knowledge.library import Library, load_library
from tests.conftest import ROOT
from tests.knowledge.explaining.rebuilding import agrees, asked, findings, lines

NAMES = sorted(path.stem for path in (ROOT / "knowledge" / "criteria").glob("*.yaml"))
BASE = "https://cds.example.org"
CES = "cauda-equina-syndrome"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def explainer(library: Library) -> Explainer:
    return Explainer(library, BASE)


@pytest.fixture(params=NAMES)
def criterion(request: pytest.FixtureRequest, library: Library) -> Criterion:
    return library.criteria[request.param]


@pytest.fixture(scope="module")
def told(explainer: Explainer) -> Mapping[str, Account]:
    return {name: explainer.account(name) for name in NAMES}


@pytest.fixture
def account(criterion: Criterion, told: Mapping[str, Account]) -> Account:
    return told[criterion.id]


def trees(account: Account) -> Iterator[Node]:
    yield from (one.when for one in account.tiers)
    yield from (one.when for one in account.lowers)
    yield from (one.when for one in account.parts)


def test_each_tree_says_exactly_what_its_clause_asks(
    criterion: Criterion, account: Account
) -> None:
    pairs: list[tuple[Node, Clause]] = [
        (step.when, tier.when) for step, tier in zip(account.tiers, criterion.tiers, strict=True)
    ]
    pairs += [
        (low.when, one.when) for low, one in zip(account.lowers, criterion.lowers, strict=True)
    ]
    pairs += [(term.when, criterion.define[term.part]) for term in account.parts]
    assert [clause for node, clause in pairs if not agrees(node, clause)] == []


def test_a_tree_that_lost_a_line_is_noticed(explainer: Explainer, library: Library) -> None:
    when = library.criteria[CES].tiers[0].when
    whole = explainer.account(CES).tiers[0].when
    assert agrees(whole, when)
    assert not agrees(msgspec.structs.replace(whole, of=whole.of[:1]), when)
    assert not agrees(msgspec.structs.replace(whole, kind="any"), when)


def test_every_part_that_is_named_is_told_with_what_is_inside(account: Account) -> None:
    def parts(node: Node) -> Iterator[Node]:
        if node.kind == "part":
            yield node
        for one in node.of:
            yield from parts(one)

    hollow = [one.part for tree in trees(account) for one in parts(tree) if not one.of]
    assert hollow == []


def test_every_finding_of_a_tree_is_among_those_whose_codes_are_told(
    criterion: Criterion, account: Account, library: Library
) -> None:
    named = set().union(*(findings(tree) for tree in trees(account)))
    told = {one.id for one in account.findings}
    assert named <= told == findings_of(criterion, library.findings)


def test_no_id_and_no_gap_is_left_in_what_people_read(
    account: Account, library: Library, criterion: Criterion
) -> None:
    ids = {*library.findings, *library.criteria, *criterion.define, *criterion.parameters}
    ids |= {name for one in library.findings.values() for name in one.parameters}
    marks = {name for name in ids if "-" in name} | {"None", "{", "}", "_", "[]", "()"}
    left = re.compile("|".join(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in sorted(marks)))
    said = [text for tree in trees(account) for text in lines(tree)]
    said += [text for one in account.examples for text in (*one.chart, *one.more)]
    said += [one.words for one in account.numbers]
    said += [one.words for one in account.parts] + [one.words for one in account.ask]
    said += [text for one in account.attributes for text in one.says if one.number > 1]
    assert [text for text in said if left.search(text) or not text.strip()] == []


def test_every_line_of_a_tree_begins_like_a_sentence(account: Account) -> None:
    said = [text for tree in trees(account) for text in lines(tree)]
    assert [text for text in said if not (text[0].isupper() or text[0] == "“")] == []


def test_every_number_is_told_with_its_unit_and_origin(
    criterion: Criterion, account: Account, library: Library
) -> None:
    told = {one.name: one for one in account.numbers if one.file == criterion.id}
    places = {one.told_in for one in account.numbers}
    for name in criterion.parameters:
        same = criterion.parameters[name].same_as
        if name not in told:
            assert same in places
            continue
        number = library.parameter(criterion.id, name)
        assert (told[name].value, told[name].unit) == (number.value, number.unit)
        assert told[name].origin == library.sources[number.basis or ""].title


def test_each_limit_of_a_clause_stands_in_the_tree_as_a_number(
    criterion: Criterion, account: Account, explainer: Explainer, library: Library
) -> None:
    for step, tier in zip(account.tiers, criterion.tiers, strict=True):
        text = "\n".join(lines(step.when))
        for one in asked(tier.when):
            for limit in one.question.limits:
                assert explainer.wording.limit(library.parameter(criterion.id, limit)) in text


def test_every_tier_says_its_condition_in_a_sentence_with_the_numbers(account: Account) -> None:
    for step in account.tiers:
        assert step.in_words, f"write in_words for the tier {step.card.summary!r}"
        assert "{" not in step.in_words
        assert step.in_words.endswith(".")


def test_sources_say_how_much_was_read(account: Account) -> None:
    assert account.sources
    assert all(one.how_much and one.read and one.says for one in account.sources)


def test_a_criterion_that_the_changelog_names_has_its_dates(explainer: Explainer) -> None:
    dates = explainer.account(CES).dates
    assert dates.released == "2026-11-22"
    assert dates.told[0] == "Released 2026-11-22 with knowledge 2026.11.0."


def test_the_overview_names_every_criterion_red_flags_first(explainer: Explainer) -> None:
    found = explainer.overview()
    ranks = ["emergency", "urgent", "soon", "routine"]
    order = [(one.group != "red-flag", ranks.index(one.urgency)) for one in found]
    assert sorted(one.id for one in found) == NAMES
    assert order == sorted(order)
    assert all(one.link == f"{BASE}/criteria/{one.id}" for one in found)


def test_programs_get_the_whole_account(account: Account) -> None:
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(account))
    assert {
        "summary", "tiers", "numbers", "lowers", "ask", "sources", "attributes", "findings",
        "valueSets", "examples", "dates", "knowledgeVersion",
    } <= set(body)  # fmt: skip
    assert body["valueSets"]
    codes = [code for one in body["valueSets"] for code in one.get("codes", ())]
    assert all(code["system"] and code["code"] and code["display"] for code in codes)
