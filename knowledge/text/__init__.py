"""Free text: which findings it names, and whether it says that they are there."""

from knowledge.text.cues import CUES, Cues, load_cues, make_cues
from knowledge.text.durations import Duration
from knowledge.text.mention import Assertion, Mention, Quality
from knowledge.text.normalise import normalise
from knowledge.text.phrases import PhraseSet, load_phrases, phrase_set
from knowledge.text.reader import TextReader

__all__ = [
    "CUES",
    "Assertion",
    "Cues",
    "Duration",
    "Mention",
    "PhraseSet",
    "Quality",
    "TextReader",
    "load_cues",
    "load_phrases",
    "make_cues",
    "normalise",
    "phrase_set",
]
