from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.card_files import Words, load_orders, load_words
from knowledge.language.files import KnowledgeError
from knowledge.language.schema import Urgency
from tests.cards.builders import ORDERS, REASSURING, WORDS, every_text
from tests.conftest import ROOT

FOLDER = ROOT / "knowledge"


def broken(folder: Path, file: str, old: str, new: str) -> Path:
    text = (FOLDER / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    priority: stat", "    priority: now", "orders.0.priority"),
        ("covers: [refer-", "covers: [rifer-", "covers unknown orders: rifer-spinal-same-day"),
        ("- id: refer-neurology-urgent", "- id: refer-emergency", "two orders are named"),
        ("covers: [mri-lumbar-soon]", "covers: [mri-lumbosacral-urgent]", "covers itself"),
        ('code: "433141005"', 'code: "CPT 72148"', "code"),
        ("http://loinc.org", "http://www.ama-assn.org/go/cpt", "system"),
        ("kind: bedside", "kind: magic", "kind"),
    ],
)
def test_a_wrong_order_is_told_with_file_place_and_what(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(KnowledgeError, match=r"orders\.yaml:\d+: ") as error:
        load_orders(broken(tmp_path, "orders.yaml", old, new))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("within {clock}", "within", "has nothing to fill in and should have {clock}"),
        ("and {count} more", "and {number} more", "has {number} and should have {count}"),
        ("found: 5", "found: 0", "limits.found"),
        ("emergency: Do now, ", "", "do has no heading for emergency"),
        ("code: under-spinal-team", "code: finding-wrong", "finding-wrong stands twice"),
        (" Nov, Dec]", " Nov]", "months"),
        ("label: Backflag", "title: Backflag", "label"),
    ],
)
def test_a_wrong_word_is_told_with_file_place_and_what(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(KnowledgeError, match=r"words\.yaml:\d+: ") as error:
        load_words(broken(tmp_path, "words.yaml", old, new))
    assert said in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"orders\.yaml"):
        load_orders(tmp_path)


def test_no_word_reassures() -> None:
    told = every_text([WORDS.model_dump(), ORDERS.model_dump()])
    assert not [text for text in told if REASSURING.search(text)]


def test_every_urgency_and_the_missing_card_have_reasons_to_set_them_aside() -> None:
    for occasion in (*(str(one) for one in Urgency), "missing"):
        assert [one for one in WORDS.reasons if occasion in one.on], occasion


def test_an_order_says_its_contrast_in_words_where_it_is_a_scan() -> None:
    for order in ORDERS.orders:
        scan = order.kind == "imaging" and not order.id.startswith("xray")
        assert (order.contrast is not None) == scan, order.id
        if order.contrast:
            assert "contrast" in order.code.text


def test_orders_are_found_by_their_names() -> None:
    assert "refer-emergency" in ORDERS
    assert "refer-anywhere" not in ORDERS
    assert [ORDERS[name].id for name in ORDERS.names()] == list(ORDERS.names())
    with pytest.raises(KeyError):
        ORDERS["refer-anywhere"]


def test_a_summary_may_not_be_longer_than_cds_hooks_allows() -> None:
    assert WORDS.limits.summary < 140
    assert Words.model_validate(WORDS.model_dump()) == WORDS
