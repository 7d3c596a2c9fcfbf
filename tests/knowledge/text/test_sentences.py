from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from knowledge.text import Assertion, Mention, PhraseSet, TextReader, load_cues, phrase_set

SENTENCES = Path(__file__).with_name("sentences.yaml")
PHRASES: dict[str, dict[str, list[str]]] = {
    "saddle-numbness": {
        "en": [
            "saddle (numbness|anaesthesia|anesthesia)",
            "numb* ... (perineum|perianal|saddle)",
            "numbness ... (perineum|perianal|saddle)",
            "loss of perianal sensation",
        ],
        "unless": ["saddle fit*", "numbers"],
    },
    "perianal-sensation": {"en": ["(perianal|perineal|saddle) [pinprick] sensation"]},
    "incontinence": {"en": ["incontinen*", "loss of (bladder|bowel) control"]},
    "cauda-equina-syndrome": {"en": ["cauda equina", "ces"]},
    "leg-weakness": {"en": ["weak*"]},
}


def table() -> list[tuple[str, str, str]]:
    groups = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    return [(name, text, said) for name, entries in groups.items() for text, said in entries]


@cache
def reader() -> TextReader:
    sets: dict[str, PhraseSet] = {name: phrase_set(name, data) for name, data in PHRASES.items()}
    return TextReader(sets, load_cues())


def reading(mention: Mention) -> str:
    if mention.assertion is Assertion.PRESENT and mention.quality is not None:
        return mention.quality.value if "sensation" in mention.phrases else "present"
    return mention.assertion.value


@pytest.mark.parametrize(("name", "text", "said"), table())
def test_a_sentence_is_read_as_a_clinician_reads_it(name: str, text: str, said: str) -> None:
    found = [reading(one) for one in reader().read(text) if one.phrases == name]
    assert " ".join(found or ["nothing"]) == said


def test_there_are_at_least_120_sentences_and_none_twice() -> None:
    entries = [(name, text) for name, text, _ in table()]
    assert len(entries) >= 120
    assert len(set(entries)) == len(entries)
