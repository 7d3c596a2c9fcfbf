"""Short forms of the ward, written out before anything else is read: "P+N", "R leg", "HNPU"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from knowledge.text.normalise import ALSO
from knowledge.text.phrases import stems_of


@dataclass(frozen=True, slots=True)
class Shorthand:
    """What short forms stand for, and what finds them in normalised text, single letters last.

    `stems`: of each form the stems of its words, all of which a text that holds it has; `alone`
    those of forms with one.
    """

    full: Mapping[str, str]
    forms: re.Pattern[str]
    letters: re.Pattern[str]
    alone: frozenset[str]
    stems: tuple[frozenset[str], ...]

    def may_stand_in(self, stems: AbstractSet[str]) -> bool:
        """Whether a text with these stems can hold a short form."""
        return not self.alone.isdisjoint(stems) or any(form <= stems for form in self.stems)

    def written_out(self, normalised: str) -> str:
        """The text with each short form written out."""
        return self.letters.sub(self._full, self.forms.sub(self._full, normalised))

    def _full(self, match: re.Match[str]) -> str:
        return self.full[match.group()]


def make_shorthand(full: Mapping[str, str]) -> Shorthand:
    """The short forms of all languages together.

    A single letter stands for a word only where no other single letter stands beside it, and no
    whole number behind it: neither the "r" of "r/o" nor that of "R 16" is right.
    """
    forms = sorted(full, key=lambda form: (-len(form), form))
    letters = _either(form for form in forms if len(form) == 1)
    longer = _either(form for form in forms if len(form) > 1)
    alone = rf"(?<!(?<![^ ])[^\W\d_] ){letters}(?! [^\W\d_](?![^ ]))(?! \d+(?![^ ]))"
    stems = [_stems(form) for form in forms]
    single = frozenset[str]().union(*(found for found in stems if len(found) == 1))
    several = tuple(found for found in stems if len(found) > 1)
    return Shorthand(full, _words(longer), _words(alone), single, several)


def _either(forms: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, forms)) or '(?!)'})"


def _words(expression: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^ ]){expression}(?![^ ])")


def _stems(form: str) -> frozenset[str]:
    """Of a text as it was written, in which "and" may be a sign."""
    words = (word for word in form.split(" ") if word != ALSO)
    return frozenset(stems_of(" ".join(words)))
