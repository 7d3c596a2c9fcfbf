"""Boxes that stand behind what they tick: "Numbness [x]" is read as "[x] Numbness"."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.text.cues import Cues
from knowledge.text.normalise import BOUNDARIES

BOXES = frozenset("☐☑")


def boxes_first(words: Sequence[str], cues: Cues) -> list[str]:
    """The words with each box before its item; with "Y [ ] N [x]" as the answer behind a colon."""
    out: list[str] = []
    part: list[str] = []
    for word in (*words, "."):
        if word in BOUNDARIES:
            out += _part(part, cues)
            out.append(word)
            part = []
        else:
            part.append(word)
    return out[:-1]


def _part(part: list[str], cues: Cues) -> list[str]:
    """One part of a sentence; a part that begins with a box has its boxes in front already."""
    if not part or part[0] in BOXES or part[-1] not in BOXES:
        return part
    out: list[str] = []
    item: list[str] = []
    for word in part:
        if word in BOXES:
            out += _ticked(item, word, cues)
            item = []
        else:
            item.append(word)
    return out


def _ticked(item: list[str], box: str, cues: Cues) -> list[str]:
    cue = cues.at(item, len(item) - 1, len(item)) if item else None
    if cue is None or not any(role.endswith(".answer") for role in cue.roles):
        return [box, *item]
    label = [*item[:-1], ":"] if item[1:] else []
    return [*label, box, item[-1]]
