"""The words of the criteria that are shipped, as a card would show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.filling import in_words
from knowledge.language.files import parse, read
from knowledge.language.schema import CardWords, Criterion, Source
from knowledge.library import Library, load_library
from tests.cards.builders import ORDERS, REASSURING, WORDS, every_text
from tests.conftest import ROOT

FOLDER = ROOT / "knowledge"
FILES = sorted((FOLDER / "criteria").glob("*.yaml"))
LONGEST = {
    "{clock}": "30 minutes",
    "{where}": "patient is under observation since 30 Sep 2026 09:10",
}


def every_words(criterion: Criterion) -> Iterator[CardWords]:
    yield from (tier.card for tier in criterion.tiers)
    yield from (lowering.card for lowering in criterion.lowers if lowering.card)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def criterion(request: pytest.FixtureRequest, library: Library) -> Criterion:
    path: Path = request.param
    return library.criteria[path.stem]


def test_every_summary_fits_when_it_is_filled_in(criterion: Criterion) -> None:
    for words in every_words(criterion):
        for text in filter(None, (words.summary, words.in_hospital)):
            for place, longest in LONGEST.items():
                text = text.replace(place, longest)
            assert len(text) <= WORDS.limits.summary, text


def test_only_what_a_card_can_fill_in_is_to_be_filled_in(criterion: Criterion) -> None:
    for words in every_words(criterion):
        for text in every_text(words.model_dump(mode="json")):
            assert set(re.findall(r"\{\w*\}", text)) <= {"{clock}", "{where}"}, text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_number_that_a_site_may_move_is_filled_in(path: Path, library: Library) -> None:
    written = parse(read(path), Criterion)
    told = [text for one in every_words(written) for text in every_text(one.model_dump())]
    told += [low.because for low in written.lowers]
    waits = {quiet.for_ for quiet in written.quiet.values()}  # no sentence means these
    for name in written.parameters.keys() - waits:
        number = library.parameter(written.id, name)
        literal = re.compile(rf"(?<![\d.]){re.escape(in_words(number))}")
        if number.bounds is not None:
            assert not [text for text in told if literal.search(text)], f"write {{{name}}}"


def test_nothing_reassures(criterion: Criterion) -> None:
    for words in every_words(criterion):
        told = every_text(words.model_dump(mode="json"))
        assert not [text for text in told if REASSURING.search(text)]


def test_every_order_is_known(criterion: Criterion) -> None:
    for words in every_words(criterion):
        assert [name for name in words.order if name not in ORDERS] == []


def test_in_hospital_nobody_is_sent_to_the_er(criterion: Criterion) -> None:
    for words in every_words(criterion):
        if "refer-emergency" in words.order:
            assert words.in_hospital, words.summary
            assert words.do_in_hospital, words.summary


def test_every_criterion_has_its_own_topic() -> None:
    topics = [path.stem.replace("-", "") for path in FILES] + [WORDS.missing.topic.code]
    assert len(set(topics)) == len(topics)
    assert all(re.fullmatch(r"[a-z0-9]{1,100}", topic) for topic in topics)


def test_the_number_of_single_signs_stands_on_a_source() -> None:
    path = FOLDER / "sources" / f"{WORDS.single_sign.basis}.yaml"
    source = parse(read(path), Source)
    for number in (WORDS.single_sign.low, WORDS.single_sign.high):
        assert f"{number:g}" in source.read


def test_the_card_that_asks_knows_its_criterion_and_its_anchors() -> None:
    findings = {path.stem for path in (FOLDER / "findings").glob("*.yaml")}
    assert WORDS.missing.criterion in {path.stem for path in FILES}
    assert set(WORDS.missing.anchors) <= findings
