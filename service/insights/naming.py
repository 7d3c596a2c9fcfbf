"""The words for what was counted: criteria, reasons and findings as the knowledge calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.library import Library
from service.insights.gathering import NO_REASON, OTHER
from service.insights.queries import OVERDUE

HOURS = round(OVERDUE.total_seconds() / 3600)

KINDS = {
    "calls": "Calls",
    "answered": "Calls answered",
    "failed": "Calls refused or failed",
    "incomplete": "Answered from incomplete data",
    "cards": "Cards",
    "accepted": "Accepted",
    "overridden": "Overridden",
    "ignored": "Ignored",
    "waiting": f"No answer yet (under {HOURS} h)",
    "met": "Met",
    "unknown": "Unknown",
    "kept-back": "Kept back",
    "emergency": "Emergency cards",
    "emergency-overridden": "Emergency cards overridden",
    "overridden-and-later-confirmed": "Overridden, later confirmed",
    "confirmed-without-a-card": "Confirmed without a card",
    "feedback-kept-apart": "Feedback kept apart",
}
"""The heading of each kind of count."""

_OTHERS = {
    "silent-mode": "in silent mode",
    "silent-criterion": "of a criterion that the site keeps silent",
    "quieted": "quieted by an earlier override",
    "held-back": "lowered by what the chart holds",
    "not-held-back": "as it stands",
    "never-given": "on cards that were never given, or are no longer kept",
    "given-to-another-client": "on cards given to another client",
    "precondition-failed": "needed data were missing",
    "unprocessable-entity": "the chart could not be read",
    "bad-request": "the request could not be read",
    "request-entity-too-large": "the chart was too large",
    "deadline": "took longer than allowed",
    "overloaded": "too many calls at a time",
    "evaluation-failed": "the evaluation broke",
    "unforeseen": "the service failed",
    "client-gone": "the client did not wait",
}
"""Kinds in words; what is not here goes by its own name: `devices: not supplied`."""


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called. What has no name goes by its id."""

    criteria: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, library: Library) -> Names:
        """As the knowledge has them, topics that no criterion leads included."""
        words = library.words
        leave = words.discharge
        topics = (leave.screen_topic, leave.safety_net.topic)
        return cls(
            criteria={
                **{one.id: one.title for one in library.criteria.values()},
                **{one.code: one.display for one in topics},
                "missing": words.missing.topic.display,
            },
            reasons={one.code: one.display for one in words.reasons},
            findings={one.id: one.title for one in library.findings.values()},
        )

    def criterion(self, name: str) -> str:
        """The title of what leads a card."""
        return self.criteria.get(name, name)

    def reason(self, code: str) -> str:
        """Why a card was set aside, in the words that we offer."""
        own = {NO_REASON: "No reason given", OTHER: "Another reason than those offered"}
        return own.get(code) or self.reasons.get(code, code)

    def finding(self, name: str) -> str:
        """What was wanting."""
        return self.findings.get(name, name)

    def detail(self, what: str, name: str) -> str:
        """One kind of a count."""
        if what == "overridden":
            return self.reason(name)
        if what == "unknown":
            return self.finding(name)
        return _OTHERS.get(name) or name.replace(":", ": ").replace("-", " ")
