"""Whether there was enough to judge by: an answer for want of data would read as an all-clear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus

from knowledge.chart.decode import Decoded, Entry
from knowledge.chart.mend import READ_TYPES
from service.discovery import KEYS, NEEDED, PREFETCH
from service.ehr.gaps import NOT_SUPPLIED, Gap
from service.errors import Issue, Problem, refuse
from service.supplied import OUTCOME, all_unreadable

OTHER = "other"


def ensure_enough(
    decoded: Decoded,
    supplied: frozenset[str],
    foreign: frozenset[str] = frozenset(),
    gaps: Iterable[Gap] = (),
) -> None:
    """Refuse to answer where an empty answer would only mean that nothing was seen.

    `foreign`: references of what was left out as another patient's. `gaps`: why what is missing
    could not be had.

    Raises:
        Problem: 422, what was sent cannot be read or is all somebody else's; 412, something that
            is needed was not sent.
    """
    _ensure_own(decoded, foreign)
    broken = all_unreadable(decoded)
    unread = [name for key in NEEDED for name in KEYS[key] if name in broken]
    if unread:
        text = f"Not one of the resources of type {' and '.join(unread)} could be read."
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, text, "prefetch")
    if decoded.unreadable and not count(decoded):
        text = "Nothing of what was sent could be read as FHIR R4."
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, text, "prefetch")
    lacking = lacking_keys(supplied, NEEDED)
    if lacking:
        why = {gap.key: gap.why for gap in gaps}
        issues = [_lacks(key, why.get(key, NOT_SUPPLIED)) for key in lacking]
        reasons = ",".join(sorted({str(issue.why) for issue in issues}))
        raise Problem(HTTPStatus.PRECONDITION_FAILED, *issues, why=f"incomplete:{reasons}")


def lacking_keys(supplied: frozenset[str], keys: Iterable[str] = PREFETCH) -> list[str]:
    """The prefetch keys of which no list is known to be whole."""
    return [key for key in keys if supplied.isdisjoint(KEYS[key])]


def ensure_not_too_many(decoded: Decoded, limit: int) -> None:
    """Refuse a chart of more resources than one evaluation may take.

    Raises:
        Problem: 413.
    """
    if len(decoded.entries) + len(decoded.unreadable) > limit:
        text = f"More than the {limit} resources that BACKFLAG_MAX_RESOURCES allows were sent."
        raise refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text, "prefetch", why="too-many")


def _ensure_own(decoded: Decoded, foreign: frozenset[str]) -> None:
    """All Conditions and Observations of somebody else: the wrong patient, not a healthy one."""
    needed = {kind for key in NEEDED for kind in KEYS[key]}
    entries = [one for one in decoded.entries if one.resource.resource_type in needed]
    if entries and all(_name(one) in foreign for one in entries):
        text = "No Condition and no Observation that was sent belongs to context.patientId."
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, text, "context.patientId")


def _name(entry: Entry) -> str:
    """The name by which the evaluation lists a resource."""
    kind = entry.resource.resource_type
    return f"{kind}/{entry.resource.id}" if entry.resource.id else entry.full_url or kind


def count(decoded: Decoded) -> dict[str, int]:
    """How many resources of each type were read; types that are none of ours go as "other".

    The counts are logged, and a client may have written anything as a type.
    """
    types = (entry.resource.resource_type for entry in decoded.entries)
    return dict(Counter(_known(name) for name in types if name != OUTCOME))


def _known(name: str) -> str:
    return name if name in READ_TYPES else OTHER


def _lacks(key: str, why: str) -> Issue:
    told = "were not supplied" if why == NOT_SUPPLIED else f"could not be had ({why})"
    text = f"The {key} {told}. Prefetch key {key}: {PREFETCH[key]}"
    return Issue(text, f"prefetch.{key}", why)
