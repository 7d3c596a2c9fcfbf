"""Texts from the chart made harmless: on a card they are plain text and nothing else.

Whatever a client renders Markdown with, such a text makes no markup, no HTML, no link, no image
and no new line. What would become a link without being marked up (`www.`, `//`, `@`, `a.com`)
is taken apart by a blank, since renderers look for those after escapes are resolved.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

_INVISIBLE = frozenset(("Cf", "Cs", "Cn"))
_BLANK = frozenset(("Cc", "Zl", "Zp", "Zs"))
_MARKUP = re.compile(r"[\\`*_\[\]{}~|$^]")
_LEADING = re.compile(r"^(?:[#+\-=:]|\d+(?=[.)](?:\s|$)))")
_LINKS = (
    (re.compile(r"(?<=/)(?=/)"), " "),
    (re.compile(r"(?i)(www)\."), r"\1 ."),
    (re.compile(r"(?<=[^\s.])\.(?=[^\W\d_]{2})"), ". "),
    (re.compile(r"\s*@\s*"), " @ "),
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_AHEAD = 10
ELLIPSIS = "…"


def plain(text: str, limit: int) -> str:
    """The text on one line, of at most `limit` characters, without what cannot be seen."""
    seen = "".join(_visible(letter) for letter in islice(text, limit * _AHEAD))
    for link, apart in _LINKS:
        seen = link.sub(apart, seen)
    return cut(" ".join(seen.split()), limit)


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in _INVISIBLE:
        return ""
    return " " if kind in _BLANK else letter


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis where something was cut off."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def escape(text: str, limit: int) -> str:
    """The text as Markdown that shows exactly `plain(text, limit)`."""
    shown = plain(text, limit)
    leading = _LEADING.match(shown)
    escaped = _MARKUP.sub(r"\\\g<0>", shown)
    if leading is not None:
        place = leading.end() if shown[0].isdigit() else 0
        escaped = f"{escaped[:place]}\\{escaped[place:]}"
    return "".join(_ENTITIES.get(letter, letter) for letter in escaped)
