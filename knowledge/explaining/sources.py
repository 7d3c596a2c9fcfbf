"""Sources told honestly: who says it, where, in which words of ours, and how much was read."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from knowledge.language.schema import Criterion, Source

READ = {
    "full": "read in full",
    "abstract": "abstract read",
    "excerpt": "excerpt read",
    "title": "title read only",
    "secondary": "read second-hand",
    "not-read": "not read",
    "not-applicable": "nothing to read",
}
"""How much of a source was read, in words, by `seen`."""

SAFE = ("https://", "http://")
"""What a link on a page may begin with."""


class Told(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A source as a criterion cites it. `how_much`: how much of it was read, in words."""

    id: str
    title: str
    publisher: str
    seen: str
    how_much: str
    read: str
    where: str
    says: str
    citation: str
    published: str | None = None
    url: str | None = None
    last_checked: str | None = None


def cited(criterion: Criterion, sources: Mapping[str, Source]) -> tuple[Told, ...]:
    """The sources of a criterion, in its order."""
    return tuple(told(sources[one.id], where=one.where, says=one.says) for one in criterion.sources)


def told(source: Source, where: str, says: str) -> Told:
    """One source as it is cited."""
    return Told(
        id=source.id,
        title=source.title,
        publisher=source.publisher,
        published=source.published,
        url=source.url if source.url and source.url.startswith(SAFE) else None,
        seen=source.seen,
        how_much=READ[source.seen],
        read=source.read,
        last_checked=source.last_checked,
        where=where,
        says=says,
        citation=citation(source),
    )


def citation(source: Source) -> str:
    """`Publisher. Title. 2023-02. https://…`."""
    parts = (source.publisher, source.title, source.published, source.url)
    return ". ".join(part.rstrip(".") for part in parts if part)
