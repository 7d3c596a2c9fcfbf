"""A difference for people, in so many columns: what changed in the files, then for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from knowledge.checks.diff.model import (
    Difference,
    FileChange,
    NumberChange,
    PatientChange,
    SetChange,
    Side,
)
from knowledge.checks.diff.patients import GROUPS, SILENT, change, group, is_heard, of_new

_MOST = 7
_LONGEST = 1000
_WIDEST = 100
_NOTHING = "–"
_SIGNS = {"new": "+", "gone": "-", "changed": "~"}


class Teller:
    """Tells a difference in lines of a width."""

    def __init__(self, width: int) -> None:
        self._width = min(width, _WIDEST)

    def lines(self, one: Difference) -> Iterator[str]:
        """The whole difference; patients come first, as they are what counts."""
        yield from self._side("old", one.old)
        yield from self._side("new", one.new)
        yield from self._patients(one)
        yield from self._files("Criteria", one.criteria)
        yield from self._section("Numbers", one.numbers, self._number)
        yield from self._section("Codes and phrases", one.sets, self._set)
        yield from self._files("Findings", one.findings)
        yield from self._files("What all criteria share", one.shared)

    def _side(self, label: str, side: Side) -> Iterator[str]:
        yield f"{label}  {side.name}, knowledge {side.version}"
        if side.note:
            yield from self._hang("     ", side.note)

    def _hang(self, head: str, text: str, inner: str = "") -> Iterator[str]:
        """Text behind its head, the next lines below its beginning."""
        pad = " " * len(head) + inner
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        room = max(self._width - len(pad), 2 * 10)
        for number, line in enumerate(wrap(shown, room, break_on_hyphens=False) or [""]):
            yield f"{pad if number else head}{line}".rstrip()

    def _section(self, title: str, items: Sequence[object], tell: object) -> Iterator[str]:
        assert callable(tell)
        yield ""
        yield f"{title}: {_count(len(items))}"
        for item in items:
            yield from tell(item)

    # -- patients --------------------------------------------------------------------------------

    def _patients(self, one: Difference) -> Iterator[str]:
        yield ""
        if one.patients is None:
            yield "Patients: not compared"
            return
        judged = f"{one.patients.examples} examples and {one.patients.charts} charts"
        answer = _count(len(one.patients.changed), "another answer for")
        yield f"Patients: {answer}; {judged} judged by both"
        new = frozenset(item.id for item in one.criteria if item.kind == "new")
        rest, counted = of_new(one.patients.changed, new)
        for name, count in counted.items():
            yield f"  + {name} is new: it answers {count} of its own examples"
        for title in GROUPS:
            some = [patient for patient in rest if group(patient) == title]
            if some:
                yield f"  {title}: {len(some)}"
            for patient in some:
                yield from self._patient(patient)
        if silent := sum(group(patient) == SILENT for patient in rest):
            yield f"  {SILENT}, but not met instead of unknown or the reverse: {silent}"
        if one.patients.not_judged:
            yield f"  {len(one.patients.not_judged)} could not be judged by both:"
            told = [line for text in one.patients.not_judged for line in self._hang("    ", text)]
            yield from self._some(told)

    def _patient(self, one: PatientChange) -> Iterator[str]:
        yield from self._hang("    ", f"{one.name} [{one.of}]", "  ")
        for answer in filter(is_heard, one.answers):
            yield from self._hang("      ", f"{answer.criterion}: {change(answer)}", "  ")
        if one.cards_were is not None or one.cards_now is not None:
            for sign, cards in (("-", one.cards_were or ()), ("+", one.cards_now or ())):
                for card in cards or ("no card",):
                    yield from self._hang(f"      {sign} ", card)

    # -- files -----------------------------------------------------------------------------------

    def _files(self, title: str, items: Sequence[FileChange]) -> Iterator[str]:
        yield from self._section(title, items, self._file)

    def _file(self, one: FileChange) -> Iterator[str]:
        version = ""
        if one.versions is not None:
            was, now = one.versions
            version = f", version {was} → {now}" if was != now else f", version {now} as before"
        named = one.id if one.title == f"{one.id}.yaml" else f"{one.id} ({one.title})"
        what = "" if one.kind == "changed" else f", {one.kind}"
        yield from self._hang(f"  {_SIGNS[one.kind]} ", f"{named}{what}{version}")
        for place in one.places:
            yield from self._hang("      ", place.place, "  ")
            if place.was is not None:
                yield from self._hang("        - ", place.was)
            if place.now is not None:
                yield from self._hang("        + ", place.now)

    def _number(self, one: NumberChange) -> Iterator[str]:
        used = [name for name in one.used_by if name != one.file]
        concerns = f"; concerns {', '.join(used)}" if used else ""
        change = f"{one.was or _NOTHING} → {one.now or _NOTHING}"
        sign = "+" if one.was is None else "-" if one.now is None else "~"
        yield from self._hang(f"  {sign} ", f"{one.file}.{one.name}: {change}{concerns}")

    def _set(self, one: SetChange) -> Iterator[str]:
        concerns = f"; concerns {', '.join(one.used_by)}" if one.used_by else "; concerns nobody"
        head = f"{one.id} ({one.title}){'' if one.kind == 'changed' else f', {one.kind}'}"
        yield from self._hang(f"  {_SIGNS[one.kind]} ", head + concerns)
        groups = (
            ("- ", one.codes_removed),
            ("+ ", one.codes_added),
            ("- “", one.phrases_removed),
            ("+ “", one.phrases_added),
        )
        for sign, items in groups:
            close = "”" if "“" in sign else ""
            yield from self._some(
                line for item in items for line in self._hang(f"      {sign}", f"{item}{close}")
            )

    def _some(self, lines: Iterable[str]) -> Iterator[str]:
        """The first of many lines, and how many more there are."""
        found = list(lines)
        yield from found[:_MOST]
        if len(found) > _MOST:
            yield f"      … {len(found) - _MOST} lines more (--format json has all)"


def _count(number: int, what: str = "") -> str:
    told = f"{what} {number}".strip()
    return told if number else "no difference"


def tell(difference: Difference, width: int) -> list[str]:
    """The difference in lines."""
    return list(Teller(width).lines(difference))
