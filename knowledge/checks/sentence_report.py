"""The figures of the table of sentences in words: how many are read right, and which are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.checks.sentence_file import Table, Trap
from knowledge.checks.sentences import Reading


@dataclass(frozen=True, slots=True)
class Report:
    """What was read of all sentences; `fine` where enough are right and no quiet one is loud."""

    table: Table
    readings: Sequence[Reading]

    @property
    def share(self) -> float:
        """How many of a hundred are read right."""
        return _share(self.readings)

    @property
    def fine(self) -> bool:
        """Whether enough are read right, and no trap that tells of nothing raises a red flag."""
        return self.share >= self.table.least.value and not any(one.raised for one in self.readings)

    @property
    def lines(self) -> list[str]:
        """The sentences that are read wrong, then the figures."""
        return [*self._wrong(), *self._figures()]

    def _wrong(self) -> Iterator[str]:
        for one in self.readings:
            if one.wrong:
                kind = one.sentence.trap or "no trap"
                yield f"{one.batch}: {one.sentence.name} ({kind}): {one.sentence.text!r}"
                yield from (f"    {difference}" for difference in one.wrong)
            if one.raised:
                yield f"    a red flag out of nothing: {', '.join(one.raised)}"

    def _figures(self) -> Iterator[str]:
        traps = [one for one in self.readings if one.sentence.trap]
        yield _figure("sentences", self.readings)
        yield _figure("traps", traps)
        for kind in Trap:
            yield _figure(f"  {kind}", [one for one in traps if one.sentence.trap is kind])
        for batch in self.table.batches:
            yield _figure(f"batch {batch}", [one for one in self.readings if one.batch == batch])
        quiet = [one for one in self.readings if one.sentence.quiet]
        loud = sum(bool(one.raised) for one in quiet)
        yield f"{loud} of {len(quiet)} traps that tell of nothing raise a red flag"


def _figure(name: str, readings: Sequence[Reading]) -> str:
    right = sum(one.right for one in readings)
    return f"{name}: {right} of {len(readings)} read right, {_share(readings):.1f} %"


def _share(readings: Sequence[Reading]) -> float:
    return 100 * sum(one.right for one in readings) / max(len(readings), 1)
