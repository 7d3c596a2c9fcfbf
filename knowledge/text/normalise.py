"""Text as plain words, one blank apart, with the few marks that carry meaning.

The marks: `.` end of a sentence, `;` of a part of one, `|` end of a line, `•` a new item, `:`
label, `?` question, `,` and `-` (a dash, not a hyphen) inside a sentence; `¿` "query" before a
word, `☐` and `☑` boxes, `_` a blank to fill in, `⊕` and `⊖` for "+ve" and "-ve".
"""

from __future__ import annotations

import re
import unicodedata

BOUNDARIES = frozenset(".;:?|•")
"""Marks that end a clause."""

COMMAS = frozenset(",-")
"""Marks that part a clause without ending it."""

ALSO = "and"
"""What `&` is read as."""

_APOSTROPHES = str.maketrans(
    dict.fromkeys(
        "'`\N{ACUTE ACCENT}\N{LEFT SINGLE QUOTATION MARK}"
        "\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}\N{PRIME}"
    )
)
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}")
_SHORTENED = re.compile(r"\b(incl?|esp|approx|vs|viz|resp)\.(?=[ \t]*\w)")
"""Words whose full stop ends no sentence: "incl. foot drop"."""
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>")
_TOKEN = re.compile(
    r"""
    (?P<fraction> (?<![/\w])\d+[+-]?[ ]?/[ ]?\d+[+-]?(?![/\w]) )
  | (?P<plus>     (?<![\w+])\+ve\b | \(\+\) | ⊕ )
  | (?P<minus>    (?<![\w-])[-−–]ve\b | \([-−–]\) | ⊖ )
  | (?P<item>     (?<![^\s])\d{1,2}\)(?=\s) | \n\s*(?:[-*–—]+(?=\s)|[•●▪◦‣]) | [•●▪◦‣]
                | (?<=\s)\*(?=\s) )
  | (?P<word>     [^\W_]+(?:(?<=\d)\.\d+)?(?:(?<=\d)\+)? )
  | (?P<query>    ¿ | (?<![^\s(\[,:;/|])\?+(?=[ \t]*[^\W_]) )
  | (?P<question> \?+ )
  | (?P<line>     \n )
  | (?P<empty>    \[[ ]{0,3}\] | [☐□] )
  | (?P<ticked>   \[[ ]?[x✓✔][ ]?\] | [☑☒✓✔] )
  | (?P<part>     ; )
  | (?P<stop>     [.!]+ )
  | (?P<label>    [:=] | (?<=[^\s|])[ ]*\t+(?=[ ]*[^\s]) | \| )
  | (?P<comma>    [,،→] )
  | (?P<dash>     (?<=\s)[-–—]+ | [-–—]+(?=\s) | — )
  | (?P<blank>    _+ )
  | (?P<also>     & )
    """,
    re.VERBOSE,
)
_MARKS = {
    "plus": "⊕",
    "minus": "⊖",
    "query": "¿",
    "question": "?",
    "item": "•",
    "line": "|",
    "empty": "☐",
    "ticked": "☑",
    "part": ";",
    "stop": ".",
    "label": ":",
    "comma": ",",
    "dash": "-",
    "blank": "_",
    "also": ALSO,
}


def fold(text: str) -> str:
    """Lower case, without accents and apostrophes."""
    lowered = text.casefold().translate(_APOSTROPHES)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in parts if not unicodedata.combining(c))


def tokens(folded: str) -> list[str]:
    """The words and marks of a text that `fold` has made."""
    if "<" in folded:
        folded = _TAG.sub("\n", folded)
    if "." in folded:
        folded = _INITIALS.sub(lambda found: found.group().replace(".", " "), folded)
        folded = _SHORTENED.sub(r"\1 ", folded)
    out: list[str] = []
    for found in _TOKEN.finditer(folded):
        kind = found.lastgroup or ""
        token = _MARKS.get(kind) or found.group().replace(" ", "")
        _append(out, token)
    if out and out[-1] == "|":
        out.pop()
    return out


def _append(out: list[str], token: str) -> None:
    """Add a token; of marks in a row that end a clause, `.`, `;` and `|` yield to what follows."""
    last = out[-1] if out else "|"
    if token == "-" and last in BOUNDARIES:
        return
    if token in BOUNDARIES and last in BOUNDARIES:
        if token in "|.;" or not out:
            if last == ":" and token == "|":
                out.append(token)
            return
        if last in ".;|" and not (token == "•" and out[-2:-1] == [":"]):
            out[-1] = token
            return
    out.append(token)


def normalise(text: str) -> str:
    """Words and marks, one blank apart: "Can't FEEL saddle?" becomes "cant feel saddle ?"."""
    return " ".join(tokens(fold(text)))
