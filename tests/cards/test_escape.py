from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cards.escape import cut, escape, plain
from knowledge.language.schema import Urgency
from tests.cards.builders import CES, SADDLE_FOUND, WORDS, card, evaluation, met

LIMIT = WORDS.limits.text
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMLESS = {"text", "text_special"}

# What GitHub links without any markup (its extended autolinks), and what others do beyond it
AUTOLINKS = re.compile(
    r"(?i)www\.|://|//\S|[^\s@]@[^\s@]|\b(?:mailto|xmpp):\S+@|\w\.(?:com|org|net|io|de|uk|co)\b"
)

PIECES = st.sampled_from(
    ["[a](b)", "![x](y)", "<b>", "</script>", "&lt;", "&#60;", "`", "```", "*", "_", "~~", "|",
     "\n", "\n\n", "\r", "\t", "    ", "# ", "- ", "+ ", "1. ", "2) ", "> ", "---", "===", "\\",
     "http://", "https://evil.com", "www.", "a@b.co", "[^1]", "$x$", ":-:", "{", "}", "!",
     "\u202e", "\u200b", "\u2028", "\u2029", "\x00", "\x1b[31m", "\ud800", "\ufeff", "é", "痛"]
)  # fmt: skip
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)


def leaves(markdown: str) -> list[Token]:
    """What is rendered inside blocks."""
    return [
        leaf
        for token in MARKDOWN.parse(markdown)
        if token.type == "inline"
        for leaf in token.children or ()
    ]


def blocks(markdown: str) -> list[str]:
    return [token.type for token in MARKDOWN.parse(markdown)]


def shows_as_text(markdown: str, text: str) -> None:
    found = leaves(markdown)
    assert {leaf.type for leaf in found} <= HARMLESS, found
    assert "".join(leaf.content for leaf in found) == text


@given(HOSTILE)
@example("1986. What a year")
@example("[click](javascript:alert(1))")
@example("&amp;lt;")
@example("- [ ] done")
@example("www.www.evil.com")
def test_no_text_of_a_chart_is_anything_but_text(text: str) -> None:
    shown = plain(text, LIMIT)
    escaped = escape(text, LIMIT)
    shows_as_text(f"- x{escaped}, 30 Oct 2026", f"x{shown}, 30 Oct 2026")
    shows_as_text(f"**Mind**: ({escaped})".replace("**Mind**: ", ""), f"({shown})")
    assert len(shown) <= LIMIT


@given(HOSTILE)
@example("# heading")
@example("> quote")
@example("1) one")
@example("+")
@example("---")
@example("| a | b |")
@example("    code")
def test_no_text_of_a_chart_begins_a_block(text: str) -> None:
    empty = blocks("- x")
    assert blocks(f"- {escape(text, LIMIT) or 'x'}") == empty
    assert blocks(f"1. {escape(text, LIMIT) or 'x'}") == blocks("1. x")
    assert blocks(f"x\n{escape(text, LIMIT) or 'x'}") == blocks("x\nx")


@given(HOSTILE)
@example("see https://evil.com/x or www.evil.com or a@evil.com, evil.com")
@example("//evil.com")
@example("WWW.EVIL.DE")
@example("_www.evil.de")
def test_no_text_of_a_chart_becomes_a_link_by_itself(text: str) -> None:
    assert not AUTOLINKS.search(plain(text, LIMIT))


@given(HOSTILE)
def test_nothing_invisible_is_left(text: str) -> None:
    kinds = {unicodedata.category(letter) for letter in plain(text, LIMIT)}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(HOSTILE, HOSTILE, HOSTILE)
def test_a_hostile_chart_changes_the_words_of_a_card_and_not_its_shape(
    display: str, note: str, date: str
) -> None:
    odd = replace(
        SADDLE_FOUND, display=f"x{display}", note=note, date=f"on {date}",
        reference="Condition/c1", contradicted_by="Observation/9",
    )  # fmt: skip
    calm = replace(odd, display="x", note="x", date="on x")
    shaped = [card(evaluation(met(CES, Urgency.EMERGENCY, one)))["detail"] for one in (odd, calm)]
    assert blocks(shaped[0]) == blocks(shaped[1])
    marks = [[leaf.type for leaf in leaves(one) if leaf.type not in HARMLESS] for one in shaped]
    assert marks[0] == marks[1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Numbness of saddle area", "Numbness of saddle area"),
        ("pain, L4/L5 (left) - 3.5 cm", "pain, L4/L5 (left) - 3.5 cm"),
        ("two\n lines\u2028and\tmore", "two lines and more"),
        ("see www.evil.com", "see www .evil. com"),
        ("a@b.com", "a @ b. com"),
        ("https://x", "https:/ /x"),
        ("\u202eabc\u200b\x07", "abc"),
    ],
)
def test_what_a_clinician_writes_stays_legible(text: str, shown: str) -> None:
    assert plain(text, LIMIT) == shown


def test_a_clinicians_text_is_not_littered_with_escapes() -> None:
    text = "Numbness (left > right), L4/5 - since 3.10., 50% worse!"
    assert escape(text, LIMIT) == text.replace(">", "&gt;")


def test_a_long_text_is_cut_with_an_ellipsis_and_never_within_an_escape() -> None:
    shown = escape("<" * 1_000_000, LIMIT)
    assert shown == "&lt;" * (LIMIT - 1) + "…"
    assert cut("abc", 3) == "abc"
    assert cut("ab cd", 4) == "ab…"
