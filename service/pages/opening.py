"""How a tree stands on a page: single steps drawn together, and the first lines open."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.explaining.tree import Node

LINES = 24
"""So many lines of a tree are open at first, about a screen. Unions of findings stay closed."""

PEEK = 10
"""So many names of what stands below a closed line are shown."""

_BRANCHES = ("all", "any", "at-least")
_FOLDED = ("part", "finding", "member")


@dataclass(slots=True)
class Branch:
    """A line and what stands below it. `how`: `Any of these`; `lead`: `Not`, before its text."""

    text: str
    kind: str
    how: str = ""
    lead: str = ""
    lowered: bool = False
    open: bool = False
    below: list[Branch] = field(default_factory=list)

    @property
    def peek(self) -> str:
        """What stands below, in short: shown while it is closed."""
        names = list(dict.fromkeys(name for one in self.below if (name := one.name)))
        more = ["…"] if len(names) > PEEK else []
        return ", ".join(names[:PEEK] + more)

    @property
    def name(self) -> str:
        """What a line speaks of, without what is asked of it."""
        return f"{self.lead.lower()} {self.text}".strip().partition(":")[0]

    @property
    def folds(self) -> bool:
        """Whether it can be closed."""
        return bool(self.below) and self.kind in _FOLDED


def standing(node: Node) -> Branch:
    """A tree ready to be shown."""
    top = _branch(node)
    _open(top)
    return top


def _branch(node: Node) -> Branch:
    if node.kind in ("not", "unless") and len(node.of) == 1:
        inner = _branch(node.of[0])
        if not inner.lead:
            inner.lead = node.text
            return inner
    if node.kind in _BRANCHES:
        return Branch(text="", kind=node.kind, how=node.text, below=[_branch(x) for x in node.of])
    how, below = _below(node)
    return Branch(text=node.text, kind=node.kind, how=how, lowered=node.lowered, below=below)


def _below(node: Node) -> tuple[str, list[Branch]]:
    """What stands below a name: a branch's parts at once, without a line for the branch."""
    if node.of and node.of[0].kind == "member":
        return "any of these", [_branch(one) for one in node.of]
    if len(node.of) == 1 and node.of[0].kind in _BRANCHES:
        (inner,) = node.of
        return inner.text[:1].lower() + inner.text[1:], [_branch(one) for one in inner.of]
    return "", [_branch(one) for one in node.of]


def _open(top: Branch) -> None:
    """Open what folds, level by level, while the tree stays short."""
    shown = sum(1 for _ in _seen(top))
    waiting = deque(_seen(top))
    while waiting:
        one = waiting.popleft()
        if not one.folds or one.kind != "part":
            continue
        one.open = True
        more = [inner for child in one.below for inner in _seen(child)]
        if shown + len(more) > LINES:
            one.open = False
            continue
        shown += len(more)
        waiting.extend(more)


def _seen(top: Branch) -> Iterator[Branch]:
    """The lines that are seen of a tree."""
    yield top
    if top.open or not top.folds:
        for one in top.below:
            yield from _seen(one)
