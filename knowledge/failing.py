"""What broke unforeseen: kept apart from the rest, and told without a word of the chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from traceback import walk_tb
from types import CodeType, TracebackType
from typing import Final, TypeVar

READING: Final = "reading"
ANCHOR: Final = "anchor"
SCREEN: Final = "screen"
CAUTIONS: Final = "cautions"
CARDS: Final = "cards"
QUIETING: Final = "quieting"
"""What may break beside criteria, as `Failed.id` names it."""

_PLACES = 24
"""How many frames are told; one that ran out of stack has a thousand."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """One part of the work that broke.

    `id` is a criterion's, or one of this module's. `exception` is the name of its class, `where`
    are the places from the innermost outwards (`file:line function`); the error itself is not
    kept, for its frames hold the chart. `needed`: what is lost could have been a red flag.
    """

    id: str
    exception: str
    where: tuple[str, ...]
    needed: bool = True

    @classmethod
    def of(cls, name: str, error: BaseException, *, needed: bool = True) -> Failed:
        """What may be told of an error."""
        return cls(name, type(error).__name__, _places(error.__traceback__), needed)


def _places(trace: TracebackType | None) -> tuple[str, ...]:
    places = [_place(frame.f_code, line) for frame, line in walk_tb(trace)]
    return tuple(islice(reversed(places), _PLACES))


def _place(code: CodeType, line: int) -> str:
    return f"{code.co_filename}:{line} {code.co_name}"


@dataclass(slots=True)
class Apart:
    """Does pieces of work apart from each other, and remembers which of them broke, each once."""

    _failed: dict[Failed, None] = field(default_factory=dict)

    def do(self, name: str, work: Callable[[], T], instead: T, *, needed: bool = True) -> T:
        """The result of the work, or something instead where it breaks."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            self.note(Failed.of(name, error, needed=needed))
        return instead

    def note(self, failed: Failed) -> None:
        """Remember something that broke elsewhere."""
        self._failed[failed] = None

    def __iter__(self) -> Iterator[Failed]:
        return iter(self._failed)
